"""PostgreSQL itself holds a published version and its tasks fixed."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from catalogue.models import SuiteVersion, Task
from tests.factories import SuiteFactory, SuiteVersionFactory, TaskFactory

pytestmark = pytest.mark.django_db
VERSION = "A published suite version never changes"
TASKS = "The tasks of a published suite version never change"


def move_a_task_in(published: SuiteVersion) -> None:
    TaskFactory()
    Task.objects.exclude(suite_version=published).update(suite_version=published, position=99)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda v: SuiteVersion.objects.filter(pk=v.pk).update(licence="MIT"), VERSION),
        (lambda v: SuiteVersion.objects.filter(pk=v.pk).update(published_at=None), VERSION),
        (
            lambda v: SuiteVersion.objects.filter(pk=v.pk).update(published_at=timezone.now()),
            VERSION,
        ),
        (lambda v: SuiteVersion.objects.filter(pk=v.pk)._raw_delete("default"), VERSION),
        (lambda v: v.tasks.update(target="changed"), TASKS),
        (lambda v: v.tasks.first().delete(), TASKS),
        (lambda v: TaskFactory(suite_version=v), TASKS),
    ],
)
def test_published_version_refuses_every_change(
    change: Callable[[SuiteVersion], object], sentence: str
) -> None:
    version = SuiteVersionFactory()

    with pytest.raises(IntegrityError, match=sentence), transaction.atomic():
        change(version)

    version.refresh_from_db()
    assert version.tasks.count() == 3


def test_unpublished_version_can_still_change() -> None:
    version = SuiteVersionFactory(published=False)

    version.tasks.update(target="changed")
    TaskFactory(suite_version=version)
    version.delete()

    assert not Task.objects.exists()


@pytest.mark.parametrize(
    ("constraint", "changes"),
    [
        ("task_key", {"key": "public-1"}),
        ("task_position", {"position": 0}),
        ("task_weight_above_zero", {"weight": 0}),
        ("task_split_known", {"split": "secret"}),
    ],
)
def test_task_that_breaks_a_constraint_is_refused(
    constraint: str, changes: dict[str, object]
) -> None:
    version = SuiteVersionFactory(published=False)

    with pytest.raises(IntegrityError, match=constraint):
        TaskFactory(suite_version=version, **changes)


@pytest.mark.parametrize(("field", "name"), [("number", "number"), ("digest", "digest")])
def test_version_that_is_there_already_is_refused(field: str, name: str) -> None:
    version = SuiteVersionFactory()
    SuiteVersionFactory(suite=SuiteFactory(), **{field: getattr(version, field)})  # another's

    with pytest.raises(IntegrityError, match=f"suite_version_{name}"):
        SuiteVersionFactory(suite=version.suite, **{field: getattr(version, field)})
