"""Archives that leave: PostgreSQL says so first, then their bytes are removed."""

import logging
import time
from datetime import datetime, timedelta

from django.core.files.storage import FileSystemStorage, storages
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from submissions.domain.store import INCOMING, storage_errors
from submissions.errors import StorageUnavailable
from submissions.models import StoredArchive

log = logging.getLogger(__name__)
UPLOAD_TAKES = timedelta(days=1)  # at the very most
SECONDS = 5.0  # for one pass: the sweep waits behind it


def idle_archives() -> QuerySet[StoredArchive]:
    """Those that are kept and that no upload is about to name."""
    return StoredArchive.objects.filter(leaving_at=None, touched_at__lt=Now() - UPLOAD_TAKES)


def let_go(archives: QuerySet[StoredArchive], *, why: str) -> int:
    """Say of archives that they leave; how many. From now on nobody finds or names them.

    One UPDATE with the conditions of `archives`: an upload of the same bytes either comes first,
    and keeps them, or comes later, and stores them anew.
    """
    return archives.filter(leaving_at=None).update(leaving_at=Now(), why=why)


def remove_leaving() -> int:
    """Remove the bytes of archives that leave; how many. The rest is for the next pass.

    Safe to be killed anywhere and to run twice: no name is ever used again.
    """
    removed, until = 0, time.monotonic() + SECONDS
    for archive in StoredArchive.objects.filter(leaving_at__isnull=False, gone_at=None):
        try:
            with storage_errors():
                storages["removals"].delete(archive.name)
        except StorageUnavailable:
            break
        StoredArchive.objects.filter(pk=archive.pk).update(gone_at=Now())
        removed += 1
        if time.monotonic() > until:
            break
    return removed


def abandoned_uploads() -> list[str]:
    """What uploads that were cut off left half written in a file system."""
    storage = storages["removals"]
    if not isinstance(storage, FileSystemStorage) or not storage.exists(INCOMING):
        return []
    before = timezone.now() - UPLOAD_TAKES
    names = [f"{INCOMING}/{name}" for name in storage.listdir(INCOMING)[1]]
    return [name for name in names if _older(storage, name, before)]


def _older(storage: FileSystemStorage, name: str, before: datetime) -> bool:
    try:
        return storage.get_modified_time(name) < before
    except FileNotFoundError:  # it has just got its name
        return False


def remove_abandoned_uploads() -> int:
    """Remove them; how many."""
    names = abandoned_uploads()
    for name in names:
        storages["removals"].delete(name)
    return len(names)
