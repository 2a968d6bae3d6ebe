"""What a version's private tasks are committed to by, and what is shown once it is opened."""

import secrets

from catalogue.errors import SuiteRefused
from catalogue.models import Commitment, SuiteVersion
from corral.suites.base import Split
from corral.suites.commitment import commitment_of, committed_content


def commit_to_private(version: SuiteVersion) -> Commitment | None:
    """The version's commitment, made now if there is none; None without private tasks.

    The version must be published, and the caller hold its row.
    """
    tasks = [task.as_task() for task in version.tasks.order_by("position")]
    if all(task.split is not Split.PRIVATE for task in tasks):
        return None
    existing = Commitment.objects.filter(suite_version=version).first()
    if existing is not None:
        return existing
    salt = secrets.token_hex(32)
    digest = commitment_of(tasks, salt)
    return Commitment.objects.create(suite_version=version, digest=digest, salt=salt)


def opened_content(version: SuiteVersion) -> bytes:
    """Salt and private tasks as the bytes whose SHA-256 is the commitment.

    Raises:
        SuiteRefused: it was not opened.
    """
    commitment = Commitment.objects.filter(suite_version=version, opened_at__isnull=False).first()
    if commitment is None:
        raise SuiteRefused([f"The private tasks of {version} are not opened."])
    tasks = [task.as_task() for task in version.tasks.order_by("position")]
    return committed_content(tasks, commitment.salt)
