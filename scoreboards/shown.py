"""A board's rows as the page writes them without JavaScript; board-text.js writes the same."""

import zoneinfo
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from common.percent import percent_text

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
    other: Shown
    rises: Sequence[str]
    status: str
    gap: str
    tokens: str
    calls: str
    time: str
    progress: Json | None


def percent(score: float | None, stderr: float | None) -> Shown:
    """A score from 0 to 1 as "61.5" and its standard error as "4.2"."""
    return Shown(
        score="" if score is None else percent_text(score),
        stderr="" if score is None or stderr is None else percent_text(stderr),
    )


def lines_of(board: Json, activity: Sequence[Json]) -> list[Line]:
    """The rows of a snapshot in their order."""
    furthest = _furthest(activity)
    other = "public" if board["header"]["ranked_by"] == "private" else "private"
    best = next((row["score"] for row in board["rows"]), None)
    return [
        Line(
            **_spent(row),
            row=row,
            score=percent(row["score"], row["stderr"]),
            other=percent(row[f"{other}_score"], row[f"{other}_stderr"]),
            rises=[
                f"{percent(score, None).score} at {_time(epoch, board['header'])}"
                for epoch, score in row["history"]
            ],
            status=WORDS.get(row["status"], row["status"]),
            gap=gap_of(row["score"], best),
            progress=furthest.get(row["team"]),
        )
        for row in board["rows"]
    ]


def _spent(row: Json) -> dict[str, str]:
    """Tokens, calls and time of the submission that is shown, once it has ended."""
    if row["status"] in {"waiting", "pending"}:
        return dict.fromkeys(("tokens", "calls", "time"), "–")
    time = f"{row['seconds']:.0f} s"
    return {"tokens": f"{row['tokens']:,}", "calls": f"{row['calls']:,}", "time": time}


def gap_of(score: float | None, best: float | None) -> str:
    """How far it is behind the leader, in points of percent; empty for the leader itself."""
    if score is None or best is None or score == best:
        return ""
    return f"−{percent_text(best - score)}"


def moment(header: Json, field: str) -> str:
    """The time of day of a header's moment, where the hackathon takes place."""
    return "" if header[field] is None else _time(header[field], header)


def other_column(header: Json) -> str:
    """The heading of the score that does not rank, for those who see both."""
    if not header["private"]:
        return ""
    return "Public" if header["ranked_by"] == "private" else "Private"


def _time(epoch: float, header: Json) -> str:
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
