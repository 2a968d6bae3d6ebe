"""The live topic "board": who may listen to what, and what they hear first."""

import uuid

import pytest
from django.contrib.auth.models import AnonymousUser

from evaluation.enums import RunState
from hackathons.enums import Audience, RoleKind
from hackathons.models import Track
from scoreboards.domain.boards import channel_of, refresh_board
from scoreboards.domain.progress import progress_messages
from scoreboards.domain.topic import authorise, since, snapshot
from tests.factories import (
    HackathonFactory,
    RoleFactory,
    SuiteVersionFactory,
    TeamFactory,
    TrackFactory,
    UserFactory,
)
from tests.scoreboards.conftest import hand_in


@pytest.mark.parametrize("kind", RoleKind)
def test_authorise_gives_roles_the_judges_channel(track: Track, kind: RoleKind) -> None:
    person = RoleFactory(hackathon=track.hackathon, kind=kind).person
    elsewhere = RoleFactory(kind=kind).person

    assert authorise(person, str(track.pk)) == channel_of(track.pk, Audience.JUDGES)
    assert authorise(elsewhere, str(track.pk)) == channel_of(track.pk, Audience.SPECTATORS)


def test_authorise_gives_everybody_else_the_spectators_channel(track: Track) -> None:
    member = TeamFactory(hackathon=track.hackathon).people.get()

    for person in (AnonymousUser(), UserFactory(), member):
        assert authorise(person, str(track.pk)) == channel_of(track.pk, Audience.SPECTATORS)


@pytest.mark.parametrize("key", [str(uuid.UUID(int=0)), "x", "", "1.judges"])
def test_authorise_of_no_track_is_none(db: None, key: str) -> None:
    assert authorise(AnonymousUser(), key) is None


def test_since_gives_the_deltas_and_what_is_going_on(track: Track) -> None:
    ants = TeamFactory(hackathon=track.hackathon)
    hand_in(ants, track, 0.5)
    refresh_board(track_id=track.pk)
    hand_in(ants, track, 0.75)
    hand_in(ants, track, state=RunState.RUNNING, public_done=1)
    told = refresh_board(track_id=track.pk)[0]

    missed = since(told.channel, 1) or []

    assert missed[0] == told.message
    assert missed[1]["type"] == "activity"
    assert [(run["done"], run["total"]) for run in missed[1]["activity"]] == [(1, 2)]
    assert since(told.channel, 2) == missed[1:]
    assert since(told.channel, 3) is None


def test_snapshot_of_a_board_that_nobody_has_built_builds_it(track: Track) -> None:
    message = snapshot(channel_of(track.pk, Audience.JUDGES))

    assert (message["type"], message["version"]) == ("snapshot", 1)
    assert (message["board"]["rows"], message["activity"]) == ([], [])


def test_snapshot_of_a_track_that_is_gone_is_empty(db: None) -> None:
    channel = channel_of(uuid.uuid4(), Audience.JUDGES)

    assert snapshot(channel)["board"] == {}
    assert since(channel, 3) == []


def test_progress_tells_spectators_nothing_of_private_tasks(track: Track) -> None:
    team = TeamFactory(hackathon=track.hackathon)
    run = hand_in(team, track, state=RunState.RUNNING, public_done=2, private_done=1)

    told = {message.channel: message.message for message in progress_messages(run_id=run.pk)}

    spectators = told[channel_of(track.pk, Audience.SPECTATORS)]
    judges = told[channel_of(track.pk, Audience.JUDGES)]
    assert (spectators["done"], spectators["total"]) == (2, 2)
    assert (judges["done"], judges["total"]) == (3, 3)


def test_progress_while_frozen_is_for_judges_alone(db: None) -> None:
    track = TrackFactory(hackathon=HackathonFactory(frozen=True))
    run = hand_in(TeamFactory(hackathon=track.hackathon), track, state=RunState.RUNNING)

    told = progress_messages(run_id=run.pk)

    assert [message.channel for message in told] == [channel_of(track.pk, Audience.JUDGES)]
    assert snapshot(channel_of(track.pk, Audience.SPECTATORS))["activity"] == []
    assert len(snapshot(channel_of(track.pk, Audience.JUDGES))["activity"]) == 1


def test_progress_of_a_run_on_an_older_suite_version_is_not_told(track: Track) -> None:
    run = hand_in(TeamFactory(hackathon=track.hackathon), track, state=RunState.RUNNING)
    track.suite_version = SuiteVersionFactory()
    track.save()

    assert progress_messages(run_id=run.pk) == []
    assert progress_messages(run_id=uuid.uuid4()) == []
