"""What an attempt needs before it starts: read once, then no transaction is open any more."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from django.conf import settings

from catalogue.domain.judge import judge_for
from catalogue.domain.upstreams import upstream_of
from catalogue.models import LanguageModel
from catalogue.models import Task as StoredTask
from corral.errors import PlatformError
from corral.gateway.upstream import Upstream
from corral.policy import Policy
from corral.project.archive import unpack_archive
from corral.project.manifest import Manifest
from corral.runner import StoredProject
from corral.scorers.apart import Patience
from corral.scorers.assisted import JudgingModel
from corral.suites.base import Split, Task
from corral.weights.facts import ModelFacts
from evaluation.domain.adaptive import Contest, contest_of
from evaluation.domain.claim import Claim
from evaluation.domain.quick import in_order
from evaluation.models import Run
from submissions.domain.kept import kept_archive
from submissions.domain.store import fetch_archive
from submissions.errors import ArchiveMissing
from submissions.models import StoredArchive


@dataclass(frozen=True, slots=True)
class Job:
    """One attempt: the manifest, the policy, and the tasks that have no result yet.

    `judge` judges outputs where a task is scored so. `embeddings` says whether the model answers
    with vectors, too. `begun` says that an earlier attempt has recorded results. `contest` is there
    where the run may be stopped early; its tasks are mixed then, and where some come first.
    `patience` is what is left for outputs that are judged in the process apart; an attempt begins
    with all of it.
    """

    claim: Claim
    manifest: Manifest
    policy: Policy
    archive: StoredArchive
    model_id: UUID
    upstream: Upstream
    facts: ModelFacts
    embeddings: bool
    judge: JudgingModel | None
    tasks: Mapping[Split, tuple[Task, ...]]
    task_ids: Mapping[str, UUID]
    spent_tokens: int
    spent_calls: int
    begun: bool
    contest: Contest | None = None
    patience: Patience = field(default_factory=Patience)


def load_job(claim: Claim) -> Job:
    """Read everything that the attempt needs.

    Raises:
        PlatformError: nobody serves the model or the one that judges, the catalogue has other
            weights of it by now, or the archive is not kept any more.
    """
    run = Run.objects.select_related("submission__model", "submission__track__hackathon").get(
        pk=claim.run_id
    )
    policy, model = Policy.from_json(run.policy), run.submission.model
    _insist_on_weights(policy, model)
    contest = contest_of(run)
    unanswered = (
        StoredTask.objects.filter(suite_version_id=run.suite_version_id)
        .exclude(pk__in=run.results.values("task_id"))
        .order_by("position")
    )
    tasks: dict[Split, list[Task]] = {split: [] for split in Split}
    for stored in in_order(run, unanswered, mix=contest is not None):
        tasks[Split(stored.split)].append(stored.as_task())
    return Job(
        claim=claim,
        manifest=Manifest.from_json(run.submission.manifest),
        policy=policy,
        archive=_archive_of(run),
        model_id=model.pk,
        upstream=upstream_of(model),
        facts=model.facts,
        embeddings=model.embeddings,
        judge=judge_for(stored.scorer for stored in unanswered),
        tasks={split: tuple(found) for split, found in tasks.items()},
        task_ids={stored.key: stored.pk for stored in unanswered},
        spent_tokens=run.tokens + run.lost_tokens,
        spent_calls=run.calls + run.lost_calls,
        begun=run.public_done + run.private_done > 0,
        contest=contest,
    )


def _insist_on_weights(policy: Policy, model: LanguageModel) -> None:
    if policy.model_sha256 and policy.model_sha256 != model.weights_sha256:
        raise PlatformError(f"The catalogue has other weights of {model.slug} by now.")


def _archive_of(run: Run) -> StoredArchive:
    try:
        return kept_archive(run.submission.archive_sha256)
    except ArchiveMissing as error:
        raise PlatformError(str(error)) from error


@contextmanager
def workspace(claim: Claim) -> Iterator[Path]:
    """A folder of the attempt's own, which the sandbox's user may pass through; gone afterwards.

    What a killed worker left of earlier attempts of the run is removed first.
    """
    runs: Path = settings.RUNS_ROOT
    _passable(runs)
    prefix = claim.run_id.hex[:12]
    for left in runs.glob(f"{prefix}-*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = runs / f"{prefix}-{claim.attempt}"
    _passable(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _passable(folder: Path) -> None:
    """Make a folder that others may pass through but not list, whatever the umask says."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)


def fetch_project(job: Job, folder: Path) -> StoredProject:
    """Unpack the stored archive into `folder`/project, once its digest has been checked.

    Raises:
        PlatformError: the archive is not in the storage, or is not what was accepted, or the
            storage can't be used.
    """
    packed, project = folder / "archive", folder / "project"
    try:
        fetch_archive(job.archive, packed)
        unpack_archive(packed, project)
    except Exception as error:
        raise PlatformError(f"The stored archive can't be read: {error}") from error
    finally:
        packed.unlink(missing_ok=True)
    return StoredProject(manifest=job.manifest, folder=project)
