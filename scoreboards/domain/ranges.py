"""The ranks that a board's results can vouch for, from the scores task by task of what it shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from uuid import UUID

from corral.statistics.ranks import RankRange, TeamScores, rank_ranges
from corral.suites.base import Split
from evaluation.domain.task_scores import TaskScores, TaskWeights, task_scores_of, task_weights_of
from scoreboards.domain.entries import Entry
from scoreboards.domain.ranking import Ranked

# Every two teams are compared: 200 teams are 19,900 pairs.
MOST_RANGED = 200


@dataclass(frozen=True, slots=True)
class Span:
    """The ranks that the results do not exclude for a team, both included, from 1.

    Its tie band reaches from the place `band_first` to `band_last` in the plain order, from 1,
    the team's own place included.
    """

    best: int
    worst: int
    band_first: int
    band_last: int


Spans = Mapping[str, Span]


def spans_of(ranked: Sequence[Ranked[Entry]], split: Split) -> Spans | None:
    """The span of every team that has a rank, by team; `split` is the one that ranks.

    Only runs that the board shows are compared, so it tells nothing that a freeze hides. None
    where more teams are ranked than are compared.
    """
    entries = [one.entry for one in ranked if one.rank is not None]
    if len(entries) > MOST_RANGED:
        return None
    runs = tuple(entry.run for entry in entries if entry.run)
    if len(runs) < len(entries):
        return None
    return {entry.team: span for entry, span in zip(entries, _spans(runs, split), strict=True)}


@lru_cache(maxsize=256)
def _spans(runs: tuple[UUID, ...], split: Split) -> tuple[Span, ...]:
    """The spans of scored runs, best first; runs never change, so they are compared once."""
    found = task_scores_of(runs, split)
    versions = {scores.version for scores in found.values()}
    tasks = {version: task_weights_of(version, split) for version in versions}
    weights = {key: weight for known in tasks.values() for key, weight in known.by_key()}
    clusters = dict(pair for known in tasks.values() for pair in known.clusters_by_key())
    teams = [TeamScores(str(run), _by_key(found.get(run), tasks)) for run in runs]
    return tuple(_with_bands(rank_ranges(teams, weights, clusters)))


def _by_key(found: TaskScores | None, tasks: Mapping[UUID, TaskWeights]) -> Mapping[str, float]:
    """Scores by task key; none where a run has no result for some task: it is told from nobody."""
    if found is None or len(found.scores) != len(tasks[found.version].keys):
        return {}
    return dict(zip(tasks[found.version].keys, found.scores, strict=True))


def _with_bands(ranges: Sequence[RankRange]) -> list[Span]:
    """Bands by their first and last place: those do not change with what happens above them."""
    spans: list[Span] = []
    for _, band in groupby(ranges, key=lambda one: one.band):
        members = list(band)
        first, last = len(spans) + 1, len(spans) + len(members)
        spans += [Span(one.best, one.worst, first, last) for one in members]
    return spans
