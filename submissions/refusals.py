"""How a refusal is told: the same HTTP status and sentences on pages and in the API."""

from corral.errors import ProjectRefused
from submissions.errors import NotAMember, NotInTime, QuotaUsedUp, UploadTooLarge, UserCaused

# For an `except` clause: everything that a person may have done wrong with an upload.
REFUSED = (UserCaused, ProjectRefused)

_STATUS: dict[type[Exception], int] = {
    NotAMember: 403,
    NotInTime: 403,
    UploadTooLarge: 413,
    QuotaUsedUp: 429,
}


def status_of(refused: UserCaused | ProjectRefused) -> int:
    """The HTTP status of a refusal."""
    return _STATUS.get(type(refused), 400)


def problems_of(refused: UserCaused | ProjectRefused) -> list[str]:
    """Every sentence of a refusal."""
    return refused.problems if isinstance(refused, ProjectRefused) else [str(refused)]
