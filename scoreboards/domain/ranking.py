"""Ranking: pure, and honest about what is missing and what is tied."""

import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Entry = TypeVar("Entry")

# Weighted means of the same results differ by the order of addition; that far they are equal.
DIGITS = 9
# Two-sided 95 % of the normal distribution.
Z = 1.96


@dataclass(frozen=True, slots=True)
class Score:
    """A score from 0 to 1 with its standard error; None where fewer than two tasks give none."""

    value: float
    stderr: float | None


@dataclass(frozen=True, slots=True)
class Ranked(Generic[Entry]):
    """An entry with its rank; `label` is "2" alone, "2=" where it is shared, "" without a score."""

    entry: Entry
    rank: int | None
    label: str


def rank(
    entries: Iterable[Entry],
    *,
    key: Callable[[Entry], float | None],
    order: Callable[[Entry], Any],
) -> list[Ranked[Entry]]:
    """Rank entries best first; equal keys share a rank (1, 2, 2, 4).

    `key` is the score, and None or NaN where there is none: such entries come last and have no
    rank. `order` decides the order among those that share a rank, and changes no rank.
    """
    scored = [(_rounded(key(entry)), entry) for entry in entries]
    scored.sort(key=lambda pair: (pair[0] is None, -(pair[0] or 0.0), order(pair[1])))
    shared = Counter(score for score, _ in scored)
    ranked: list[Ranked[Entry]] = []
    last: float | None = None
    for position, (score, entry) in enumerate(scored, start=1):
        if score is None:
            ranked.append(Ranked(entry, None, ""))
            continue
        tied = bool(ranked) and score == last
        number = ranked[-1].rank if tied else position
        ranked.append(Ranked(entry, number, f"{number}=" if shared[score] > 1 else str(number)))
        last = score
    return ranked


def told_apart(one: Score, other: Score) -> bool | None:
    """Whether the data tell two scores apart, at 95 %; None where an error is not known.

    The scores are taken as independent, which overstates the error of a difference between two
    projects that answered the same tasks: a "yes" can be relied on.
    """
    if one.stderr is None or other.stderr is None:
        return None
    return abs(one.value - other.value) > Z * math.hypot(one.stderr, other.stderr)


def _rounded(score: float | None) -> float | None:
    return None if score is None or math.isnan(score) else round(score, DIGITS)
