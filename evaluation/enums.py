"""The states of a run, and which may follow which; the states of a re-evaluation."""

from django.db.models import TextChoices


class RunState(TextChoices):
    """`failed` is the project's doing, `errored` the platform's."""

    QUEUED = "queued", "Queued"
    PREPARING = "preparing", "Preparing"
    RUNNING = "running", "Running"
    SCORING = "scoring", "Scoring"
    SCORED = "scored", "Scored"
    FAILED = "failed", "Failed"
    ERRORED = "errored", "Errored"
    CANCELLED = "cancelled", "Cancelled"


class ReevaluationKind(TextChoices):
    """`rescore` judges recorded outputs anew and starts no sandbox."""

    RERUN = "rerun", "Re-run"
    RESCORE = "rescore", "Re-score"


class ReevaluationState(TextChoices):
    """Decided once, as a whole."""

    EVALUATING = "evaluating", "Evaluating"
    APPLIED = "applied", "Applied"
    DISCARDED = "discarded", "Discarded"


ACTIVE = frozenset({RunState.PREPARING, RunState.RUNNING, RunState.SCORING})
ENDED = frozenset({RunState.SCORED, RunState.FAILED, RunState.ERRORED, RunState.CANCELLED})

# Written once: every transition in domain/ is one guarded UPDATE along these arrows.
TRANSITIONS: dict[RunState, frozenset[RunState]] = {
    RunState.QUEUED: frozenset({RunState.PREPARING, RunState.ERRORED, RunState.CANCELLED}),
    RunState.PREPARING: frozenset(
        {
            RunState.RUNNING,
            RunState.QUEUED,
            RunState.FAILED,
            RunState.ERRORED,
            RunState.CANCELLED,
        }
    ),
    RunState.RUNNING: frozenset(
        {
            RunState.SCORING,
            RunState.QUEUED,
            RunState.FAILED,
            RunState.ERRORED,
            RunState.CANCELLED,
        }
    ),
    RunState.SCORING: frozenset(
        {RunState.SCORED, RunState.QUEUED, RunState.ERRORED, RunState.CANCELLED}
    ),
    RunState.SCORED: frozenset(),
    RunState.FAILED: frozenset(),
    RunState.ERRORED: frozenset(),
    RunState.CANCELLED: frozenset(),
}
