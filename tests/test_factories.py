"""The factories themselves: every state of a run, every trait of a hackathon."""

import pytest
from django.utils import timezone

from evaluation.enums import RunState
from hackathons.enums import HackathonState
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("state", list(RunState))
def test_run_factory_makes_every_state(state: RunState) -> None:
    run = factories.RunFactory(state=state, results=True)

    assert (run.state, run.results.count()) == (state, 3)


@pytest.mark.parametrize(
    ("trait", "state", "frozen"),
    [
        ("announced", HackathonState.ANNOUNCED, False),
        ("registration", HackathonState.REGISTRATION, False),
        ("hacking", HackathonState.HACKING, False),
        ("frozen", HackathonState.HACKING, True),
        ("closed", HackathonState.CLOSED, True),
        ("published", HackathonState.PUBLISHED, False),
    ],
)
def test_hackathon_factory_trait_is_its_state(
    trait: str, state: HackathonState, frozen: bool
) -> None:
    now = timezone.now()
    hackathon = factories.HackathonFactory(**{trait: True})

    assert (hackathon.state(now), hackathon.is_frozen(now)) == (state, frozen)


def test_submission_factory_keeps_team_and_track_in_one_hackathon() -> None:
    team = factories.TeamFactory(members=3)
    by_team = factories.SubmissionFactory(team=team)
    by_nothing = factories.SubmissionFactory()

    assert by_team.track.hackathon == team.hackathon
    assert by_nothing.team.hackathon == by_nothing.track.hackathon
    assert team.people.count() == 3


def test_attempt_task_and_invitation_factories_make_rows() -> None:
    assert factories.AttemptFactory().number == 1
    assert factories.TaskResultFactory().score == 1.0
    assert factories.TaskFactory().suite_version.published_at is None
    assert factories.InvitationFactory().team.people.count() == 1
    assert factories.RoleFactory().person.is_staff
