"""The timeline as pages show it."""

from datetime import timedelta

from django.utils import timezone

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
