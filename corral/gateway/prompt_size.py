"""Counts a prompt's tokens with the model server's own tokenizer (llama-server has one)."""

import json

from corral.gateway.order import Endpoint, Order, encoded
from corral.gateway.upstream import UpstreamClient
from corral.json_types import Json

MARGIN = 8  # tokens that a server may put around what it was given


async def prompt_tokens(client: UpstreamClient, order: Order) -> int | None:
    """An upper bound close to the truth, None where the server can't tell."""
    text = await _prompt_of(client, order)
    if text is None:
        return None
    asked = encoded({"content": text, "add_special": True, "parse_special": True})
    match _parsed(await client.ask_root("/tokenize", asked)):
        case {"tokens": list(tokens)}:
            return len(tokens) + MARGIN
        case _:
            return None


async def _prompt_of(client: UpstreamClient, order: Order) -> str | None:
    if order.endpoint is Endpoint.COMPLETIONS:
        prompt = order.fields.get("prompt")
        return prompt if isinstance(prompt, str) and "suffix" not in order.fields else None
    kept: Json = {key: order.fields[key] for key in ("messages", "tools") if key in order.fields}
    match _parsed(await client.ask_root("/apply-template", encoded(kept))):
        case {"prompt": str(prompt)}:
            return prompt
        case _:
            return None


def _parsed(reply: bytes | None) -> Json:
    try:
        parsed: Json = json.loads(reply or b"null")
    except (ValueError, RecursionError):
        return None
    return parsed
