"""An archive that leaves never takes another upload's bytes along."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone

from submissions.domain.kept import archive_removed, hold_archive, keep_archive, kept_archive
from submissions.domain.remove import idle_archives, let_go, remove_leaving
from submissions.domain.store import fetch_archive, sha256_of, store_archive
from submissions.errors import ArchiveMissing, StorageUnavailable
from submissions.models import StoredArchive
from tests.factories import SubmissionFactory
from tests.processes import wait_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(tmp_path: Path) -> Path:
    path = tmp_path / "sent"
    path.write_bytes(b"project")
    return path


def stored_long_ago(path: Path) -> StoredArchive:
    archive = store_archive(path, sha256=sha256_of(path))
    StoredArchive.objects.update(touched_at=timezone.now() - timedelta(days=2))
    return archive


def leave() -> int:
    return let_go(idle_archives(), why="since it is told to")


def test_same_bytes_sent_while_they_leave_are_stored_anew(sent: Path, tmp_path: Path) -> None:
    first = stored_long_ago(sent)
    assert leave() == 1

    again = store_archive(sent, sha256=first.sha256)
    remove_leaving()  # however late

    assert (again.generation, again.name) == (2, f"{first.name}.2")
    assert not default_storage.exists(first.name)
    fetch_archive(kept_archive(first.sha256), tmp_path / "copy")
    assert archive_removed(first.sha256) == ""


def test_same_bytes_sent_before_they_leave_stay(sent: Path) -> None:
    archive = stored_long_ago(sent)
    store_archive(sent, sha256=archive.sha256)

    assert leave() == 0
    assert default_storage.exists(archive.name)


def test_upload_that_took_more_than_a_day_is_refused(sent: Path) -> None:
    archive = stored_long_ago(sent)
    leave()

    with pytest.raises(StorageUnavailable):
        keep_archive(archive)


def test_archive_that_was_named_in_time_is_kept(sent: Path) -> None:
    archive = stored_long_ago(sent)
    keep_archive(archive)
    assert leave() == 0


def test_archive_that_left_says_when_and_why(sent: Path) -> None:
    archive = stored_long_ago(sent)
    leave()

    today = timezone.now()
    said = f"Removed on {today.day} {today:%B %Y}, since it is told to."
    assert archive_removed(archive.sha256) == said
    with pytest.raises(ArchiveMissing, match=said):
        kept_archive(archive.sha256)


def test_archive_without_a_row_has_its_plain_name(tmp_path: Path) -> None:
    archive = kept_archive("0" * 64)
    assert archive.name == f"archives/00/00/{'0' * 64}"
    with pytest.raises(ArchiveMissing):
        fetch_archive(archive, tmp_path / "copy")


def test_hold_archive_twice_is_one_row() -> None:
    first = hold_archive(sha256="a" * 64, size=1)
    assert hold_archive(sha256="a" * 64, size=1) == first
    assert StoredArchive.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_archive_that_is_being_named_does_not_leave(sent: Path) -> None:
    archive = stored_long_ago(sent)

    def leave_meanwhile() -> int:
        try:
            return leave()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            keep_archive(archive)
            leaving = pool.submit(leave_meanwhile)
            wait_for(someone_waits_for_a_lock, 10)
            SubmissionFactory(archive_sha256=archive.sha256)
        assert leaving.result(10) == 0
    assert default_storage.exists(archive.name)


def test_migration_knows_the_archives_that_there_were() -> None:
    first = SubmissionFactory(archive_bytes=7)
    SubmissionFactory(archive_sha256=first.archive_sha256, archive_bytes=7)
    migration = import_module("submissions.migrations.0003_every_archive_is_known")

    for _ in range(2):
        migration.know_every_archive(apps, None)

    kept = StoredArchive.objects.get()
    assert (kept.sha256, kept.bytes) == (first.archive_sha256, 7)
    assert kept_archive(first.archive_sha256) == kept


def someone_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted")
        return cursor.fetchone() is not None
