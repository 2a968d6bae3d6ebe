"""A call as the project asked for it: read, checked, and bounded, before anything is spent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum

from corral.gateway import checks
from corral.gateway.checks import Check
from corral.gateway.limits import GatewayLimits
from corral.gateway.messages import BadMessage, read_messages
from corral.gateway.refusal import CallRefused
from corral.json_types import Json, JsonObject

DEEPEST = 64
MOST_CHOICES = 8
# What a chat template adds: a system prompt of its own and marks around each message; more where
# it explains tools. Bytes of text bound its tokens for every byte-level or byte-fallback BPE.
TEMPLATE_TOKENS = 96
TEMPLATE_TOOLS_TOKENS = 512
MESSAGE_TOKENS = 12


class Endpoint(Enum):
    """What can be asked; the value is the path below /v1."""

    CHAT = "/chat/completions"
    COMPLETIONS = "/completions"
    EMBEDDINGS = "/embeddings"


_SAMPLING: Mapping[str, Check] = {
    "temperature": checks.number(0, 2),
    "top_p": checks.number(0, 1),
    "min_p": checks.number(0, 1),
    "top_k": checks.whole(0, 1000),
    "presence_penalty": checks.number(-2, 2),
    "frequency_penalty": checks.number(-2, 2),
    "logit_bias": checks.logit_bias,
    "seed": checks.whole(-(2**63), 2**63 - 1),
    "stop": checks.stop,
}
# These are read here and written anew for the model server.
_STEERING: Mapping[str, Check] = {
    "model": checks.text,
    "n": checks.whole(1, MOST_CHOICES),
    "max_tokens": checks.whole(1, 2**31 - 1),
    "stream": checks.boolean,
    "stream_options": checks.stream_options,
}
FIELDS: Mapping[Endpoint, Mapping[str, Check]] = {
    Endpoint.CHAT: {
        **_SAMPLING,
        **_STEERING,
        "max_completion_tokens": checks.whole(1, 2**31 - 1),
        "logprobs": checks.boolean,
        "top_logprobs": checks.whole(0, 20),
        "response_format": checks.response_format,
        "tools": checks.tools,
        "tool_choice": checks.tool_choice,
        "parallel_tool_calls": checks.boolean,
        "reasoning_effort": checks.one_of("none", "minimal", "low", "medium", "high"),
    },
    Endpoint.COMPLETIONS: {
        **_SAMPLING,
        **_STEERING,
        "prompt": checks.prompt,
        "echo": checks.boolean,
        "logprobs": checks.whole(0, 5),
        "best_of": checks.whole(1, 1),
        "suffix": checks.text,
    },
    Endpoint.EMBEDDINGS: {
        "model": checks.text,
        "input": checks.texts,
        "encoding_format": checks.one_of("float", "base64"),
        "dimensions": checks.whole(1, 65_536),
    },
}
# OpenAI's own house-keeping: clients send it, and no answer depends on it.
_IGNORED = frozenset(
    {"user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key"}
)
_REWRITTEN = frozenset({*_STEERING, "max_completion_tokens", "best_of", "messages", "prompt"})


@dataclass(frozen=True, slots=True)
class Order:
    """A call that may be made. `fields` is what goes upstream besides what the platform sets.

    `prompt_tokens` is an upper bound. `max_tokens` is for each of the `choices`; vectors are made
    without any.
    """

    endpoint: Endpoint
    fields: JsonObject
    prompt_tokens: int
    max_tokens: int
    choices: int
    stream: bool
    wants_usage: bool

    @property
    def least(self) -> int:
        """Tokens without which the call makes no sense: its prompt and one for each choice."""
        return self.prompt_tokens + self.choices

    @property
    def most(self) -> int:
        """Tokens that the call can't exceed."""
        return self.prompt_tokens + self.choices * self.max_tokens

    @property
    def texts(self) -> int:
        """How many texts a vector is wanted of."""
        texts = self.fields.get("input")
        return len(texts) if isinstance(texts, list) else 1

    def within(self, tokens: int) -> "Order":
        """The same call, with answers short enough for so many tokens (at least `least`)."""
        if not self.choices:
            return self
        room = (tokens - self.prompt_tokens) // self.choices
        return self if room >= self.max_tokens else replace(self, max_tokens=room)

    def payload(self, model: str, choice: int) -> bytes:
        """The body for the model server: one choice, so that its count of tokens is exact.

        (llama-server reports the tokens of one choice only, and refuses more than it has slots.)
        """
        body: JsonObject = {"model": model, **self.fields}
        if self.choices:
            body["max_tokens"] = self.max_tokens
        seed = body.get("seed")
        if choice and isinstance(seed, int) and seed >= 0:
            body["seed"] = (seed + choice) % 2**31
        if self.stream:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        return encoded(body)


