"""Retained: logs and archives go by age and size; a score, a result or a ledger never does."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import BigIntegerField, Exists, F, Func, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Now

from evaluation.enums import ENDED
from evaluation.models import Attempt, Run
from submissions.domain.remove import (
    abandoned_uploads,
    idle_archives,
    let_go,
    remove_abandoned_uploads,
    remove_leaving,
)
from submissions.models import StoredArchive, Submission

BATCH = 200  # of each kind in one pass; the rest goes with the next ones
MB = 1024 * 1024
NO_SUBMISSION = "since no submission names it"


def _size(column: str) -> Func:
    return Func(F(column), function="octet_length", output_field=BigIntegerField())


LOG_SIZE = _size("log_head") + _size("log_tail")


@dataclass(frozen=True, slots=True)
class Retention:
    """How long and how much is kept; 0: for ever, without a limit. Sizes in bytes."""

    log_days: int
    log_bytes: int
    archive_days: int
    archive_bytes: int


@dataclass(frozen=True, slots=True)
class Going:
    """Something that goes: the primary key of its row, a name for people, its size and why."""

    pk: int
    name: str
    bytes: int
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What one pass removes; `incoming` are half-written files."""

    logs: tuple[Going, ...]
    archives: tuple[Going, ...]
    incoming: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Retained:
    """How much one pass removed; archives that leave are removed from the storage by and by."""

    logs: int
    leaving: int
    removed: int
    incoming: int


def retention() -> Retention:
    """What the settings say."""
    return Retention(
        log_days=settings.RETENTION_LOG_DAYS,
        log_bytes=settings.RETENTION_LOG_MB * MB,
        archive_days=settings.RETENTION_ARCHIVE_DAYS,
        archive_bytes=settings.RETENTION_ARCHIVE_MB * MB,
    )


def plan_retention(rules: Retention) -> Plan:
    """What the next pass would remove."""
    return Plan(
        logs=tuple(_each_once(_old_logs(rules), _logs_over_size(rules))),
        archives=tuple(_each_once(_orphans(), _old_archives(rules), _archives_over_size(rules))),
        incoming=tuple(abandoned_uploads()),
    )


def retain(rules: Retention) -> Retained:
    """One pass; safe to be killed anywhere, to run twice, and by several at once."""
    plan = plan_retention(rules)
    return Retained(
        logs=sum(_remove_log(log) for log in plan.logs),
        leaving=sum(_let_go(archive) for archive in plan.archives),
        removed=remove_leaving(),
        incoming=remove_abandoned_uploads(),
    )


def _each_once(*sources: Iterable[Going]) -> Iterator[Going]:
    """Up to a batch, each with the first reason that was found for it."""
    seen: set[int] = set()
    for source in sources:
        for going in source:
            if going.pk not in seen and len(seen) < BATCH:
                seen.add(going.pk)
                yield going


def logs_kept() -> QuerySet[Attempt]:
    """Logs of runs that have ended, the oldest first."""
    return (
        Attempt.objects.filter(run__state__in=sorted(ENDED), ended_at__isnull=False)
        .exclude(log_head="", log_tail="")
        .order_by("run__ended_at", "pk")
    )


def _old_logs(rules: Retention) -> Iterator[Going]:
    if rules.log_days:
        old = logs_kept().filter(run__ended_at__lt=Now() - timedelta(days=rules.log_days))
        yield from _as_logs(old[:BATCH], f"{rules.log_days} days after the run")


def _logs_over_size(rules: Retention) -> Iterator[Going]:
    if not rules.log_bytes:
        return
    kept = logs_kept().aggregate(bytes=Sum(LOG_SIZE))["bytes"] or 0
    why = f"to keep all logs under {rules.log_bytes // MB:,} MB"
    yield from _first(kept - rules.log_bytes, _as_logs(logs_kept()[:BATCH], why))


def _as_logs(logs: QuerySet[Attempt], why: str) -> Iterator[Going]:
    sized = logs.annotate(kept_bytes=LOG_SIZE)
    for pk, run_id, number, size in sized.values_list("pk", "run_id", "number", "kept_bytes"):
        yield Going(pk, f"log of attempt {number} of run {run_id}", size, why)


def _first(too_many_bytes: int, each: Iterable[Going]) -> Iterator[Going]:
    """So many of them that at least these bytes go."""
    for going in each:
        if too_many_bytes <= 0:
            return
        too_many_bytes -= going.bytes
        yield going


def _remove_log(log: Going) -> int:
    return Attempt.objects.filter(pk=log.pk, log_removed_at=None).update(
        log_head="", log_tail="", log_removed_at=Now(), log_removed_why=log.why
    )


def archives_not_needed(*, days: int = 0) -> QuerySet[StoredArchive]:
    """Those that no submission needs any more, the oldest first.

    A submission needs its archive until so many days after its hackathon's results, while it has
    no run or one that has not ended, and for ever where it decides its team's rank: declared
    final, or the best on the public tasks.
    """
    better = Run.objects.filter(
        submission__team=OuterRef("submission__team"),
        submission__track=OuterRef("submission__track"),
        public_score__gt=OuterRef("public_score"),
    )
    runs = Run.objects.filter(submission=OuterRef("pk"))
    best = runs.filter(public_score__isnull=False).exclude(Exists(better))
    published = Q(track__hackathon__results_published_at__lt=Now() - timedelta(days=days))
    needing = Submission.objects.filter(archive_sha256=OuterRef("sha256")).filter(
        ~published | Q(is_final=True) | ~Exists(runs) | Exists(_going(runs)) | Exists(best)
    )
    return idle_archives().exclude(Exists(needing)).order_by("stored_at", "pk")


def _going(runs: QuerySet[Run]) -> QuerySet[Run]:
    return runs.exclude(state__in=sorted(ENDED))


def _named() -> Exists:
    return Exists(Submission.objects.filter(archive_sha256=OuterRef("sha256")))


def _orphans() -> Iterator[Going]:
    orphans = idle_archives().exclude(_named()).order_by("stored_at", "pk")
    yield from _as_archives(orphans[:BATCH], NO_SUBMISSION)


def _old_archives(rules: Retention) -> Iterator[Going]:
    if rules.archive_days:
        old = archives_not_needed(days=rules.archive_days)
        yield from _as_archives(old[:BATCH], f"{rules.archive_days} days after the results")


def _archives_over_size(rules: Retention) -> Iterator[Going]:
    if not rules.archive_bytes:
        return
    kept = StoredArchive.objects.filter(leaving_at=None).aggregate(bytes=Sum("bytes"))["bytes"]
    why = f"to keep all archives under {rules.archive_bytes // MB:,} MB"
    going = _as_archives(archives_not_needed()[:BATCH], why)
    yield from _first((kept or 0) - rules.archive_bytes, going)


def _as_archives(archives: QuerySet[StoredArchive], why: str) -> Iterator[Going]:
    for archive in archives:
        yield Going(archive.pk, f"archive {archive.sha256}", archive.bytes, why)


def _let_go(archive: Going) -> int:
    """Only if it may still go: all is asked again in the very UPDATE."""
    if archive.why == NO_SUBMISSION:
        may_go = idle_archives().exclude(_named())
    else:
        may_go = archives_not_needed().order_by()
    return let_go(may_go.filter(pk=archive.pk), why=archive.why)
