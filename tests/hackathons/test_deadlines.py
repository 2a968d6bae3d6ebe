"""Until when a team may hand in."""

from datetime import datetime, timedelta
from uuid import uuid4

from django.utils import timezone

from hackathons.deadlines import Deadline, closes_at, deadline_of, last_close, later_deadlines
from hackathons.models import Extension, Hackathon, Team
from tests.factories import HackathonFactory

NOW = timezone.now()
MINUTE = timedelta(minutes=1)
CLOSE = NOW - 10 * MINUTE


def event(**fields: datetime) -> Hackathon:
    return HackathonFactory.build(submissions_close_at=CLOSE, **fields)


def team_of(hackathon: Hackathon) -> Team:
    return Team(id=uuid4(), hackathon=hackathon)


def more(team: Team | None, minutes: int, **fields: datetime) -> Extension:
    reason = f"{minutes} minutes"
    return Extension(team=team, until=CLOSE + minutes * MINUTE, reason=reason, **fields)


def test_without_an_extension_it_is_the_events_close() -> None:
    hackathon = event()
    assert deadline_of(hackathon, team_of(hackathon), []) == Deadline(CLOSE)
    assert closes_at(hackathon, None, []) == CLOSE


def test_grace_is_for_every_team_and_an_extension_for_its_own() -> None:
    hackathon = event()
    ours, theirs = team_of(hackathon), team_of(hackathon)
    given = [more(None, 20), more(ours, 30)]

    closes = [closes_at(hackathon, team, given) for team in (None, theirs, ours)]

    assert closes == [CLOSE + 20 * MINUTE, CLOSE + 20 * MINUTE, CLOSE + 30 * MINUTE]
    assert later_deadlines(hackathon, ours, given) == (
        Deadline(CLOSE + 20 * MINUTE, "20 minutes"),
        Deadline(CLOSE + 30 * MINUTE, "30 minutes", of_team=True),
    )


def test_the_latest_counts_whoever_it_is_for() -> None:
    hackathon = event()
    ours = team_of(hackathon)
    given = [more(ours, 15), more(ours, 5), more(None, 25), more(None, 10)]

    assert later_deadlines(hackathon, ours, given) == (Deadline(CLOSE + 25 * MINUTE, "25 minutes"),)


def test_revoked_counts_until_it_was_revoked() -> None:
    hackathon = event()
    revoked_at = CLOSE + 7 * MINUTE
    assert closes_at(hackathon, None, [more(None, 20, revoked_at=revoked_at)]) == revoked_at
    ended = more(None, 20, revoked_at=CLOSE + 30 * MINUTE)
    assert closes_at(hackathon, None, [ended]) == CLOSE + 20 * MINUTE


def test_revoked_before_the_close_is_nothing() -> None:
    hackathon = event()
    given = [more(None, 20, revoked_at=CLOSE - MINUTE)]
    assert (later_deadlines(hackathon, None, given), closes_at(hackathon, None, given)) == (
        (),
        CLOSE,
    )


def test_an_event_that_closes_later_now_leaves_nothing_of_it() -> None:
    hackathon = event()
    given = [more(None, 20)]
    hackathon.submissions_close_at = CLOSE + 60 * MINUTE
    assert closes_at(hackathon, None, given) == CLOSE + 60 * MINUTE


def test_published_results_end_it() -> None:
    hackathon = event(results_published_at=CLOSE + 3 * MINUTE)
    ours = team_of(hackathon)
    given = [more(ours, 20)]
    assert closes_at(hackathon, ours, given) == CLOSE + 3 * MINUTE
    assert last_close(hackathon, given) == CLOSE + 3 * MINUTE


def test_last_close_is_that_of_the_last_team() -> None:
    hackathon = event()
    given = [more(None, 5), more(team_of(hackathon), 40), more(team_of(hackathon), 20)]
    assert last_close(hackathon, given) == CLOSE + 40 * MINUTE
    assert last_close(hackathon, []) == CLOSE
