"""A model server's refusal of a call, made fit for the project that caused it."""

import json
import re

from corral.gateway.refusal import CallRefused
from corral.json_types import Json

_ADDRESS = re.compile(r"\b(?:https?|file|unix)://\S+")
_PATH = re.compile(r"(?<![\w#.])/(?:[\w.@+~-]+/)+[\w.@+~-]*")
_TOO_LONG = re.compile(r"context (?:size|length|window)", re.IGNORECASE)
_LONGEST = 600


def rejection(status: int, body: bytes, names: dict[str, str]) -> CallRefused:
    """The project's error, without the host's paths and addresses.

    `names` maps what the model server calls things to what the project calls them.
    """
    message = _message_of(body) or "The model server refused the call."
    for theirs, ours in names.items():
        message = message.replace(theirs, ours)
    message = cleaned(message)
    code = "context_length_exceeded" if _TOO_LONG.search(message) else None
    return CallRefused(status, message, code=code)


def cleaned(message: str) -> str:
    """Without absolute paths and addresses, and not too long."""
    message = _PATH.sub("[path]", _ADDRESS.sub("[address]", message))
    return message if len(message) <= _LONGEST else message[:_LONGEST] + "…"


def _message_of(body: bytes) -> str:
    try:
        parsed: Json = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    match parsed:
        case {"error": {"message": str(message)}}:
            return message
        case {"error": str(message)} | {"message": str(message)} | {"detail": str(message)}:
            return message
        case _:
            return ""
