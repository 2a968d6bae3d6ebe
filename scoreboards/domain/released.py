"""Results as a track's Ladder lets teams and spectators see them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from evaluation.domain.ladder import Released, released_by_run
from scoreboards.domain.entries import Result, in_order
from scoreboards.domain.ranking import Score


def released_results(results: Sequence[Result]) -> list[Result]:
    """The same results, each scored one's public score the one that its team was shown after it."""
    teams: dict[str, list[Result]] = {}
    for result in in_order(results):
        teams.setdefault(result.team, []).append(result)
    runs = [[one.run for one in of_team if one.run] for of_team in teams.values()]
    released = released_by_run(runs)
    return [replace(result, public=_score(result, released)) for result in results]


def _score(result: Result, released: Mapping[UUID, Released]) -> Score | None:
    shown = released.get(result.run) if result.run else None
    return Score(shown.score, shown.stderr) if shown else None
