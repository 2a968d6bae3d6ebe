"""Whether this machine can use the storage as the platform does."""

import hashlib
import secrets

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from submissions.domain.store import storage_errors
from submissions.errors import ArchiveDamaged


def check_storage() -> None:
    """Put, find, read and delete a small object of its own.

    Raises:
        StorageUnavailable: it does not answer, or forbids one of these; its words are the cause.
        ArchiveDamaged: it gives back something else.
    """
    sent = secrets.token_bytes(4096)
    name = f"checks/{hashlib.sha256(sent).hexdigest()}"
    with storage_errors():
        if default_storage.exists(name):  # refused where the bucket may not be listed
            raise ArchiveDamaged("The storage says that it has what nobody ever sent.")
        default_storage.save(name, ContentFile(sent))
        try:
            with default_storage.open(name, "rb") as stored:
                if stored.read() != sent:
                    raise ArchiveDamaged("The storage gave back other bytes than were sent.")
        finally:
            default_storage.delete(name)
