"""What each team's score on a board is made of: the score on the tasks with each tag."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

from catalogue.models import Task
from corral.statistics.clustered import clustered_mean
from corral.suites.base import Split
from evaluation.domain.task_scores import TaskScores, TaskWeights, task_scores_of, task_weights_of
from scoreboards.domain.entries import Entry
from scoreboards.domain.ranges import MOST_RANGED
from scoreboards.domain.ranking import Ranked, Score

# As many columns as a page has room for.
MOST_TAGS = 12


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag and the tasks that have it, by their places among the split's."""

    name: str
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ByTag:
    """The tags of a board by name, and of each ranked team its score on each of them."""

    tags: tuple[Tag, ...] = ()
    scores: Mapping[str, tuple[Score, ...]] = field(default_factory=dict)


def by_tag_of(ranked: Sequence[Ranked[Entry]], version: UUID, split: Split) -> ByTag:
    """Of every team that has a rank and a result for each task; `split` is the one that ranks.

    Only runs that the board shows are read. Nothing where more teams are ranked than are compared,
    nor where the tasks have fewer than two tags; of many tags those that most tasks have.
    """
    runs = {one.entry.team: one.entry.run for one in ranked if one.rank and one.entry.run}
    tags = tags_of(version, split)
    if len(tags) < 2 or len(runs) > MOST_RANGED:
        return ByTag()
    found = task_scores_of(list(runs.values()), split)
    count = len(task_weights_of(version, split).weights)
    whole = {run for run, scores in found.items() if _covers(scores, version, count)}
    scores = {team: _scores(run, version, split) for team, run in runs.items() if run in whole}
    return ByTag(tags, scores)


@lru_cache(maxsize=64)
def tags_of(version: UUID, split: Split) -> tuple[Tag, ...]:
    """The tags of a published version's split, which never change; at most `MOST_TAGS`, by name."""
    tasks = Task.objects.filter(suite_version=version, split=split.value).order_by("pk")
    places: dict[str, list[int]] = {}
    for place, names in enumerate(tasks.values_list("tags", flat=True)):
        for name in dict.fromkeys(names):
            places.setdefault(name, []).append(place)
    most = sorted(places, key=lambda name: (-len(places[name]), name))[:MOST_TAGS]
    return tuple(Tag(name, tuple(places[name])) for name in sorted(most))


def _covers(found: TaskScores, version: UUID, count: int) -> bool:
    return found.version == version and len(found.scores) == count


@lru_cache(maxsize=4096)
def _scores(run: UUID, version: UUID, split: Split) -> tuple[Score, ...]:
    """Runs never change, so each is computed once."""
    scores = task_scores_of([run], split)[run].scores
    tasks = task_weights_of(version, split)
    return tuple(_score(tag, scores, tasks) for tag in tags_of(version, split))


def _score(tag: Tag, scores: Sequence[float], tasks: TaskWeights) -> Score:
    of = clustered_mean(
        [scores[i] for i in tag.places],
        [tasks.weights[i] for i in tag.places],
        [tasks.clusters[i] for i in tag.places],
    )
    return Score(of.mean, of.stderr)
