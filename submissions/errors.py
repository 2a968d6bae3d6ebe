"""What can go wrong when something is handed in; every one of these is a person's to put right."""

from datetime import datetime
from typing import ClassVar


class SubmissionError(Exception):
    """Base of every error of this app."""


class UserCaused(SubmissionError):
    """The message is one sentence that the person can act on; `code` names it for programs."""

    code: ClassVar[str] = "refused"


class NotInTime(UserCaused):
    """The request's last byte came before submissions opened or after they closed."""

    code = "not_in_time"


class NotAMember(UserCaused):
    """The person is not in the team that the submission is for."""

    code = "not_a_member"


class UploadTooLarge(UserCaused):
    """The archive is larger than any archive may be."""

    code = "too_large"


class QuotaUsedUp(UserCaused):
    """The team had all its uploads of the day; `resets_at` is when the next day begins."""

    code = "quota_used_up"

    def __init__(self, message: str, *, resets_at: datetime) -> None:
        super().__init__(message)
        self.resets_at = resets_at


class ArchiveMissing(SubmissionError):
    """The storage has lost an archive that was accepted: the platform's fault."""


class ArchiveDamaged(SubmissionError):
    """The storage has other bytes than were accepted: the platform's fault."""


class StorageUnavailable(SubmissionError):
    """The storage does not answer, or refuses us: the platform's fault, worth another try."""

    code: ClassVar[str] = "storage_unavailable"
