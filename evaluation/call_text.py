"""What was asked and answered in a call, as text for people; bodies are a project's own."""

import json
from collections.abc import Iterator

from corral.json_types import Json, JsonObject


def requests_of(body: bytes | None, model: str) -> list[JsonObject] | None:
    """What was sent to the model server, one object for each choice; None where it is not kept.

    The server's own name of the model, which may be a path of its host, is replaced by `model`.
    """
    if body is None:
        return None
    parsed = [_parsed(line) for line in body.split(b"\n")]
    return [{**one, "model": model} for one in parsed if isinstance(one, dict)]


def asked_text(requests: list[JsonObject] | None) -> str:
    """The messages or the prompt, then all other fields; "" where nothing is kept."""
    if not requests:
        return ""
    return "\n\n".join(part for part in (_prompt(requests[0]), _fields(requests[0])) if part)


def answered_text(body: bytes | None) -> str:
    """What the model said, also where it came as a stream; else the body as it is."""
    if body is None:
        return ""
    text = body.decode(errors="replace")
    replies = list(_events(text)) if text.startswith("data:") else [_parsed(body)]
    said: dict[int, str] = {}
    for reply in replies:
        for index, piece in _pieces(reply):
            said[index] = said.get(index, "") + piece
    return "\n\n".join(said[index] for index in sorted(said)) or text


def _prompt(request: JsonObject) -> str:
    messages = request.get("messages")
    if isinstance(messages, list):
        return "\n\n".join(_message(one) for one in messages if isinstance(one, dict))
    prompt = request.get("prompt")
    return prompt if isinstance(prompt, str) else ""


def _message(message: JsonObject) -> str:
    content = message.get("content")
    rest = {key: value for key, value in message.items() if key not in {"role", "content"}}
    parts = [content if isinstance(content, str) else _shown(content), _shown(rest) if rest else ""]
    return f"{message.get('role')}: {' '.join(part for part in parts if part)}"


def _fields(request: JsonObject) -> str:
    others = {key: value for key, value in request.items() if key not in {"messages", "prompt"}}
    return _shown(others)


def _events(stream: str) -> Iterator[Json]:
    for line in stream.splitlines():
        if line.startswith("data:"):
            yield _parsed(line.removeprefix("data:").encode())


def _pieces(reply: Json) -> Iterator[tuple[int, str]]:
    """Texts of a whole reply, or of one event of a stream, with the number of their choice."""
    choices = reply.get("choices") if isinstance(reply, dict) else None
    for choice in choices if isinstance(choices, list) else []:
        if isinstance(choice, dict):
            index = choice.get("index")
            yield (index if isinstance(index, int) else 0), _said(choice)


def _said(choice: JsonObject) -> str:
    message = choice.get("message") or choice.get("delta") or choice
    if not isinstance(message, dict):
        return ""
    parts = [message.get(name) for name in ("reasoning_content", "content", "text")]
    said = "".join(part for part in parts if isinstance(part, str))
    tools = message.get("tool_calls")
    return said + (_shown(tools) if tools else "")


def _shown(value: Json) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _parsed(text: bytes) -> Json:
    try:
        parsed: Json = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return parsed
