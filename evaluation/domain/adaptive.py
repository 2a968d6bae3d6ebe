"""Stopped early: a run that is surely worse than its team's best, as recorded results tell."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from catalogue.models import Task
from corral.statistics.settling import Duel, Settled, compare, settled
from corral.suites.base import Split
from evaluation.enums import RunState
from evaluation.models import Run, TaskResult
from submissions.models import Submission

ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Contest:
    """How a run does so far on the public tasks against its team's best run.

    `best` and `weights` are by task. `tested` are those that the test counts: tasks that share a
    passage are missed together, so one of each passage. `asked` of `weights` have an answer, and
    `lead` is the sum of their weighted differences. From `until` on, a freeze hides how it does, so
    nothing stops it any more; the same holds of a run of a submission declared final, which has no
    contest.
    """

    best: Mapping[UUID, float]
    weights: Mapping[UUID, float]
    tested: frozenset[UUID]
    until: datetime | None
    duel: Duel = field(default_factory=Duel)
    asked: int = 0
    lead: float = 0.0

    def after(self, task_id: UUID, score: float) -> "Contest":
        """With one more public task."""
        best = self.best[task_id]
        lead = self.lead + self.weights[task_id] * (score - best)
        duel = compare(self.duel, score, best) if task_id in self.tested else self.duel
        return replace(self, duel=duel, asked=self.asked + 1, lead=lead)

    def is_lost(self, at: datetime) -> bool:
        """Whether to stop the run now.

        The test counts on how many tasks it did worse; where tasks weigh differently or give
        parts of a point, its score must be lower on them, too.
        """
        if self.until is not None and at >= self.until:
            return False
        worse = settled(self.duel, ALPHA) is Settled.WORSE
        return worse and self.lead < 0 and self.asked < len(self.weights)

    @property
    def sentence(self) -> str:
        """Why it was stopped; of private tasks nobody learns the number."""
        asked, planned = self.asked, len(self.weights)
        return (
            f"Stopped after {asked} of {planned} tasks: it can no longer be shown to beat the "
            f"team's best (p ≤ {ALPHA:g}). Saved: {planned - asked} tasks, and the private ones if "
            "any."
        )


def contest_of(run: Run) -> Contest | None:
    """What the recorded results say; None where the run is to be run to its end in any case.

    That is where the track does not ask for it, where the run re-evaluates or is declared final,
    or where its team has no scored run of the same suite version and policy.
    """
    track = run.submission.track
    if not track.stops_early or run.reevaluation_id or run.submission.is_final:
        return None
    best = _best_scores(run)
    public = Task.objects.filter(suite_version=run.suite_version_id, split=Split.PUBLIC)
    tasks = list(public.only("key", "suite_version", "weight", "cluster"))
    weights = {task.pk: task.weight for task in tasks}
    if not weights or best.keys() != weights.keys():
        return None
    until = track.hackathon.scoreboard_freezes_at
    contest = Contest(best, weights, _one_of_each_passage(tasks), until)
    for task_id, score in _scores(run).items():
        contest = contest.after(task_id, score)
    return contest


def _one_of_each_passage(tasks: Iterable[Task]) -> frozenset[UUID]:
    """The tasks that stand alone and, of each cluster, the one that is first in the mixed order."""
    ordered = sorted(tasks, key=mixed)
    first = {(task.cluster, task.cluster or task.key): task.pk for task in reversed(ordered)}
    return frozenset(first.values())


def may_stop() -> Q:
    """Of a run: whether early stops reach it at this moment, whatever held when it began.

    No join, so that an UPDATE with it still takes the run's row alone and looks at it again.
    """
    hackathon = "track__hackathon__scoreboard_freezes_at"
    thawed = Q((f"{hackathon}__isnull", True)) | Q((f"{hackathon}__gt", Now()))
    reached = Submission.objects.filter(
        thawed, pk=OuterRef("submission"), is_final=False, track__stops_early=True
    )
    return Q(Exists(reached))


def mixed(task: Task) -> bytes:
    """Sorts the tasks of a version as if shuffled, alike on every machine and for every run."""
    return hashlib.sha256(f"{task.suite_version_id}:{task.key}".encode()).digest()


def _best_scores(run: Run) -> dict[UUID, float]:
    """The scores by public task of the team's best run; of equals the first one's."""
    best = (
        Run.objects.filter(
            submission__team=run.submission.team_id,
            submission__track=run.submission.track_id,
            suite_version=run.suite_version_id,
            policy_digest=run.policy_digest,
            counts=True,
            state=RunState.SCORED,
            public_score__isnull=False,
        )
        .order_by("-public_score", "ended_at")
        .first()
    )
    return _scores(best) if best else {}


def _scores(run: Run) -> dict[UUID, float]:
    public = TaskResult.objects.filter(run=run, split=Split.PUBLIC).order_by()
    return dict(public.values_list("task_id", "score"))
