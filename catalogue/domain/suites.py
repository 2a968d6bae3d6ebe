"""Suites are imported as numbered versions, published once, and read back as the engine's tasks."""

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import User
from catalogue.domain.check import suite_problems
from catalogue.domain.commitments import commit_to_private
from catalogue.errors import SuiteRefused
from catalogue.models import Suite, SuiteVersion
from catalogue.models import Task as StoredTask
from corral.suites.base import LoadedSuite, Split, Task
from corral.suites.digest import suite_digest


def import_suite(*, loaded: LoadedSuite, owner: User | None) -> SuiteVersion:
    """Store a suite as its next version; the same tasks give the version that has them already.

    `owner` is who imports; None is the platform's operator, who may add to any suite.

    Raises:
        SuiteRefused: with every problem, or because the suite belongs to somebody else.
    """
    if problems := suite_problems(loaded):
        raise SuiteRefused(problems)
    digest = suite_digest(loaded.tasks)
    with transaction.atomic():
        suite = _locked_suite(loaded, owner)
        existing = suite.versions.filter(digest=digest).first()
        return existing or _next_version(suite, loaded, digest)


def publish_suite_version(*, version: SuiteVersion) -> SuiteVersion:
    """Fix a version for good, and commit to its private tasks; again, it changes nothing.

    Raises:
        SuiteRefused: its tasks are not those that its digest names.
    """
    with transaction.atomic():
        locked = SuiteVersion.objects.select_for_update().get(pk=version.pk)
        if locked.published_at is None:
            if suite_digest(tasks_of(locked)) != locked.digest:
                raise SuiteRefused([f"The tasks of {locked} are not what was imported."])
            locked.published_at = timezone.now()
            locked.save(update_fields=["published_at"])
        commit_to_private(locked)
    version.published_at = locked.published_at
    return version


def tasks_of(version: SuiteVersion, split: Split | None = None) -> list[Task]:
    """The version's tasks in order, of one split or of both."""
    stored = version.tasks.order_by("position")
    if split is not None:
        stored = stored.filter(split=split.value)
    return [task.as_task() for task in stored]


def _locked_suite(loaded: LoadedSuite, owner: User | None) -> Suite:
    """The suite, so that two imports can't take the same number."""
    defaults = {"name": loaded.name, "description": loaded.description, "owner": owner}
    Suite.objects.get_or_create(slug=loaded.slug, defaults=defaults)
    suite = Suite.objects.select_for_update().get(slug=loaded.slug)
    if not _may_add(suite, owner):
        raise SuiteRefused([f"The suite “{loaded.slug}” is somebody else's; choose another slug."])
    return suite


def _may_add(suite: Suite, owner: User | None) -> bool:
    return owner is None or owner.is_superuser or suite.owner_id == owner.pk


def _next_version(suite: Suite, loaded: LoadedSuite, digest: str) -> SuiteVersion:
    latest = suite.versions.aggregate(latest=Max("number"))["latest"] or 0
    suite.name, suite.description = loaded.name, loaded.description
    suite.save(update_fields=["name", "description"])
    version = SuiteVersion.objects.create(
        suite=suite,
        number=latest + 1,
        digest=digest,
        licence=loaded.licence,
        source=loaded.source,
        source_digest=loaded.source_digest,
    )
    StoredTask.objects.bulk_create(
        _stored(version, position, task) for position, task in enumerate(loaded.tasks)
    )
    return version


def _stored(version: SuiteVersion, position: int, task: Task) -> StoredTask:
    return StoredTask(
        suite_version=version,
        position=position,
        key=task.key,
        input=dict(task.input),
        target=task.target,
        scorer=task.scorer,
        scorer_options=dict(task.scorer_options),
        split=task.split.value,
        weight=task.weight,
        tags=list(task.tags),
        cluster=task.cluster or "",
    )
