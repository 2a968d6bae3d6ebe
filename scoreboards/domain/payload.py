"""A board as JSON: what is stored, shown and sent. Pure, but for a hackathon's extensions.

Those are asked for where they were not fetched ahead with the track.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from corral.statistics.attempts import best_of_bias
from evaluation.rules import is_ladder
from hackathons.enums import Audience, HackathonState
from hackathons.models import Track
from hackathons.rules import deadline_for
from scoreboards.domain.entries import Entry, Lens
from scoreboards.domain.findings import Findings
from scoreboards.domain.ranges import Span
from scoreboards.domain.ranking import Ranked, Score, rank, told_apart

Json = dict[str, Any]
# Of stored boards: grows whenever a row or the header gets other fields.
FORMAT = 3


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
        ladder=is_ladder(track, at) and not judges,
    )


def clock_of(track: Track, audience: Audience, at: datetime) -> Json:
    """The part of the header that changes with the clock or by an organizer's hand alone.

    Or with the platform: a board stored in another format is out of date.
    """
    hackathon = track.hackathon
    return {
        "format": FORMAT,
        "track": track.name,
        "hackathon": hackathon.name,
        "time_zone": hackathon.time_zone,
        "audience": audience.value,
        "state": hackathon.state(at).value,
        "frozen": hackathon.is_frozen(at) and audience != Audience.JUDGES,
        "ladder": is_ladder(track, at),
        "starts_at": _epoch(hackathon.hacking_starts_at),
        "freezes_at": _epoch(hackathon.scoreboard_freezes_at),
        "closes_at": _epoch(deadline_for(hackathon, None).at),
        "publishes_at": _epoch(hackathon.results_published_at),
    }


def ranked_of(entries: Sequence[Entry]) -> list[Ranked[Entry]]:
    """The entries in the plain order, with their ranks."""
    return rank(entries, key=Entry.value, order=Entry.order)


def board_of(clock: Json, ranked: Sequence[Ranked[Entry]], lens: Lens, findings: Findings) -> Json:
    """The whole board: its header, and its rows in their order."""
    entries = [one.entry for one in ranked]
    return {
        "header": {
            **clock,
            "ranked_by": "private" if lens.by_private else "public",
            "private": lens.private,
            "ranges": findings.spans is not None,
            "tags": [[tag.name, len(tag.places)] for tag in findings.by_tag.tags],
            "teams": len(entries),
            "pending": sum(entry.pending for entry in entries),
        },
        "rows": _rows(ranked, findings),
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


def _rows(ranked: Sequence[Ranked[Entry]], findings: Findings) -> list[Json]:
    spans = findings.spans
    above: list[Score | None] = [None, *(one.entry.score for one in ranked)]
    if spans is None:
        sure = [_unranged(one.entry.score, above[place]) for place, one in enumerate(ranked)]
    else:
        sure = [_ranged(place, spans.get(one.entry.team)) for place, one in enumerate(ranked)]
    return [
        _row(place, one, sure[place] | _found(findings, one.entry.team))
        for place, one in enumerate(ranked)
    ]


def _found(findings: Findings, team: str) -> Json:
    """`tags`: scores and standard errors, in the order of the header's; empty without any."""
    private, scores = findings.private.get(team), findings.by_tag.scores.get(team, ())
    return {
        "private_rank_best": private and private.best,
        "private_rank_worst": private and private.worst,
        "tags": [list(_score("", score).values()) for score in scores],
    }


def _ranged(position: int, span: Span | None) -> Json:
    """`like_above`: it is in the tie band of the line above."""
    return {
        "rank_best": span and span.best,
        "rank_worst": span and span.worst,
        "band_first": span and span.band_first,
        "band_last": span and span.band_last,
        "like_above": span is not None and span.band_first <= position,
    }


def _unranged(score: Score | None, above: Score | None) -> Json:
    """Where teams are too many to compare task by task, two lines' own errors must do."""
    like_above = bool(score and above and told_apart(score, above) is False)
    return _ranged(0, None) | {"like_above": like_above}


def _row(position: int, ranked: Ranked[Entry], certainty: Json) -> Json:
    entry = ranked.entry
    return {
        "team": entry.team,
        "name": entry.name,
        "position": position,
        "rank": ranked.rank,
        "rank_label": ranked.label,
        **certainty,
        **_score("", entry.score),
        **_score("public_", entry.public),
        **_score("private_", entry.private),
        **_luck(entry),
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


def _luck(entry: Entry) -> Json:
    """Of how many scored submissions the score is the best, and what it may owe to that."""
    error = entry.public.stderr if entry.public else None
    luck = best_of_bias(error, entry.best_of) if entry.best_of else None
    return {"best_of": entry.best_of, "luck": None if luck is None else round(luck, 6)}


def _epoch(moment: datetime | None) -> float | None:
    return None if moment is None else round(moment.timestamp(), 3)
