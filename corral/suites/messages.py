"""Chat messages in rows, as inspect_ai and OpenAI's evals write them."""

from corral.json_types import Json, JsonObject
from corral.suites.report import Report

ROLES = ("system", "developer", "user", "assistant", "tool")
_KEPT = ("role", "name")


def input_of(where: str, given: Json, report: Report, *, passed_over: frozenset[str]) -> Json:
    """The task's input for a text or for messages; None, and problems, where it is neither.

    Messages are kept as `messages`, and `input` is what they say, one after the other, for
    projects that take a text. `passed_over` are a message's fields that mean nothing to a model.
    """
    if isinstance(given, str):
        return given
    if not isinstance(given, list) or not given:
        report.add(where, "input must be a text or a list of messages, and not empty.")
        return None
    messages = [
        _message(f"message {number}", where, message, report, passed_over)
        for number, message in enumerate(given, start=1)
    ]
    kept: list[Json] = [message for message in messages if message is not None]
    if len(kept) != len(given):
        return None
    texts = [str(message["content"]) for message in messages if message is not None]
    return {"input": "\n\n".join(texts), "messages": kept}


def _message(
    name: str, where: str, message: Json, report: Report, passed_over: frozenset[str]
) -> "JsonObject | None":
    if not isinstance(message, dict):
        report.add(where, f"input: {name} must be an object.")
        return None
    before = report.count
    for key in sorted(message.keys() - {*_KEPT, "content"} - passed_over):
        report.add(where, f'input: {name} has the field "{key}", which is not supported.')
    if message.get("role") not in ROLES:
        report.add(where, f"input: {name} needs a role, one of: {', '.join(ROLES)}.")
    content = _content(message.get("content"))
    if content is None:
        report.add(where, f"input: {name} must have a text as content; only text is supported.")
    if report.count != before:
        return None
    return {**{key: message[key] for key in _KEPT if key in message}, "content": content}


def _content(content: Json) -> str | None:
    """A text, or the texts of a list of parts of the type "text"."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list) or not content:
        return None
    texts = [
        part["text"]
        for part in content
        if isinstance(part, dict) and part.get("type") == "text" and isinstance(part["text"], str)
        if part.keys() == {"type", "text"}
    ]
    return "\n".join(map(str, texts)) if len(texts) == len(content) else None
