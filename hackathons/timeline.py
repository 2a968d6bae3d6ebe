"""A hackathon's timeline as pages show it: pure, from the hackathon and a moment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from hackathons.enums import HackathonState
from hackathons.models import Hackathon

BADGES = {
    HackathonState.ANNOUNCED: "",
    HackathonState.REGISTRATION: "badge-accent",
    HackathonState.HACKING: "badge-ok",
    HackathonState.CLOSED: "badge-stale",
    HackathonState.PUBLISHED: "",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """One point of the timeline; `is_next` is the first that is still to come."""

    label: str
    at: datetime
    passed: bool
    is_next: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a hackathon is at one moment."""

    state: HackathonState
    badge: str
    frozen: bool
    moments: tuple[Moment, ...]

    @property
    def next(self) -> Moment | None:
        """What comes next; nothing once everything is over."""
        return next((moment for moment in self.moments if moment.is_next), None)


def standing_of(hackathon: Hackathon, at: datetime) -> Standing:
    """The hackathon's state, freeze and timeline at that moment."""
    state = hackathon.state(at)
    return Standing(
        state=state,
        badge=BADGES[state],
        frozen=hackathon.is_frozen(at),
        moments=tuple(_moments(hackathon, at)),
    )


def _moments(hackathon: Hackathon, at: datetime) -> Iterable[Moment]:
    waiting = True
    for label, moment in sorted(_dated(hackathon), key=lambda pair: pair[1]):
        passed = moment <= at
        yield Moment(label, moment, passed, is_next=waiting and not passed)
        waiting = waiting and passed


def _dated(hackathon: Hackathon) -> Iterable[tuple[str, datetime]]:
    """Label and moment, without those that are not decided."""
    everything = (
        ("Registration opens", hackathon.registration_opens_at),
        ("Hacking starts", hackathon.hacking_starts_at),
        ("Scoreboard freezes", hackathon.scoreboard_freezes_at),
        ("Submissions close", hackathon.submissions_close_at),
        ("Results are published", hackathon.results_published_at),
    )
    return ((label, moment) for label, moment in everything if moment is not None)
