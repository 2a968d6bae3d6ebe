"""A board as JSON: what is stored, shown and sent. Pure, but for a hackathon's extensions.

Those are asked for where they were not fetched ahead with the track.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hackathons.enums import Audience, HackathonState
from hackathons.models import Track
from hackathons.rules import deadline_for
from scoreboards.domain.entries import Entry, Lens
from scoreboards.domain.ranking import Ranked, Score, rank, told_apart

Json = dict[str, Any]


def lens_of(track: Track, audience: Audience, at: datetime, *, private_tasks: bool) -> Lens:
    """What the audience sees of the track's results at that moment."""
    hackathon = track.hackathon
    judges = audience == Audience.JUDGES
    published = hackathon.state(at) == HackathonState.PUBLISHED
    frozen = hackathon.is_frozen(at) and not judges
    return Lens(
        until=hackathon.scoreboard_freezes_at if frozen else None,
        final=published,
        by_private=published and private_tasks,
        private=(published or judges) and private_tasks,
        reasons=judges,
    )


def clock_of(track: Track, audience: Audience, at: datetime) -> Json:
    """The part of the header that changes with the clock or by an organizer's hand alone."""
    hackathon = track.hackathon
    return {
        "track": track.name,
        "hackathon": hackathon.name,
        "time_zone": hackathon.time_zone,
        "audience": audience.value,
        "state": hackathon.state(at).value,
        "frozen": hackathon.is_frozen(at) and audience != Audience.JUDGES,
        "starts_at": _epoch(hackathon.hacking_starts_at),
        "freezes_at": _epoch(hackathon.scoreboard_freezes_at),
        "closes_at": _epoch(deadline_for(hackathon, None).at),
        "publishes_at": _epoch(hackathon.results_published_at),
    }


def board_of(clock: Json, entries: Sequence[Entry], lens: Lens) -> Json:
    """The whole board: its header, and its rows in their order."""
    return {
        "header": {
            **clock,
            "ranked_by": "private" if lens.by_private else "public",
            "private": lens.private,
            "teams": len(entries),
            "pending": sum(entry.pending for entry in entries),
        },
        "rows": _rows(rank(entries, key=Entry.value, order=Entry.order)),
    }


def diff(before: Json, after: Json) -> Json | None:
    """What changed: header fields, whole rows, and teams that are gone. None: nothing did."""
    known = before.get("header", {})
    old = {row["team"]: row for row in before.get("rows", [])}
    gone = old.keys() - {row["team"] for row in after["rows"]}
    changed = {
        "header": {k: v for k, v in after["header"].items() if k not in known or known[k] != v},
        "rows": [row for row in after["rows"] if old.get(row["team"]) != row],
        "removed": sorted(gone),
    }
    kept = {key: value for key, value in changed.items() if value}
    return kept or None


def _rows(ranked: Sequence[Ranked[Entry]]) -> list[Json]:
    above: list[Score | None] = [None, *(one.entry.score for one in ranked)]
    return [_row(position, one, above[position]) for position, one in enumerate(ranked)]


def _row(position: int, ranked: Ranked[Entry], above: Score | None) -> Json:
    """One team; `like_above`: the data do not tell its score apart from the line above."""
    entry = ranked.entry
    return {
        "team": entry.team,
        "name": entry.name,
        "position": position,
        "rank": ranked.rank,
        "rank_label": ranked.label,
        **_score("", entry.score),
        **_score("public_", entry.public),
        **_score("private_", entry.private),
        "like_above": bool(entry.score and above and told_apart(entry.score, above) is False),
        "status": entry.status,
        "reason": entry.reason,
        "number": entry.number,
        "submissions": entry.submissions,
        "pending": entry.pending,
        "tokens": entry.tokens,
        "calls": entry.calls,
        "seconds": round(entry.seconds, 1),
        "history": [[int(p.at.timestamp()), round(p.score, 6)] for p in entry.history],
    }


def _score(prefix: str, score: Score | None) -> Json:
    stderr = score.stderr if score else None
    return {
        f"{prefix}score": None if score is None else round(score.value, 6),
        f"{prefix}stderr": None if stderr is None else round(stderr, 6),
    }


def _epoch(moment: datetime | None) -> float | None:
    return None if moment is None else round(moment.timestamp(), 3)
