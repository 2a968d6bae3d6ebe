"""A hackathon's timeline as pages show it: pure, from the hackathon and a moment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from hackathons.deadlines import Deadline
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
    passed: bool = False
    is_next: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a hackathon is at one moment, for those who see it.

    `more_time`: what they have after the close, while it lasts.
    """

    state: HackathonState
    badge: str
    frozen: bool
    moments: tuple[Moment, ...]
    more_time: Deadline | None = None

    @property
    def next(self) -> Moment | None:
        """What comes next; nothing once everything is over."""
        return next((moment for moment in self.moments if moment.is_next), None)


def standing_of(hackathon: Hackathon, at: datetime, later: Sequence[Deadline] = ()) -> Standing:
    """The hackathon's state, freeze and timeline at that moment.

    `later`: the deadlines after the close that those who see it may know of, the last one last.
    """
    state = hackathon.state(at)
    lasting = [d for d in later if state == HackathonState.CLOSED and at < d.at]
    return Standing(
        state=state,
        badge=BADGES[state],
        frozen=hackathon.is_frozen(at),
        moments=tuple(_moments(hackathon, at, later)),
        more_time=lasting[-1] if lasting else None,
    )


def local_text(hackathon: Hackathon, at: datetime) -> str:
    """A moment as the clocks of the hackathon show it, with the name of their zone."""
    local = at.astimezone(ZoneInfo(hackathon.time_zone))
    return f"{local:%Y-%m-%d %H:%M} ({hackathon.time_zone})"


def _moments(hackathon: Hackathon, at: datetime, later: Sequence[Deadline]) -> Iterable[Moment]:
    waiting = True
    for moment in sorted(_dated(hackathon, later), key=lambda dated: dated.at):
        passed = moment.at <= at
        yield replace(moment, passed=passed, is_next=waiting and not passed)
        waiting = waiting and passed


def _dated(hackathon: Hackathon, later: Sequence[Deadline]) -> Iterable[Moment]:
    """Those that are decided; what ends at the same moment as results comes before them."""
    before = (
        ("Registration opens", hackathon.registration_opens_at),
        ("Hacking starts", hackathon.hacking_starts_at),
        ("Scoreboard freezes", hackathon.scoreboard_freezes_at),
        ("Submissions close", hackathon.submissions_close_at),
    )
    yield from (Moment(label, at) for label, at in before if at is not None)
    yield from (Moment(_label(more), more.at, reason=more.reason) for more in later)
    if hackathon.results_published_at is not None:
        yield Moment("Results are published", hackathon.results_published_at)


def _label(later: Deadline) -> str:
    return "Your team's submissions close" if later.of_team else "Grace for all teams ends"
