"""The messages of a chat: which shapes are let through, and what is kept of them."""

from corral.json_types import Json, JsonObject

ROLES = ("system", "developer", "user", "assistant", "tool")
MOST = 1000
_KEPT = ("role", "content", "name", "tool_calls", "tool_call_id", "reasoning_content")
_NAMES = ("name", "tool_call_id", "reasoning_content")


class BadMessage(ValueError):
    """A message that is not let through; the rule that it breaks, and where."""


def read_messages(value: Json) -> list[Json]:
    """The messages, with the fields that the model server is given.

    Raises:
        BadMessage: one breaks a rule.
    """
    if not isinstance(value, list) or not 0 < len(value) <= MOST:
        raise BadMessage(f"'messages' must be a list of 1 to {MOST} messages.")
    return [_read_message(message, f"messages[{index}]") for index, message in enumerate(value)]


def _read_message(value: Json, where: str) -> JsonObject:
    if not isinstance(value, dict):
        raise BadMessage(f"'{where}' must be an object.")
    if value.get("role") not in ROLES:
        raise BadMessage(f"'{where}.role' must be one of {', '.join(ROLES)}.")
    kept = {key: value[key] for key in _KEPT if value.get(key) is not None}
    for key in _NAMES:
        if key in kept and not isinstance(kept[key], str):
            raise BadMessage(f"'{where}.{key}' must be a string.")
    _read_content(kept, where)
    if "tool_calls" in kept:
        kept["tool_calls"] = _read_tool_calls(kept["tool_calls"], where)
    return kept


def _read_content(message: JsonObject, where: str) -> None:
    """Check the content; what the platform can't count (pictures, sounds) is not let through."""
    content = message.get("content")
    if content is None:
        if message["role"] != "assistant":
            raise BadMessage(f"'{where}.content' must be a string or a list of text parts.")
        message["content"] = ""
    elif isinstance(content, list):
        message["content"] = [_read_part(part, where) for part in content]
    elif not isinstance(content, str):
        raise BadMessage(f"'{where}.content' must be a string or a list of text parts.")


def _read_part(part: Json, where: str) -> Json:
    match part:
        case {"type": "text", "text": str(text)}:
            return {"type": "text", "text": text}
        case _:
            raise BadMessage(f"'{where}.content' may hold only parts of type text.")


def _read_tool_calls(value: Json, where: str) -> list[Json]:
    if not isinstance(value, list) or len(value) > 128:
        raise BadMessage(f"'{where}.tool_calls' must be a list of up to 128 calls.")
    return [_read_tool_call(call, where) for call in value]


def _read_tool_call(value: Json, where: str) -> Json:
    match value:
        case {"function": {"name": str(name), "arguments": str(arguments)}, "id": str(key)}:
            function: Json = {"name": name, "arguments": arguments}
            return {"id": key, "type": "function", "function": function}
        case _:
            raise BadMessage(
                f"'{where}.tool_calls' must be functions with an id, a name and arguments as text."
            )
