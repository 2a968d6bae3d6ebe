"""Archives are written once and whole."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from submissions.domain.store import archive_name, open_archive, sha256_of, store_archive
from submissions.errors import ArchiveMissing


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
    with open_archive(sha256) as stored:
        assert stored.read() == b"project"


def test_store_archive_twice_keeps_one(tmp_path: Path, media: Path) -> None:
    path, sha256 = archive(tmp_path, b"project")

    store_archive(path, sha256=sha256)
    store_archive(path, sha256=sha256)

    assert stored_files(media) == [archive_name(sha256)]


def test_store_archive_at_the_same_time_keeps_one_whole(tmp_path: Path, media: Path) -> None:
    data = b"x" * 3_000_000
    path, sha256 = archive(tmp_path, data)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: store_archive(path, sha256=sha256), range(8)))

    assert stored_files(media) == [archive_name(sha256)]
    assert sha256_of(media / archive_name(sha256)) == sha256


def test_store_archive_after_a_crash_in_the_middle_is_whole(tmp_path: Path, media: Path) -> None:
    path, sha256 = archive(tmp_path, b"project")
    incoming = media / "archives" / "incoming"
    incoming.mkdir(parents=True)
    (incoming / "left-by-a-crash").write_bytes(b"proj")

    store_archive(path, sha256=sha256)

    with open_archive(sha256) as stored:
        assert stored.read() == b"project"


def test_store_archive_in_an_object_store_keeps_one(
    tmp_path: Path, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, sha256 = archive(tmp_path, b"project")

    def no_path(name: str) -> str:
        raise NotImplementedError("This backend doesn't support absolute paths.")

    with monkeypatch.context() as patched:
        # What every storage without a file system does.
        patched.setattr("submissions.domain.store._publish", lambda saved, name: no_path(name))
        store_archive(path, sha256=sha256)

    assert stored_files(media) == [archive_name(sha256)]


def test_open_archive_that_is_missing_is_the_platforms_fault() -> None:
    with pytest.raises(ArchiveMissing):
        open_archive("0" * 64)
    assert not default_storage.exists(archive_name("0" * 64))