def read_order(endpoint: Endpoint, body: Json, model: str, limits: GatewayLimits) -> Order:
    """Read a call.

    Raises:
        CallRefused: it breaks a rule, with one sentence that names the field.
    """
    if not isinstance(body, dict):
        raise CallRefused(400, "The body must be a JSON object.")
    given: JsonObject = {key: value for key, value in body.items() if value is not None}
    _check_encodable(given)
    _check_model(given.get("model"), model)
    _check_fields(endpoint, given)
    fields: JsonObject = {
        k: v for k, v in given.items() if k not in _REWRITTEN and k not in _IGNORED
    }
    fields |= _text_of(endpoint, given)
    options = given.get("stream_options")
    stream = given.get("stream") is True
    return Order(
        endpoint=endpoint,
        fields=fields,
        prompt_tokens=_bound(fields),
        max_tokens=_max_tokens(given, limits),
        choices=0 if endpoint is Endpoint.EMBEDDINGS else _whole(given.get("n"), 1),
        stream=stream,
        wants_usage=stream and isinstance(options, dict) and options.get("include_usage") is True,
    )


def read_body(raw: bytes) -> Json:
    """A body as JSON.

    Raises:
        CallRefused: it is none.
    """
    try:
        parsed: Json = json.loads(raw)
    except (ValueError, RecursionError):
        raise CallRefused(400, "The body is not valid JSON.") from None
    return parsed


def encoded(value: Json) -> bytes:
    """Compact JSON in UTF-8.

    Raises:
        ValueError: it holds a number or a character that JSON in UTF-8 can't.
    """
    return json.dumps(
        value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), check_circular=False
    ).encode()


def _check_encodable(body: JsonObject) -> None:
    """Not too deep, and nothing that only Python's JSON knows: NaN, lone surrogates."""
    _check_depth(body)
    try:
        encoded(body)
    except ValueError:
        raise CallRefused(400, "The body holds a number or character that JSON can't.") from None


def _check_depth(body: JsonObject) -> None:
    level: list[Json] = [body]
    for _ in range(DEEPEST):
        level = [inner for value in level for inner in _inner(value)]
        if not level:
            return
    raise CallRefused(400, "The body is nested too deeply.")


def _inner(value: Json) -> list[Json]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _check_model(asked: Json, model: str) -> None:
    if asked is None:
        raise CallRefused(400, "You must provide a model parameter.", param="model")
    if asked != model:
        raise CallRefused(
            404,
            f"The model does not exist or this run may not use it; it may use '{model}'.",
            code="model_not_found",
            param="model",
        )


def _check_fields(endpoint: Endpoint, given: JsonObject) -> None:
    rules = FIELDS[endpoint]
    for field, value in given.items():
        if field in rules:
            if broken := rules[field](value):
                raise CallRefused(400, f"'{field}' {broken}.", param=field)
        elif field not in _IGNORED and field != "messages":
            shown = ascii(field[:64])
            raise CallRefused(400, f"Unrecognized request argument supplied: {shown}")


def _text_of(endpoint: Endpoint, given: JsonObject) -> JsonObject:
    if endpoint is not Endpoint.CHAT and "messages" in given:
        raise CallRefused(400, "Unrecognized request argument supplied: 'messages'")
    if endpoint is Endpoint.EMBEDDINGS:
        if "input" not in given:
            raise CallRefused(400, "You must provide an input.", param="input")
        return {"input": given["input"]}
    if endpoint is Endpoint.COMPLETIONS:
        prompt = given.get("prompt")
        if prompt is None:
            raise CallRefused(400, "You must provide a prompt.", param="prompt")
        return {"prompt": prompt[0] if isinstance(prompt, list) else prompt}
    try:
        return {"messages": read_messages(given.get("messages"))}
    except BadMessage as bad:
        raise CallRefused(400, str(bad), param="messages") from None


def _max_tokens(given: JsonObject, limits: GatewayLimits) -> int:
    asked = given.get("max_completion_tokens", given.get("max_tokens"))
    return min(_whole(asked, limits.default_max_tokens), limits.most_max_tokens)


def _whole(value: Json, default: int) -> int:
    return value if isinstance(value, int) else default


def _bound(fields: JsonObject) -> int:
    """An upper bound of the prompt's tokens."""
    listed = fields.get("messages") or fields.get("input")
    count = len(listed) if isinstance(listed, list) else 0
    bound = TEMPLATE_TOKENS + count * MESSAGE_TOKENS
    bound += _text_bytes([fields.get(key) for key in ("messages", "prompt", "suffix", "input")])
    if tools := fields.get("tools"):
        bound += TEMPLATE_TOOLS_TOKENS + 2 * len(encoded(tools))  # templates indent them
    if wanted := fields.get("response_format"):
        bound += len(encoded(wanted))
    return bound


def _text_bytes(value: Json) -> int:
    total, waiting = 0, [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            total += len(item.encode())
        waiting.extend(_inner(item))
    return total
