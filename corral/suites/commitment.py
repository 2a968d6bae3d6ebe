"""A salted commitment: published before an event, it shows after it that the tasks were fixed.

Of the private tasks nothing can be learned from it while the salt is unknown, for not even a
guessed task can be tried; and nobody can find other tasks for it (SHA-256).
"""

import hashlib
import hmac
import re
from collections.abc import Sequence

from corral.errors import UserError
from corral.json_types import Json, JsonObject
from corral.suites.base import Split, Task
from corral.suites.digest import canonical, task_json

PURPOSE = "corral private split, version 1"
_SALT = re.compile(r"[0-9a-f]{64}")


class CommitmentBroken(UserError):
    """What was opened is not what was committed to."""


def commitment_of(tasks: Sequence[Task], salt: str) -> str:
    """SHA-256, in hex, of `committed_content`.

    Raises:
        ValueError: as there.
    """
    return hashlib.sha256(committed_content(tasks, salt)).hexdigest()


def committed_content(tasks: Sequence[Task], salt: str) -> bytes:
    """The canonical JSON (RFC 8785) of purpose, salt and the private tasks.

    That is `{"purpose": PURPOSE, "salt": salt, "tasks": […]}`, the tasks as in the suite's digest
    and in its order, the public ones left out. `salt` is 64 hex digits out of `secrets`, drawn for
    this one commitment.

    Raises:
        ValueError: the salt is none, there is no private task, or one has no canonical JSON.
    """
    if not _SALT.fullmatch(salt):
        raise ValueError("a salt must be 64 hex digits, in lower case")
    hidden: list[Json] = [task_json(task) for task in tasks if task.split is Split.PRIVATE]
    if not hidden:
        raise ValueError("there is no private task to commit to")
    content: JsonObject = {"purpose": PURPOSE, "salt": salt, "tasks": hidden}
    return canonical(content)


def open_commitment(commitment: str, salt: str, tasks: Sequence[Task]) -> None:
    """Check that a salt and tasks are those that a commitment was made for.

    Raises:
        CommitmentBroken: they aren't.
    """
    try:
        found = commitment_of(tasks, salt)
    except ValueError as error:
        raise CommitmentBroken(f"The commitment can't be opened: {error}.") from error
    if not hmac.compare_digest(found.encode(), commitment.encode("utf-8", "replace")):
        raise CommitmentBroken("The salt and the private tasks are not what was committed to.")
