"""Counts tokens with the model server's own tokenizer, where it has one."""

import json

from corral.gateway.order import Endpoint, Order, encoded
from corral.gateway.upstream import UpstreamClient
from corral.json_types import Json, JsonObject

MARGIN = 8  # tokens that a server may put around what it was given
_TEMPLATED = ("messages", "tools", "chat_template_kwargs")


async def prompt_tokens(client: UpstreamClient, order: Order) -> int | None:
    """A prompt's: an upper bound close to the truth, None where the server can't tell."""
    text = await _prompt_of(client, order)
    counted = await _vllm_count(client, order) if text is None else await text_tokens(client, text)
    return None if counted is None else counted + MARGIN


async def text_tokens(client: UpstreamClient, text: str) -> int | None:
    """How many tokens a text has, None where the server can't tell."""
    asked = encoded({"content": text, "add_special": True, "parse_special": True})
    match _parsed(await client.ask_root("/tokenize", asked)):
        case {"tokens": list(tokens)}:
            return len(tokens)
        case _:
            return None


async def _prompt_of(client: UpstreamClient, order: Order) -> str | None:
    if order.endpoint is Endpoint.COMPLETIONS:
        prompt = order.fields.get("prompt")
        return prompt if isinstance(prompt, str) and "suffix" not in order.fields else None
    asked: Json = {key: order.fields[key] for key in _TEMPLATED if key in order.fields}
    match _parsed(await client.ask_root("/apply-template", encoded(asked))):
        case {"prompt": str(prompt)}:
            return prompt
        case _:
            return None


async def _vllm_count(client: UpstreamClient, order: Order) -> int | None:
    """By vLLM, which applies the template and counts in one."""
    if order.endpoint is not Endpoint.CHAT:
        return None
    asked: JsonObject = {key: order.fields[key] for key in _TEMPLATED if key in order.fields}
    asked["model"] = client.upstream.model
    match _parsed(await client.ask_root("/tokenize", encoded(asked))):
        case {"count": int(count)}:
            return count
        case _:
            return None


def _parsed(reply: bytes | None) -> Json:
    try:
        parsed: Json = json.loads(reply or b"null")
    except (ValueError, RecursionError):
        return None
    return parsed
