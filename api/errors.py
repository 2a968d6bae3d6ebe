"""One shape for every error: {"detail", "code"}, and "problems" where there are several."""

from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http.multipartparser import MultiPartParserError
from django.utils import timezone
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from corral.errors import ProjectRefused
from evaluation.errors import CannotReevaluate, MayNot
from evaluation.errors import UserCaused as RunRefused
from hackathons.errors import NotTheirSuite, OutOfTime
from submissions.errors import QuotaUsedUp
from submissions.refusals import REFUSED, Refusal, problems_of, sentence_of, status_of

RUN_STATUS = {MayNot: 403, CannotReevaluate: 400}  # what else is refused comes at the wrong moment


class BodyTooLarge(APIException):
    """More than any request but an upload may have."""

    status_code = 413
    default_detail = "The request is too large."
    default_code = "too_large"


def handle_exception(error: Exception, context: dict[str, Any]) -> Response | None:
    """The response to an error; None, a 500, where it is our fault."""
    if isinstance(error, REFUSED):
        return _refusal(error)
    if isinstance(error, RunRefused):
        status = RUN_STATUS.get(type(error), 409)
        return Response({"detail": str(error), "code": error.code}, status=status)
    if isinstance(error, RequestDataTooBig):
        error = BodyTooLarge()
    elif isinstance(error, MultiPartParserError | SuspiciousOperation):
        error = ParseError("The request's body can't be read.")
    if isinstance(error, NotTheirSuite | OutOfTime):
        status = 403 if isinstance(error, NotTheirSuite) else 409
        return Response({"detail": str(error), "code": error.code}, status=status)
    response = exception_handler(error, context)
    if response is not None:
        response.data = _body(error, response)
    return response


def _refusal(refused: Refusal) -> Response:
    code = "project_refused" if isinstance(refused, ProjectRefused) else refused.code
    body: dict[str, Any] = {"detail": sentence_of(refused), "code": code}
    headers = {}
    if isinstance(refused, ProjectRefused):
        body["problems"] = problems_of(refused)
    if isinstance(refused, QuotaUsedUp):
        wait = refused.resets_at - timezone.now()
        body["resets_at"] = refused.resets_at.isoformat()
        headers["Retry-After"] = str(max(1, int(wait.total_seconds()) + 1))
    return Response(body, status=status_of(refused), headers=headers)


def _body(error: Exception, response: Response) -> dict[str, Any]:
    if isinstance(error, ValidationError):
        problems = _sentences(error.detail)
        return {"detail": " ".join(problems), "code": "invalid", "problems": problems}
    detail = response.data.get("detail", "") if isinstance(response.data, dict) else ""
    return {"detail": str(detail), "code": getattr(detail, "code", "error")}


def _sentences(detail: Any) -> list[str]:
    """Every sentence of a validation error, each naming its field."""
    if isinstance(detail, dict):
        return [f"{name}: {text}" for name, of in detail.items() for text in _sentences(of)]
    return [str(text) for text in detail] if isinstance(detail, list) else [str(detail)]
