"""What a run's score is made of: by tag, and by how many attempts it is the best of."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q, QuerySet

from corral.statistics.attempts import best_of_bias
from corral.statistics.clustered import ClusteredEstimate
from evaluation.domain.means import Row, mean_of_rows
from evaluation.domain.queries import SeenRun, visible_splits
from evaluation.domain.standing import standing_runs
from evaluation.enums import RunState
from evaluation.models import Run, TaskResult
from evaluation.rules import Sight


@dataclass(frozen=True, slots=True)
class TagScore:
    """The weighted mean over a run's tasks of one split that have the tag."""

    tag: str
    split: str
    score: float
    stderr: float | None
    n: int


@dataclass(frozen=True, slots=True)
class BestOf:
    """How many scored submissions a score is the best of, and what it may owe to luck by that.

    `luck` is what the best of so many equally good ones is expected to show too much, from 0 to 1;
    None where the standard error is not known.
    """

    attempts: int
    luck: float | None


def tag_scores(seen: SeenRun) -> list[TagScore] | None:
    """By tag, and public before private; None before the run is scored, and where it is hidden.

    Only of splits whose tasks the person may read one by one. A task with several tags counts for
    each; one without any for none.
    """
    splits = visible_splits(seen)
    if seen.run.state != RunState.SCORED or not splits:
        return None
    results = TaskResult.objects.filter(run=seen.run, split__in=splits).order_by("task__position")
    rows = results.values_list("split", "score", "task__weight", "task__cluster", "task__tags")
    grouped: dict[tuple[str, str], list[Row]] = {}
    for split, score, weight, cluster, tags in rows:
        for tag in dict.fromkeys(tags):
            grouped.setdefault((tag, split), []).append((score, weight, cluster))
    by_tag = sorted(grouped.items(), key=lambda item: (item[0][0], splits.index(item[0][1])))
    return [_tag_score(tag, split, mean_of_rows(scored)) for (tag, split), scored in by_tag]


def best_of(seen: SeenRun, at: datetime) -> BestOf | None:
    """Where its public score is the best of the team's in the track; else None.

    It counts what the person sees: while a freeze holds a team, what had ended before it. What a
    Ladder released is not the best of anything, and owes nothing to how often it was tried.
    """
    if seen.score is None or seen.released is not None:
        return None
    submission = seen.run.submission
    found = _standing(seen, at).filter(
        submission__team=submission.team_id,
        submission__track=submission.track_id,
        suite_version=seen.run.suite_version_id,
        public_score__isnull=False,
    )
    of = found.aggregate(attempts=Count("pk"), best=Max("public_score"), own=_is(seen.run))
    if not of["own"] or seen.score < of["best"]:
        return None
    return BestOf(of["attempts"], best_of_bias(seen.stderr, of["attempts"]))


def _is(run: Run) -> Count:
    return Count("pk", filter=Q(pk=run.pk))


def _standing(seen: SeenRun, at: datetime) -> QuerySet[Run]:
    if seen.sight is Sight.EVERYTHING:
        return Run.objects.filter(counts=True)
    return standing_runs(seen.run.submission.track.hackathon, at)


def _tag_score(tag: str, split: str, of: ClusteredEstimate) -> TagScore:
    return TagScore(tag=tag, split=split, score=of.mean, stderr=of.stderr, n=of.n)
