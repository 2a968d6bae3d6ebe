"""How a refusal is told: the same HTTP status and sentences on pages and in the API."""

from corral.errors import ProjectRefused
from submissions.errors import (
    NotAMember,
    NotInTime,
    QuotaUsedUp,
    StorageUnavailable,
    UploadTooLarge,
    UserCaused,
)

Refusal = UserCaused | ProjectRefused | StorageUnavailable
# For an `except` clause: everything for which an upload may be refused.
REFUSED = (UserCaused, ProjectRefused, StorageUnavailable)
TRY_AGAIN = "The platform can't store uploads right now, and nothing was counted: try again soon."

_STATUS: dict[type[Exception], int] = {
    NotAMember: 403,
    NotInTime: 403,
    UploadTooLarge: 413,
    QuotaUsedUp: 429,
    StorageUnavailable: 503,
}


def status_of(refused: Refusal) -> int:
    """The HTTP status of a refusal."""
    return _STATUS.get(type(refused), 400)


def problems_of(refused: Refusal) -> list[str]:
    """Every sentence of a refusal."""
    return refused.problems if isinstance(refused, ProjectRefused) else [sentence_of(refused)]


def sentence_of(refused: Refusal) -> str:
    """The refusal for the person; what the storage said is for the log alone."""
    return TRY_AGAIN if isinstance(refused, StorageUnavailable) else str(refused)
