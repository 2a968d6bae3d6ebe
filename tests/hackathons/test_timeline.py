"""The timeline as pages show it."""

from datetime import timedelta

from django.utils import timezone

from hackathons.deadlines import Deadline
from hackathons.timeline import standing_of
from tests.factories import HackathonFactory


def test_standing_while_hacking_has_the_freeze_next() -> None:
    standing = standing_of(HackathonFactory.build(), timezone.now())

    assert [(m.label, m.passed, m.is_next) for m in standing.moments] == [
        ("Registration opens", True, False),
        ("Hacking starts", True, False),
        ("Scoreboard freezes", False, True),
        ("Submissions close", False, False),
    ]


def test_standing_with_a_freeze_after_the_close_is_in_the_order_of_time() -> None:
    hackathon = HackathonFactory.build(scoreboard_freezes_at=timezone.now() + timedelta(days=2))

    labels = [moment.label for moment in standing_of(hackathon, timezone.now()).moments]

    assert labels[-2:] == ["Submissions close", "Scoreboard freezes"]


def test_standing_when_all_is_over_has_nothing_next() -> None:
    standing = standing_of(HackathonFactory.build(published=True), timezone.now())

    assert standing.next is None
    assert not standing.frozen


def test_standing_when_frozen_says_so() -> None:
    standing = standing_of(HackathonFactory.build(frozen=True), timezone.now())

    assert standing.frozen
    assert standing.next is not None
    assert standing.next.label == "Submissions close"


def test_standing_with_more_time_says_until_when_and_why() -> None:
    hackathon, now = HackathonFactory.build(closed=True), timezone.now()
    later = (
        Deadline(now + timedelta(minutes=5), "An outage."),
        Deadline(now + timedelta(minutes=9), "A power cut.", of_team=True),
    )

    standing = standing_of(hackathon, now, later)

    assert [(m.label, m.is_next, m.reason) for m in standing.moments[-3:]] == [
        ("Submissions close", False, ""),
        ("Grace for all teams ends", True, "An outage."),
        ("Your team's submissions close", False, "A power cut."),
    ]
    assert standing.more_time == later[1]
    assert standing_of(hackathon, later[1].at, later).more_time is None


def test_standing_before_the_close_needs_no_more_time() -> None:
    hackathon, now = HackathonFactory.build(), timezone.now()
    later = (Deadline(now + timedelta(days=9), "An outage."),)
    standing = standing_of(hackathon, now, later)
    assert (standing.more_time, standing.moments[-1].reason) == (None, "An outage.")
