"""Archives are written once and whole."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db import connection

from submissions.domain.store import fetch_archive, sha256_of, store_archive
from submissions.errors import ArchiveDamaged, ArchiveMissing
from submissions.models import StoredArchive

pytestmark = pytest.mark.django_db


def stored_by_a_thread(path: Path, sha256: str) -> None:
    try:
        store_archive(path, sha256=sha256)
    finally:
        connection.close()


def named(sha256: str) -> StoredArchive:
    return StoredArchive(sha256=sha256, generation=1)


def archive(folder: Path, data: bytes) -> tuple[Path, str]:
    path = folder / "sent"
    path.write_bytes(data)
    return path, hashlib.sha256(data).hexdigest()


def stored_files(media: Path) -> list[str]:
    return sorted(str(path.relative_to(media)) for path in media.rglob("*") if path.is_file())


def test_store_archive_names_it_by_its_digest(tmp_path: Path, media: Path) -> None:
    path, sha256 = archive(tmp_path, b"project")

    store_archive(path, sha256=sha256_of(path))

    assert stored_files(media) == [f"archives/{sha256[:2]}/{sha256[2:4]}/{sha256}"]
    fetch_archive(named(sha256), tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"project"


def test_store_archive_twice_keeps_one(tmp_path: Path, media: Path) -> None:
    path, sha256 = archive(tmp_path, b"project")

    store_archive(path, sha256=sha256)
    store_archive(path, sha256=sha256)

    assert stored_files(media) == [named(sha256).name]


@pytest.mark.django_db(transaction=True)
def test_store_archive_at_the_same_time_keeps_one_whole(tmp_path: Path, media: Path) -> None:
    data = b"x" * 3_000_000
    path, sha256 = archive(tmp_path, data)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: stored_by_a_thread(path, sha256), range(8)))

    assert stored_files(media) == [named(sha256).name]
    assert sha256_of(media / named(sha256).name) == sha256


def test_store_archive_after_a_crash_in_the_middle_is_whole(tmp_path: Path, media: Path) -> None:
    path, sha256 = archive(tmp_path, b"project")
    incoming = media / "archives" / "incoming"
    incoming.mkdir(parents=True)
    (incoming / "left-by-a-crash").write_bytes(b"proj")

    store_archive(path, sha256=sha256)

    fetch_archive(named(sha256), tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"project"


def test_fetch_archive_that_is_missing_is_the_platforms_fault(tmp_path: Path) -> None:
    with pytest.raises(ArchiveMissing):
        fetch_archive(named("0" * 64), tmp_path / "copy")
    assert not default_storage.exists(named("0" * 64).name)


def test_fetch_archive_that_was_changed_is_refused(tmp_path: Path, media: Path) -> None:
    path, sha256 = archive(tmp_path, b"project")
    store_archive(path, sha256=sha256)
    (media / named(sha256).name).write_bytes(b"proj")

    with pytest.raises(ArchiveDamaged):
        fetch_archive(named(sha256), tmp_path / "copy")
