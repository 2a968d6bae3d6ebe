"""What a re-evaluation would change: every team's rank and score, before and after. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scoreboards.domain.entries import Entry, Lens, Result, entries_of
from scoreboards.domain.ranking import Ranked, rank

PUBLIC = Lens(private=True, reasons=True)
PRIVATE = replace(PUBLIC, final=True, by_private=True)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a team stands; `label` is its rank as boards write it, empty without a score.

    The score is from 0 to 1. `status` says why there is none.
    """

    label: str
    score: float | None
    status: str


@dataclass(frozen=True, slots=True)
class Change:
    """One team before and after."""

    team: str
    name: str
    before: Place
    after: Place

    @property
    def moved(self) -> bool:
        """Whether its rank is another, a shared one included, or it has one at last or no more."""
        return self.before.label != self.after.label

    @property
    def changed(self) -> bool:
        """Whether anything of it is another."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Preview:
    """Every team, best first as it would be: by the public tasks, and by the private ones.

    `private` is by the submissions declared final, as after the results; empty without such tasks.
    """

    public: tuple[Change, ...]
    private: tuple[Change, ...]

    @property
    def summary(self) -> dict[str, list[dict[str, Any]]]:
        """The ranks that change, as they are kept for all to read."""
        return {"public": _moved(self.public), "private": _moved(self.private)}


def preview(before: Sequence[Result], after: Sequence[Result]) -> Preview:
    """Compare the results that count with those that would; both are of the same teams."""
    private = any(result.private for result in (*before, *after))
    return Preview(
        public=compare(before, after, PUBLIC),
        private=compare(before, after, PRIVATE) if private else (),
    )


def compare(before: Sequence[Result], after: Sequence[Result], lens: Lens) -> tuple[Change, ...]:
    """Every team's place in both, through one lens."""
    old = {one.entry.team: _place(one) for one in _ranked(before, lens)}
    nowhere = Place("", None, "")
    return tuple(
        Change(
            team=one.entry.team,
            name=one.entry.name,
            before=old.get(one.entry.team, nowhere),
            after=_place(one),
        )
        for one in _ranked(after, lens)
    )


def with_replaced(results: Sequence[Result], new: Mapping[tuple[str, int], Result]) -> list[Result]:
    """The results, those of the given (team, number) replaced."""
    return [new.get((result.team, result.number), result) for result in results]


def _ranked(results: Sequence[Result], lens: Lens) -> list[Ranked[Entry]]:
    return rank(entries_of(results, lens), key=Entry.value, order=Entry.order)


def _place(ranked: Ranked[Entry]) -> Place:
    score = ranked.entry.value()
    return Place(ranked.label, None if score is None else round(score, 6), ranked.entry.status)


def _moved(changes: Sequence[Change]) -> list[dict[str, Any]]:
    return [
        {
            "team": change.team,
            "name": change.name,
            "before": change.before.label,
            "after": change.after.label,
        }
        for change in changes
        if change.moved
    ]
