"""Private tasks that were committed to are opened after the results, by the suite's owner."""

import hashlib
import json
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import RequestFactory
from django.utils import timezone

from accounts.models import User
from catalogue.domain.commitments import opened_content
from catalogue.domain.suites import import_suite, publish_suite_version, tasks_of
from catalogue.errors import SuiteRefused
from catalogue.models import Commitment, SuiteVersion
from corral.suites.base import Split
from corral.suites.commitment import open_commitment
from hackathons.admin_inlines import usable_versions
from hackathons.domain.openings import open_private_tasks
from hackathons.errors import NotTheirSuite, OutOfTime
from tests.catalogue.test_suites import TASKS, loaded, with_task
from tests.factories import SuiteVersionFactory, TrackFactory, UserFactory

pytestmark = pytest.mark.django_db


def published(owner: User | None = None, **changes: Any) -> SuiteVersion:
    return publish_suite_version(version=import_suite(loaded=loaded(**changes), owner=owner))


def opened(version: SuiteVersion, person: User | None = None) -> Commitment:
    return open_private_tasks(version=version, person=person, at=timezone.now())


def test_published_version_is_committed_to_once() -> None:
    version = published()
    commitment = version.commitment

    publish_suite_version(version=version)

    assert Commitment.objects.get() == commitment
    assert commitment.opened_at is None
    open_commitment(commitment.digest, commitment.salt, tasks_of(version))


def test_version_without_private_tasks_has_no_commitment() -> None:
    version = published(tasks=TASKS[:2])

    assert not Commitment.objects.exists()
    with pytest.raises(SuiteRefused, match="no commitment"):
        opened(version)


def test_opened_content_is_what_was_committed_to() -> None:
    version = published()
    TrackFactory(suite_version=version, hackathon__published=True)

    opened(version)
    content = opened_content(version)

    assert hashlib.sha256(content).hexdigest() == version.commitment.digest
    told = json.loads(content)
    assert [task["key"] for task in told["tasks"]] == ["private-1"]
    assert told["salt"] == version.commitment.salt


@pytest.mark.parametrize("state", ["hacking", "closed"])
def test_open_before_the_results_is_refused(state: str) -> None:
    version = published()
    TrackFactory(suite_version=version, hackathon__published=True)
    TrackFactory(suite_version=version, hackathon__name="Spring", **{f"hackathon__{state}": True})

    with pytest.raises(OutOfTime, match="results of Spring are not published"):
        opened(version)
    with pytest.raises(SuiteRefused, match="not opened"):
        opened_content(version)


def test_open_while_another_version_is_in_use_is_refused() -> None:
    version = published()
    TrackFactory(suite_version=version, hackathon__published=True)
    other = publish_suite_version(version=import_suite(loaded=with_task(target="3"), owner=None))
    TrackFactory(suite_version=other)

    with pytest.raises(OutOfTime):
        opened(version)


def test_open_of_a_suite_that_no_hackathon_had_is_refused() -> None:
    with pytest.raises(OutOfTime, match="no results to wait for"):
        opened(published())


def test_open_again_changes_nothing() -> None:
    version = published()
    TrackFactory(suite_version=version, hackathon__published=True)

    assert opened(version).opened_at == opened(version).opened_at


def test_open_is_for_the_suites_owner() -> None:
    owner = UserFactory(is_staff=True)
    version = published(owner)
    TrackFactory(suite_version=version, hackathon__published=True)

    with pytest.raises(NotTheirSuite):
        opened(version, UserFactory(is_staff=True))
    assert opened(version, owner).opened_at is not None


@pytest.mark.parametrize(
    "change", [{"digest": "a" * 64}, {"salt": "b" * 64}, {"made_at": timezone.now()}]
)
def test_commitment_never_changes(change: dict[str, Any]) -> None:
    published()

    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        Commitment.objects.update(**change)


def test_commitment_is_neither_closed_again_nor_deleted() -> None:
    version = published()
    TrackFactory(suite_version=version, hackathon__published=True)
    opened(version)

    for act in (
        lambda: Commitment.objects.update(opened_at=None),
        lambda: Commitment.objects.update(opened_at=timezone.now()),
        lambda: Commitment.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
            act()


def test_commitment_before_the_publication_is_refused() -> None:
    draft = SuiteVersionFactory(published=False)

    with pytest.raises(IntegrityError, match="Only a published"), transaction.atomic():
        Commitment.objects.create(suite_version=draft, digest="a" * 64, salt="b" * 64)


@pytest.mark.parametrize("salt", ["A" * 64, "a" * 63, ""])
def test_commitment_that_is_not_hex_is_refused(salt: str) -> None:
    version = SuiteVersionFactory()

    with pytest.raises(IntegrityError, match="commitment_is_hex"), transaction.atomic():
        Commitment.objects.create(suite_version=version, digest="a" * 64, salt=salt)


def test_commitment_counts_public_tasks_as_none() -> None:
    version = published()

    hidden = [task for task in tasks_of(version) if task.split is Split.PRIVATE]

    open_commitment(version.commitment.digest, version.commitment.salt, hidden)


def test_opened_version_is_offered_to_no_other_track(rf: RequestFactory) -> None:
    version, secret = published(), published(slug="secret")
    track = TrackFactory(suite_version=version, hackathon__published=True)
    request = rf.get("/")
    for person in (UserFactory(), UserFactory(is_superuser=True)):
        request.user = person
        assert {version, secret} <= set(usable_versions(request, None))

    opened(version)

    for person in (UserFactory(), UserFactory(is_superuser=True)):
        request.user = person
        offered = set(usable_versions(request, None))
        assert (version in offered, secret in offered) == (False, True)
        assert version in usable_versions(request, track)
