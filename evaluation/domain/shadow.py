"""A re-evaluation's runs: which there must be, which there are, and how far they are."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Now

from catalogue.models import Task
from corral.suites.base import Split
from evaluation.domain.enqueue import policy_of
from evaluation.domain.line import line_of
from evaluation.domain.transitions import log_new
from evaluation.enums import ENDED, ReevaluationKind, ReevaluationState, RunState
from evaluation.models import Reevaluation, Run

BATCH = 100
PLATFORM_FAILED = frozenset({RunState.ERRORED, RunState.CANCELLED})
# What was cancelled stays so; and where nothing was recorded there is nothing to judge again.
COVERED = {
    ReevaluationKind.RERUN: (RunState.SCORED, RunState.FAILED, RunState.ERRORED),
    ReevaluationKind.RESCORE: (RunState.SCORED,),
}


@dataclass(frozen=True, slots=True)
class Shadow:
    """A re-evaluation's newest run in the place of one that counts; `name` is for people."""

    run_id: UUID
    replaces_id: UUID
    state: str
    replaces_state: str
    name: str

    @property
    def takes_place(self) -> bool:
        """Whether it replaces the other once applied: not where it, too, has no result."""
        return self.replaces_state == RunState.SCORED or self.state not in PLATFORM_FAILED


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a re-evaluation is, in submissions; `failed` names those that it has no result of."""

    total: int
    ended: int
    missing: int
    failed: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether every submission that it is about was evaluated."""
        return self.ended == self.total


def covered_runs(reevaluation: Reevaluation) -> QuerySet[Run]:
    """The runs that count now and that it evaluates anew."""
    states = COVERED[ReevaluationKind(reevaluation.kind)]
    track = reevaluation.track_id
    return Run.objects.filter(submission__track=track, counts=True, state__in=states)


def shadows_of(reevaluation: Reevaluation) -> list[Shadow]:
    """One for each covered run that has any: a live one, else the newest that has failed."""
    rows = (
        Run.objects.filter(reevaluation=reevaluation, replaces__in=covered_runs(reevaluation))
        .annotate(
            before=F("replaces__state"),
            team_name=F("submission__team__name"),
            number=F("submission__number"),
        )
        .order_by("queued_at", "pk")
        .values_list("pk", "replaces_id", "state", "before", "team_name", "number")
    )
    found: dict[UUID, Shadow] = {}
    for pk, replaces, state, before, team, number in rows:
        kept = found.get(replaces)
        if kept is None or kept.state in PLATFORM_FAILED:
            found[replaces] = Shadow(pk, replaces, state, before, f"{team} #{number}")
    return list(found.values())


def progress_of(reevaluation: Reevaluation) -> Progress:
    """How far it is just now."""
    total, shadows = covered_runs(reevaluation).count(), shadows_of(reevaluation)
    failed = (one for one in shadows if one.state in PLATFORM_FAILED and one.takes_place)
    return Progress(
        total=total,
        ended=sum(one.state in ENDED for one in shadows),
        missing=max(0, total - len(shadows)),
        failed=tuple(sorted(one.name for one in failed)),
    )


def add_missing(*, reevaluation_id: UUID, most: int = BATCH) -> int:
    """Queue runs for covered ones that it has none for; how many. None once it is decided.

    Safe at any time and by several at once: each holds the re-evaluation while it adds.
    """
    with transaction.atomic():
        held = _held(reevaluation_id)
        if held is None:
            return 0
        own = Run.objects.filter(reevaluation=held, replaces=OuterRef("pk"))
        return _queue(held, covered_runs(held).filter(~Exists(own))[:most])


def add_failed_again(*, reevaluation_id: UUID) -> int:
    """Queue another run in the place of each that the platform failed or somebody cancelled."""
    with transaction.atomic():
        held = _held(reevaluation_id)
        if held is None:
            return 0
        failed = {one.replaces_id for one in shadows_of(held) if one.state in PLATFORM_FAILED}
        return _queue(held, Run.objects.filter(pk__in=failed))


def _held(reevaluation_id: UUID) -> Reevaluation | None:
    """The re-evaluation, which nobody decides until the transaction ends."""
    found = Reevaluation.objects.filter(pk=reevaluation_id, state=ReevaluationState.EVALUATING)
    return found.select_for_update(no_key=True).first()


def _queue(reevaluation: Reevaluation, runs: QuerySet[Run]) -> int:
    whole = ("submission__track__hackathon", "submission__model", "source")
    totals, queued = _totals(reevaluation.suite_version_id), 0
    for run in runs.select_related(*whole):
        _queue_one(reevaluation, run, totals)
        queued += 1
    return queued


def _queue_one(reevaluation: Reevaluation, run: Run, totals: dict[str, int]) -> None:
    again = reevaluation.kind == ReevaluationKind.RESCORE
    new = Run.objects.create(
        submission=run.submission,
        suite_version_id=reevaluation.suite_version_id,
        line=line_of(run.submission, background=True),
        counts=False,
        reevaluation=reevaluation,
        replaces=run,
        reached_at=run.reached_at or run.ended_at,
        queued_at=Now(),
        available_at=Now(),
        **totals,
        **(_as_recorded(run) if again else _as_allowed_now(run)),
    )
    log_new(run=new)


def _totals(version_id: UUID) -> dict[str, int]:
    splits = list(Task.objects.filter(suite_version=version_id).values_list("split", flat=True))
    return {f"{split.value}_total": splits.count(split.value) for split in Split}


def _as_allowed_now(run: Run) -> dict[str, Any]:
    policy = policy_of(run.submission)
    return {"policy": policy.as_json(), "policy_digest": policy.digest()}


def _as_recorded(run: Run) -> dict[str, Any]:
    """The policy under which the outputs came about, and what they cost then, not again.

    Its sandbox seconds count in no share: they were counted where they were spent.
    """
    source = run.source or run
    copied = ("policy", "policy_digest", "degraded", "sandbox_seconds", "calls")
    tokens = ("prompt_tokens", "completion_tokens", "reasoning_tokens")
    same = {name: getattr(source, name) for name in (*copied, *tokens)}
    return {**same, "source": source, "shared_seconds": source.sandbox_seconds}
