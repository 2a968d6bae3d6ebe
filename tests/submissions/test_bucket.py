"""Archives in a bucket that speaks like S3: whole, once, and its faults are the platform's."""

import hashlib
import socket
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from config.storage import storages
from submissions.domain.accept import accept_submission
from submissions.domain.kept import kept_archive
from submissions.domain.remove import let_go, remove_leaving
from submissions.domain.store import fetch_archive, sha256_of, store_archive
from submissions.errors import ArchiveDamaged, ArchiveMissing, StorageUnavailable
from submissions.models import StoredArchive
from tests.factories import LanguageModelFactory, TeamFactory, TrackFactory
from tests.fakes.bucket import CREDENTIALS, Bucket, bucket_server
from tests.submissions.archives import project_zip, upload_of

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    with bucket_server(tmp_path_factory.mktemp("bucket") / "log") as bucket:
        yield bucket


@pytest.fixture
def bucket(server: Bucket, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    settings.STORAGES = storages("STORAGE_URL", server.url)
    server.empty()
    return server


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


def test_archive_is_one_object_and_comes_back_whole(
    bucket: Bucket, tmp_path: Path, media: Path
) -> None:
    path, sha256 = archive(tmp_path, b"x" * 20_000_000)

    store_archive(path, sha256=sha256)
    fetch_archive(named(sha256), tmp_path / "copy")

    assert bucket.keys() == [f"corral/{named(sha256).name}"]
    assert sha256_of(tmp_path / "copy") == sha256
    assert not media.exists()


def test_upload_is_in_the_bucket_and_nowhere_else(bucket: Bucket, media: Path) -> None:
    track = TrackFactory(allowed_models=[LanguageModelFactory(slug="small")])
    team = TeamFactory(hackathon=track.hackathon)

    accepted = accept_submission(
        team=team,
        track=track,
        person=team.people.get(),
        upload=upload_of(project_zip(model="small")),
        file_name="project.zip",
        received_at=timezone.now(),
    )

    kept = kept_archive(accepted.submission.archive_sha256)
    assert bucket.keys() == [f"corral/{kept.name}"]
    assert not media.exists()


def test_archive_that_leaves_is_gone_from_the_bucket(bucket: Bucket, tmp_path: Path) -> None:
    path, sha256 = archive(tmp_path, b"project")
    store_archive(path, sha256=sha256)
    let_go(StoredArchive.objects.all(), why="since it is told to")

    assert (remove_leaving(), remove_leaving()) == (1, 0)
    assert bucket.keys() == []


@pytest.mark.django_db(transaction=True)
def test_same_bytes_at_the_same_time_are_one_object(bucket: Bucket, tmp_path: Path) -> None:
    path, sha256 = archive(tmp_path, b"x" * 300_000)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: stored_by_a_thread(path, sha256), range(8)))

    assert bucket.keys() == [f"corral/{named(sha256).name}"]
    fetch_archive(named(sha256), tmp_path / "copy")


def test_archive_is_sent_in_one_request_with_its_digest(bucket: Bucket, tmp_path: Path) -> None:
    path, sha256 = archive(tmp_path, b"x" * 20_000_000)

    store_archive(path, sha256=sha256)

    told = bucket.facts(f"corral/{named(sha256).name}")
    assert told["ChecksumSHA256"] == b64encode(bytes.fromhex(sha256)).decode()
    assert "-" not in told["ETag"]  # as a count of parts would be


def test_object_that_was_changed_is_not_unpacked(bucket: Bucket, tmp_path: Path) -> None:
    path, sha256 = archive(tmp_path, b"project")
    store_archive(path, sha256=sha256)
    bucket.put(f"corral/{named(sha256).name}", b"another project")

    with pytest.raises(ArchiveDamaged, match=sha256):
        fetch_archive(named(sha256), tmp_path / "copy")


def test_object_that_is_missing_is_said(bucket: Bucket, tmp_path: Path) -> None:
    with pytest.raises(ArchiveMissing):
        fetch_archive(named("0" * 64), tmp_path / "copy")


def test_bucket_that_is_missing_is_the_platforms_fault(
    bucket: Bucket, settings: Settings, tmp_path: Path
) -> None:
    settings.STORAGES = storages("STORAGE_URL", f"s3://not-there?endpoint={bucket.endpoint}")
    path, sha256 = archive(tmp_path, b"project")

    with pytest.raises(StorageUnavailable) as caught:
        store_archive(path, sha256=sha256)

    assert bucket.endpoint not in str(caught.value)


def test_storage_that_nobody_answers_for_is_given_up_soon(
    bucket: Bucket, settings: Settings, tmp_path: Path
) -> None:
    settings.STORAGES = storages("STORAGE_URL", "s3://archives?endpoint=http://127.0.0.1:9")
    path, sha256 = archive(tmp_path, b"project")

    with pytest.raises(StorageUnavailable):
        store_archive(path, sha256=sha256)


def test_storage_that_accepts_and_says_nothing_is_given_up(
    bucket: Bucket, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.storage.READ_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        settings.STORAGES = storages("STORAGE_URL", f"s3://archives?endpoint={address}")

        with pytest.raises(StorageUnavailable):
            fetch_archive(named("0" * 64), tmp_path / "copy")


def test_object_without_a_digest_in_its_name_is_stored_as_well(bucket: Bucket) -> None:
    default_storage.save("notes/other", ContentFile(b"x"))
    assert bucket.keys() == ["corral/notes/other"]


def test_check_says_that_the_storage_can_be_used_and_leaves_nothing(bucket: Bucket) -> None:
    said = StringIO()
    call_command("storage", "check", stdout=said)
    assert "the bucket corral-archives" in said.getvalue()
    assert bucket.keys() == []


def test_check_says_what_the_storage_refuses(bucket: Bucket, settings: Settings) -> None:
    settings.STORAGES = storages("STORAGE_URL", f"s3://not-there?endpoint={bucket.endpoint}")
    with pytest.raises(CommandError, match="NoSuchBucket"):
        call_command("storage", "check")
