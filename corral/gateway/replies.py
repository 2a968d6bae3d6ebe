"""A model server's replies, made the gateway's own: the catalogue's model name, nothing more."""

import json
from dataclasses import dataclass

from corral.errors import UpstreamUnavailable
from corral.json_types import Json, JsonObject

# Timings, host paths and what is cached of other runs' prompts stay behind.
KEPT = frozenset({"id", "object", "created", "choices", "system_fingerprint"})
BUILD_LENGTH = 200
_NO_COMPLETION = "The model server's reply is not a completion."


@dataclass(frozen=True, slots=True)
class Tokens:
    """What one or more replies used; reasoning is a part of the completion."""

    prompt: int
    completion: int
    reasoning: int = 0

    def as_json(self) -> JsonObject:
        """OpenAI's `usage`."""
        usage: JsonObject = {
            "prompt_tokens": self.prompt,
            "completion_tokens": self.completion,
            "total_tokens": self.prompt + self.completion,
        }
        if self.reasoning:
            usage["completion_tokens_details"] = {"reasoning_tokens": self.reasoning}
        return usage


def tokens_of(usage: Json) -> Tokens | None:
    """What an upstream's `usage` says, None if it says nothing of use."""
    match usage:
        case {"prompt_tokens": int(prompt), "completion_tokens": int(completion)}:
            if prompt < 0 or completion < 0:
                return None
            return Tokens(prompt, completion, _reasoning_of(usage, completion))
        case _:
            return None


def _reasoning_of(usage: Json, completion: int) -> int:
    match usage:
        case {"completion_tokens_details": {"reasoning_tokens": int(reasoning)}}:
            return min(max(0, reasoning), completion)
        case _:
            return 0


def build_of(reply: JsonObject) -> str:
    """What the model server says of its own build, "" if nothing."""
    build = reply.get("system_fingerprint")
    return build[:BUILD_LENGTH] if isinstance(build, str) else ""


def added(replies: list[Tokens | None]) -> Tokens | None:
    """The tokens of a call's choices, its prompt counted once; None if any is unknown."""
    known = [reply for reply in replies if reply is not None]
    if not known or len(known) < len(replies):
        return None
    return Tokens(
        max(tokens.prompt for tokens in known),
        sum(tokens.completion for tokens in known),
        sum(tokens.reasoning for tokens in known),
    )


def as_event(chunk: JsonObject) -> bytes:
    """An event of a stream."""
    return b"data: " + as_bytes(chunk) + b"\n\n"


def as_bytes(reply: JsonObject) -> bytes:
    """JSON for the project; total over whatever a model server can send."""
    return json.dumps(reply, separators=(",", ":")).encode()


def read_reply(raw: bytes) -> JsonObject:
    """A reply with at least one choice.

    Raises:
        UpstreamUnavailable: it is something else.
    """
    try:
        reply: Json = json.loads(raw)
    except (ValueError, RecursionError):
        raise UpstreamUnavailable(_NO_COMPLETION) from None
    if isinstance(reply, dict) and _has_choice(reply.get("choices")):
        return reply
    raise UpstreamUnavailable(_NO_COMPLETION)


def _has_choice(choices: Json) -> bool:
    return isinstance(choices, list) and bool(choices) and isinstance(choices[0], dict)


def merged(replies: list[JsonObject], model: str, tokens: Tokens | None) -> JsonObject:
    """One reply with a choice of each."""
    reply: JsonObject = {key: value for key, value in replies[0].items() if key in KEPT}
    reply["choices"] = [_choice(reply, index) for index, reply in enumerate(replies)]
    reply["model"] = model
    if tokens is not None:
        reply["usage"] = tokens.as_json()
    return reply


def _choice(reply: JsonObject, index: int) -> Json:
    match reply:
        case {"choices": [dict(choice), *_]}:
            return {**choice, "index": index}
        case _:
            raise UpstreamUnavailable(_NO_COMPLETION)
