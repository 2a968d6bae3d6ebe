"""Stored: the bytes of archives, in whatever storage Django is set up with."""

import hashlib
import logging
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, default_storage
from s3transfer.exceptions import RetriesExceededError

from submissions.domain.kept import hold_archive
from submissions.errors import ArchiveDamaged, ArchiveMissing, StorageUnavailable
from submissions.models import StoredArchive

log = logging.getLogger(__name__)
CHUNK = 1024 * 1024
INCOMING = "archives/incoming"  # in a file system: what is not wholly written yet


def sha256_of(path: Path) -> str:
    """The digest of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def store_archive(path: Path, *, sha256: str) -> StoredArchive:
    """Keep the file under its digest; storing the same bytes twice is the same as once.

    A crash at any moment leaves either nothing or the whole file under its name: what is half
    written bears another name, and an object store keeps nothing that was not sent whole. What no
    submission names is removed after a day.

    Raises:
        StorageUnavailable: the storage does not answer or refuses us.
    """
    archive = hold_archive(sha256=sha256, size=path.stat().st_size)
    with storage_errors(), path.open("rb") as source:
        if not default_storage.exists(archive.name):
            _write(source, archive.name)
    return archive


def _write(source: BinaryIO, name: str) -> None:
    if isinstance(default_storage, FileSystemStorage):
        _publish(default_storage.save(f"{INCOMING}/{uuid.uuid4().hex}", File(source)), name)
    else:
        default_storage.save(name, File(source))  # whoever comes second writes the same bytes


def fetch_archive(archive: StoredArchive, to: Path) -> None:
    """Copy the stored archive to a file of this machine, and check that it is what was accepted.

    Raises:
        ArchiveMissing: the storage does not have it.
        ArchiveDamaged: what it has is not what was accepted.
        StorageUnavailable: it does not answer or refuses us.
    """
    try:
        with (
            storage_errors(),
            default_storage.open(archive.name, "rb") as stored,
            to.open("wb") as copy,
        ):
            shutil.copyfileobj(stored, copy, CHUNK)
    except FileNotFoundError as error:
        raise ArchiveMissing(f"The archive {archive.sha256} is not in the storage.") from error
    if (found := sha256_of(to)) != archive.sha256:
        raise ArchiveDamaged(f"The archive {archive.sha256} has the SHA-256 {found} by now.")


@contextmanager
def storage_errors() -> Iterator[None]:
    """Tell what a storage does wrong in this app's words; a missing file stays one.

    Raises:
        StorageUnavailable: it does not answer, or refuses us.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except (OSError, BotoCoreError, ClientError, RetriesExceededError) as error:
        log.error("The storage failed: %s", error)  # it names addresses, so it is for the log alone
        raise StorageUnavailable("The storage does not answer or refuses the platform.") from error


def _publish(saved: str, name: str) -> None:
    """Give a wholly written file of a file system its name, so that it survives a power cut."""
    incoming, final = Path(default_storage.path(saved)), Path(default_storage.path(name))
    _sync(incoming)
    final.parent.mkdir(parents=True, exist_ok=True)
    incoming.replace(final)
    _sync(final.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
