"""Cancelled and run again: by whom, what is left of it, and what is told."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from evaluation.domain.cancel import cancel_run, repeat_run
from evaluation.domain.claim import claim_run, still_held
from evaluation.enums import RunState
from evaluation.errors import HasEnded, MayNot, NotEnded
from evaluation.models import Run
from hackathons.enums import RoleKind
from tests.factories import HackathonFactory, RoleFactory, RunFactory, TrackFactory, UserFactory

pytestmark = pytest.mark.django_db


def run_in(state: str = "queued", *, hackathon: str = "hacking", **facts: Any) -> Run:
    track = TrackFactory(hackathon=HackathonFactory(**{hackathon: True}))
    run: Run = RunFactory(submission__track=track, state=state, **facts)
    return run


def person_of(run: Run, who: str) -> User:
    event = run.submission.track.hackathon
    if who == "member":
        return run.submission.team.people.get()
    kind = {"organizer": RoleKind.ORGANIZER, "judge": RoleKind.JUDGE}.get(who)
    return RoleFactory(hackathon=event, kind=kind).person if kind else UserFactory()


def post(run: Run, verb: str, person: User) -> Any:
    client = Client()
    client.force_login(person)
    return client.post(reverse(f"evaluation:{verb}", args=[run.pk]))


@pytest.mark.parametrize("who", ["member", "organizer"])
def test_cancel_ends_a_run_that_waits_and_says_who_did_it(who: str) -> None:
    run = run_in()
    person = person_of(run, who)

    cancel_run(run=run, person=person)

    run.refresh_from_db()
    by = person.username if who == "member" else f"the organizer {person.username}"
    assert (run.state, run.reason) == (RunState.CANCELLED, f"Cancelled by {by}.")
    assert run.events.get().reason == f"Cancelled by {by}."
    assert claim_run(worker="w1") is None


def test_cancel_takes_a_run_from_its_worker() -> None:
    run = run_in()
    claim = claim_run(worker="w1")
    assert claim is not None

    cancel_run(run=run, person=person_of(run, "member"))  # as it was read before the claim

    assert not still_held(claim)
    assert run.attempts.get().outcome == "cancelled"


@pytest.mark.parametrize("state", ["scored", "failed", "errored", "cancelled"])
def test_cancel_of_an_ended_run_is_refused(state: str) -> None:
    run = run_in(state)
    with pytest.raises(HasEnded):
        cancel_run(run=run, person=person_of(run, "member"))


@pytest.mark.parametrize("who", ["judge", "stranger"])
def test_cancel_by_others_is_refused(who: str) -> None:
    run = run_in()
    with pytest.raises(MayNot):
        cancel_run(run=run, person=person_of(run, who))


def test_run_again_takes_the_place_of_the_cancelled_run() -> None:
    run = run_in("cancelled")
    person = person_of(run, "member")

    new = repeat_run(run=run, person=person)

    run.refresh_from_db()
    assert (run.counts, new.counts, new.state) == (False, True, RunState.QUEUED)
    assert new.events.get().reason == f"Queued again by {person.username}."
    with pytest.raises(NotEnded):
        repeat_run(run=run, person=person)


@pytest.mark.parametrize(
    ("who", "state", "facts", "may"),
    [
        ("member", "cancelled", {}, True),
        ("member", "cancelled", {"public_done": 1}, False),
        ("member", "cancelled", {"hackathon": "closed"}, False),
        ("member", "errored", {}, False),
        ("member", "scored", {}, False),
        ("organizer", "cancelled", {"public_done": 1, "hackathon": "closed"}, True),
        ("organizer", "errored", {}, True),
        ("organizer", "failed", {}, True),
        ("organizer", "scored", {}, False),
        ("organizer", "running", {}, False),
        ("judge", "cancelled", {}, False),
    ],
)
def test_run_again_is_allowed_to(who: str, state: str, facts: dict[str, Any], may: bool) -> None:
    run = run_in(state, **facts)
    person = person_of(run, who)
    if may:
        assert repeat_run(run=run, person=person).counts
    else:
        with pytest.raises(MayNot):
            repeat_run(run=run, person=person)


@pytest.mark.parametrize("verb", ["cancel", "again"])
@pytest.mark.parametrize(
    ("who", "status"), [("member", 302), ("organizer", 302), ("judge", 403), ("stranger", 404)]
)
def test_page_does_it_for(verb: str, who: str, status: int) -> None:
    run = run_in("queued" if verb == "cancel" else "cancelled")

    response = post(run, verb, person_of(run, who))

    assert response.status_code == status
    if status == 302:
        assert response["Location"] == reverse("evaluation:submission", args=[run.submission_id])
    now = Run.objects.get(submission=run.submission, counts=True)
    done = RunState.CANCELLED if verb == "cancel" else RunState.QUEUED
    assert (now.state == done) is (status == 302)


@pytest.mark.parametrize("verb", ["cancel", "again"])
def test_page_does_nothing_by_get(verb: str) -> None:
    run = run_in("queued" if verb == "cancel" else "cancelled")
    client = Client()
    client.force_login(person_of(run, "member"))

    assert client.get(reverse(f"evaluation:{verb}", args=[run.pk])).status_code == 405
    assert Run.objects.get().state == run.state


def test_page_says_that_a_run_had_ended() -> None:
    run = run_in("scored")
    client = Client()
    client.force_login(person_of(run, "member"))

    page = client.post(reverse("evaluation:cancel", args=[run.pk]), follow=True).text

    assert "This run has ended already." in page


@pytest.mark.parametrize(
    ("state", "who", "offered"),
    [
        ("running", "member", "cancel"),
        ("running", "organizer", "cancel"),
        ("running", "judge", None),
        ("cancelled", "member", "again"),
        ("errored", "organizer", "again"),
        ("errored", "member", None),
        ("scored", "organizer", None),
    ],
)
def test_page_offers_what_may_be_done(state: str, who: str, offered: str | None) -> None:
    run = run_in(state)
    client = Client()
    client.force_login(person_of(run, who))

    page = client.get(reverse("evaluation:submission", args=[run.submission_id])).text

    for verb in ("cancel", "again"):
        assert (reverse(f"evaluation:{verb}", args=[run.pk]) in page) is (verb == offered)
