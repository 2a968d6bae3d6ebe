"""Calls that are not answered, and how OpenAI's clients are told."""

from corral.errors import UserError
from corral.json_types import JsonObject

INVALID = "invalid_request_error"


class CallRefused(UserError):
    """A call that is the project's own mistake; `status` is HTTP's, `message` one sentence."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = INVALID,
        code: str | None = None,
        param: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind
        self.code = code
        self.param = param
        self.retry_after = retry_after  # seconds; None: trying again is of no use

    def as_json(self) -> JsonObject:
        """The body of the reply, in OpenAI's shape."""
        return error_body(self.message, kind=self.kind, code=self.code, param=self.param)


def error_body(
    message: str, *, kind: str, code: str | None = None, param: str | None = None
) -> JsonObject:
    """An error in OpenAI's shape."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}
