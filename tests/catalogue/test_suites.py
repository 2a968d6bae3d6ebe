"""Suites are imported as numbered versions and published once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection

from catalogue.domain.suites import import_suite, publish_suite_version, tasks_of
from catalogue.errors import SuiteRefused
from catalogue.models import SuiteVersion, Task
from corral.errors import ProjectRefused
from corral.suites import base
from corral.suites.base import LoadedSuite, Split
from corral.suites.digest import suite_digest
from tests.factories import SuiteFactory, UserFactory, sums

pytestmark = pytest.mark.django_db
TASKS = tuple(sums(public=2, private=1))


def loaded(**changes: Any) -> LoadedSuite:
    suite = LoadedSuite(
        slug="sums",
        name="Sums",
        description="Small sums.",
        licence="CC0-1.0",
        source="here",
        source_digest="0" * 64,
        tasks=TASKS,
    )
    return replace(suite, **changes)


def with_task(**changes: Any) -> LoadedSuite:
    return loaded(tasks=(replace(TASKS[0], **changes), *TASKS[1:]))


def test_import_suite_stores_its_tasks_in_order() -> None:
    owner = UserFactory()

    version = import_suite(loaded=loaded(), owner=owner)

    assert (version.suite.slug, version.suite.owner, version.number) == ("sums", owner, 1)
    assert version.digest == suite_digest(TASKS)
    assert version.published_at is None
    assert tuple(tasks_of(version)) == TASKS


def test_import_suite_keeps_every_shape_of_value() -> None:
    task = base.Task(
        key="odd",
        input={"input": "ä 🦙", "options": ["a", {"b": None}], "n": 1.5, "yes": True},
        target=["x", "y"],
        scorer="exact",
        scorer_options={"ignore_case": True},
        split=Split.PRIVATE,
        weight=0.25,
        tags=("one", "two"),
        cluster="passage-1",
    )

    version = import_suite(loaded=loaded(tasks=(task,)), owner=None)

    assert tasks_of(version) == [task]
    assert suite_digest(tasks_of(version)) == version.digest


def test_import_suite_again_gives_the_same_version() -> None:
    first = import_suite(loaded=loaded(), owner=None)
    again = import_suite(loaded=loaded(), owner=None)

    assert (first, SuiteVersion.objects.count(), Task.objects.count()) == (again, 1, 3)


def test_import_suite_with_other_tasks_is_the_next_version() -> None:
    first = import_suite(loaded=loaded(), owner=None)
    publish_suite_version(version=first)

    second = import_suite(loaded=with_task(target="3"), owner=None)

    assert (second.suite, second.number) == (first.suite, 2)
    assert tuple(tasks_of(first)) == TASKS


def test_import_suite_of_somebody_else_is_refused() -> None:
    SuiteFactory(slug="sums", owner=UserFactory())

    with pytest.raises(SuiteRefused, match="somebody else's"):
        import_suite(loaded=loaded(), owner=UserFactory())


def test_import_suite_of_the_platform_is_refused_to_organizers() -> None:
    import_suite(loaded=loaded(), owner=None)

    with pytest.raises(SuiteRefused):
        import_suite(loaded=with_task(target="3"), owner=UserFactory())


def test_import_suite_by_a_superuser_adds_to_any_suite() -> None:
    owner = UserFactory()
    import_suite(loaded=loaded(), owner=owner)

    version = import_suite(loaded=with_task(target="3"), owner=UserFactory(is_superuser=True))

    assert (version.number, version.suite.owner) == (2, owner)


@pytest.mark.parametrize(
    ("suite", "sentence"),
    [
        (loaded(tasks=()), "has no tasks"),
        (loaded(slug="Not a slug"), "slug must be"),
        (loaded(name=" "), "needs a name"),
        (loaded(name="x" * 121), "name is longer than 120"),
        (loaded(source_digest="abc"), "source digest must be"),
        (loaded(description="a\0b"), "NUL"),
        (loaded(tasks=(TASKS[0], TASKS[0])), "2 tasks have this key"),
        (with_task(weight=0.0), "weight must be above 0"),
        (with_task(weight=float("nan")), "weight must be above 0"),
        (with_task(key="k" * 65), "1 to 64 characters"),
        (with_task(tags=("t" * 41,)), "1 to 40 characters"),
        (with_task(cluster="c" * 65), "a cluster has 1 to 64"),
        (with_task(scorer="magic"), "magic"),
        (with_task(target=""), "target must be"),
        (with_task(scorer_options={"ignore_kase": True}), "ignore_kase"),
        (with_task(input={"input": "a\0b"}), "NUL"),
        (with_task(input={"deep": [{"a\0": 1}]}), "NUL"),
        (with_task(input={"n": 2**60}), "can't be kept"),
        (with_task(input={"n": float("inf")}), "can't be kept"),
        (with_task(input={"text": "\ud800"}), "can't be kept"),
    ],
)
def test_import_suite_that_breaks_a_rule_is_refused_with_the_sentence(
    suite: LoadedSuite, sentence: str
) -> None:
    with pytest.raises(ProjectRefused, match=sentence):
        import_suite(loaded=suite, owner=None)

    assert not SuiteVersion.objects.exists()


def test_import_suite_names_every_problem_at_once() -> None:
    tasks = (replace(TASKS[0], scorer="magic"), replace(TASKS[1], weight=-1.0))

    with pytest.raises(SuiteRefused) as refused:
        import_suite(loaded=loaded(name="", tasks=tasks), owner=None)

    assert len(refused.value.problems) == 3


def test_publish_suite_version_again_changes_nothing() -> None:
    version = import_suite(loaded=loaded(), owner=None)

    first = publish_suite_version(version=version).published_at
    again = publish_suite_version(version=version).published_at

    assert first is not None
    assert first == again


def test_publish_suite_version_whose_tasks_were_changed_is_refused() -> None:
    version = import_suite(loaded=loaded(), owner=None)
    version.tasks.filter(key="public-1").update(target="3")

    with pytest.raises(SuiteRefused, match="not what was imported"):
        publish_suite_version(version=version)

    assert SuiteVersion.objects.get().published_at is None


def test_tasks_of_one_split_are_those_alone() -> None:
    version = import_suite(loaded=loaded(), owner=None)

    assert [t.key for t in tasks_of(version, Split.PUBLIC)] == ["public-1", "public-2"]
    assert [t.key for t in tasks_of(version, Split.PRIVATE)] == ["private-1"]


@pytest.mark.django_db(transaction=True)
def test_import_suite_by_two_at_once_gives_two_numbers() -> None:
    def run(target: str) -> int:
        try:
            return import_suite(loaded=with_task(target=target), owner=None).number
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        numbers = list(threads.map(run, ["5", "6", "7", "5"]))

    assert sorted(set(numbers)) == [1, 2, 3]
    assert numbers[0] == numbers[3]
