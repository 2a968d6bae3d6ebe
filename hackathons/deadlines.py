"""Until when a team may hand in: pure, from a hackathon and its extensions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hackathons.models import Extension, Hackathon, Team


@dataclass(frozen=True, slots=True)
class Deadline:
    """The first moment that is too late. `reason` says why it is not the event's own close."""

    at: datetime
    reason: str = ""
    of_team: bool = False


def closes_at(hackathon: Hackathon, team: Team | None, extensions: Iterable[Extension]) -> datetime:
    """When submissions of the team close; without a team, those of teams without more time."""
    return deadline_of(hackathon, team, extensions).at


def deadline_of(
    hackathon: Hackathon, team: Team | None, extensions: Iterable[Extension]
) -> Deadline:
    """The latest of the event's close, a grace for all and the team's own extensions."""
    later = later_deadlines(hackathon, team, extensions)
    return later[-1] if later else Deadline(hackathon.submissions_close_at)


def later_deadlines(
    hackathon: Hackathon, team: Team | None, extensions: Iterable[Extension]
) -> tuple[Deadline, ...]:
    """What a grace for all, then what the team's own extensions add, each later than the last."""
    given = list(extensions)
    whose: tuple[UUID | None, ...] = (None,) if team is None else (None, team.pk)
    found: list[Deadline] = []
    latest = hackathon.submissions_close_at
    for team_id in whose:
        ours = [extension for extension in given if extension.team_id == team_id]
        longest = max(ours, key=lambda extension: extension.ends_at, default=None)
        ends_at = _not_after_results(hackathon, longest.ends_at) if longest else latest
        if longest and ends_at > latest:
            latest = ends_at
            found.append(Deadline(ends_at, longest.reason, of_team=team_id is not None))
    return tuple(found)


def last_close(hackathon: Hackathon, extensions: Iterable[Extension]) -> datetime:
    """When the last team's submissions close."""
    ends = (extension.ends_at for extension in extensions)
    return _not_after_results(hackathon, max([hackathon.submissions_close_at, *ends]))


def _not_after_results(hackathon: Hackathon, at: datetime) -> datetime:
    """Published results end everything."""
    published = hackathon.results_published_at
    return at if published is None else min(at, published)
