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
    """One row of the table. `range` and `band` are empty where there is nothing to say."""

    row: Json
    range: str
    band: str
    classes: str
    luck: str
    score: Shown
    other: Shown
    other_range: str
    rises: Sequence[str]
    status: str
    gap: str
    tokens: str
    calls: str
    time: str
    progress: Json | None
    tags: Sequence[Shown]


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
            range=range_of(row),
            band=band_of(row),
            classes=classes_of(row),
            luck=luck_of(row),
            score=percent(row["score"], row["stderr"]),
            other=percent(row[f"{other}_score"], row[f"{other}_stderr"]),
            other_range=private_range_of(row),
            rises=[
                f"{percent(score, None).score} at {_time(epoch, board['header'])}"
                for epoch, score in row["history"]
            ],
            status=WORDS.get(row["status"], row["status"]),
            gap=gap_of(row["score"], best),
            progress=furthest.get(row["team"]),
            tags=[percent(*score) for score in row["tags"]],
        )
        for row in board["rows"]
    ]


def _spent(row: Json) -> dict[str, str]:
    """Tokens, calls and time of the submission that is shown, once it has ended."""
    if row["status"] in {"waiting", "pending"}:
        return dict.fromkeys(("tokens", "calls", "time"), "–")
    time = f"{row['seconds']:.0f} s"
    return {"tokens": f"{row['tokens']:,}", "calls": f"{row['calls']:,}", "time": time}


def range_of(row: Json) -> str:
    """The ranks that the results do not exclude, as "(1–3)"; empty where it is one alone."""
    return _span(row["rank_best"], row["rank_worst"])


def private_range_of(row: Json) -> str:
    """The same of the ranks by the private tasks."""
    return _span(row["private_rank_best"], row["private_rank_worst"])


def _span(best: int | None, worst: int | None) -> str:
    return "" if best == worst else f"({best}–{worst})"


def band_of(row: Json) -> str:
    """Its tie band in words, for who does not see the bracket."""
    first, last = row["band_first"], row["band_last"]
    return "" if first == last else f"tie band of places {first} to {last}"


def classes_of(row: Json) -> str:
    """What draws the bracket of its tie band."""
    first, last = row["band_first"], row["band_last"]
    if first == last:
        return ""
    place = row["position"] + 1
    ends = {"band-first": place == first, "band-last": place == last}
    return " ".join(["band", *(name for name, is_so in ends.items() if is_so)])


def luck_of(row: Json) -> str:
    """What the best of several attempts may owe to luck, in points of percent."""
    return percent_text(row["luck"]) if row["luck"] else ""


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
