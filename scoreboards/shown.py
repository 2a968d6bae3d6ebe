"""A board's rows as the page writes them without JavaScript; board-text.js writes the same."""

import zoneinfo
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Json = Mapping[str, Any]
WORDS = {"waiting": "waiting", "pending": "pending", "errored": "platform error"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A score in percent and its standard error; both empty where there is none."""

    score: str
    stderr: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table."""

    row: Json
    score: Shown
    public: Shown
    private: Shown
    status: str
    gap: str
    progress: Json | None


def percent(score: float | None, stderr: float | None) -> Shown:
    """A score from 0 to 1 as "61.5" and its standard error as "4.2"."""
    return Shown(
        score="" if score is None else f"{100 * score:.1f}",
        stderr="" if score is None or stderr is None else f"{100 * stderr:.1f}",
    )


def lines_of(board: Json, activity: Sequence[Json]) -> list[Line]:
    """The rows of a snapshot in their order."""
    furthest = _furthest(activity)
    best = next((row["score"] for row in board["rows"]), None)
    return [
        Line(
            row=row,
            score=percent(row["score"], row["stderr"]),
            public=percent(row["public_score"], row["public_stderr"]),
            private=percent(row["private_score"], row["private_stderr"]),
            status=WORDS.get(row["status"], row["status"]),
            gap=gap_of(row["score"], best),
            progress=furthest.get(row["team"]),
        )
        for row in board["rows"]
    ]


def gap_of(score: float | None, best: float | None) -> str:
    """How far it is behind the leader, in points of percent; empty for the leader itself."""
    if score is None or best is None or score == best:
        return ""
    return f"−{100 * (best - score):.1f}"


def moment(header: Json, field: str) -> str:
    """The time of day of a header's moment, where the hackathon takes place."""
    epoch = header[field]
    if epoch is None:
        return ""
    zone = zoneinfo.ZoneInfo(header["time_zone"])
    return f"{datetime.fromtimestamp(epoch, UTC).astimezone(zone):%H:%M}"


def _furthest(activity: Iterable[Json]) -> dict[str, Json]:
    """Of each team the evaluation that is furthest."""
    furthest: dict[str, Json] = {}
    for progress in activity:
        other = furthest.get(progress["team"])
        if other is None or progress["done"] > other["done"]:
            furthest[progress["team"]] = progress
    return furthest
