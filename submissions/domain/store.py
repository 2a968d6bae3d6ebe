"""Stored: archives by the SHA-256 of their bytes, in whatever storage Django is set up with."""

import hashlib
import os
import uuid
from pathlib import Path

from django.core.files.base import File
from django.core.files.storage import default_storage

from submissions.errors import ArchiveMissing

CHUNK = 1024 * 1024


def archive_name(sha256: str) -> str:
    """Where the storage keeps the archive of that digest."""
    return f"archives/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def sha256_of(path: Path) -> str:
    """The digest of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def store_archive(path: Path, *, sha256: str) -> None:
    """Keep the file under its digest; storing the same bytes twice is the same as once.

    A crash at any moment leaves either nothing or the whole file under that name: what is half
    written bears another name. An archive without a submission is harmless.
    """
    name = archive_name(sha256)
    if default_storage.exists(name):
        return
    with path.open("rb") as source:
        saved = default_storage.save(f"archives/incoming/{uuid.uuid4().hex}", File(source))
    try:
        _publish(saved, name)
    except NotImplementedError:  # an object store, where a put is all or nothing
        default_storage.delete(saved)
        with path.open("rb") as source:
            _keep_one(default_storage.save(name, File(source)), name)


def open_archive(sha256: str) -> File:  # type: ignore[type-arg]
    """The stored archive, open for reading in binary; the caller closes it.

    Raises:
        ArchiveMissing: the storage does not have it.
    """
    try:
        return default_storage.open(archive_name(sha256), "rb")
    except FileNotFoundError as error:
        raise ArchiveMissing(f"The archive {sha256} is not in the storage.") from error


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


def _keep_one(saved: str, name: str) -> None:
    """Another upload of the same bytes was quicker, and the storage gave ours another name."""
    if saved != name:
        default_storage.delete(saved)
