"""Which archives are kept: rows that say so before a byte is written or removed."""

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.db.models.functions import Now

from submissions.errors import ArchiveMissing, StorageUnavailable
from submissions.models import StoredArchive

TRIES = 5


def hold_archive(*, sha256: str, size: int) -> StoredArchive:
    """The archive of these bytes that is kept, now for another day at least.

    The row is there before the bytes are: whatever is in the storage is known.

    Raises:
        StorageUnavailable: others stored and removed the same bytes all the time.
    """
    for _ in range(TRIES):
        kept = StoredArchive.objects.filter(sha256=sha256, leaving_at=None)
        if kept.update(touched_at=Now()) and (archive := kept.first()):
            return archive
        try:
            return _next_generation(sha256, size)
        except IntegrityError:
            continue  # another upload of the same bytes was quicker
    raise StorageUnavailable(f"The archive {sha256} can't be held.")


@transaction.atomic
def _next_generation(sha256: str, size: int) -> StoredArchive:
    last = StoredArchive.objects.filter(sha256=sha256).aggregate(last=Max("generation"))["last"]
    return StoredArchive.objects.create(
        sha256=sha256, generation=(last or 0) + 1, bytes=size, stored_at=Now(), touched_at=Now()
    )


def keep_archive(archive: StoredArchive) -> None:
    """A submission is about to name it, in the same transaction: it must not have left.

    Raises:
        StorageUnavailable: it has, since its upload took more than a day.
    """
    still = StoredArchive.objects.filter(pk=archive.pk, leaving_at=None)
    if not still.update(touched_at=Now()):
        raise StorageUnavailable(f"The archive {archive.sha256} left before it was named.")


def kept_archive(sha256: str) -> StoredArchive:
    """The archive of these bytes.

    Without a row it is one that a web server of an earlier version stored while this one was
    being rolled out: under its plain name, the first generation's.

    Raises:
        ArchiveMissing: it is not kept any more; the sentence says since when and why.
    """
    archive = _newest(sha256) or StoredArchive(sha256=sha256, generation=1)
    if archive.leaving_at:
        raise ArchiveMissing(f"The archive is not kept any more. {archive.removed}")
    return archive


def archive_removed(sha256: str) -> str:
    """When and why the archive of these bytes was removed; empty while it is kept."""
    newest = _newest(sha256)
    return newest.removed if newest else ""


def _newest(sha256: str) -> StoredArchive | None:
    return StoredArchive.objects.filter(sha256=sha256).order_by("-generation").first()
