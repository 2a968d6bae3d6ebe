"""Vectors of texts: what is taken, and a model server's reply made the gateway's own."""

from corral.errors import UpstreamUnavailable
from corral.gateway.replies import Tokens, parsed
from corral.json_types import Json, JsonObject

_NO_VECTORS = "The model server's reply is not a vector for each text."


def read_vectors(raw: bytes, count: int) -> JsonObject:
    """A reply with so many vectors.

    Raises:
        UpstreamUnavailable: it is something else.
    """
    reply = parsed(raw)
    data = reply.get("data") if isinstance(reply, dict) else None
    if not isinstance(reply, dict) or not isinstance(data, list) or len(data) != count:
        raise UpstreamUnavailable(_NO_VECTORS)
    return {**reply, "data": [_vector(item, index) for index, item in enumerate(data)]}


def vectors_reply(reply: JsonObject, model: str, tokens: Tokens | None) -> JsonObject:
    """What the project gets: the vectors, and nothing of the host."""
    usage: JsonObject = {}
    if tokens is not None:
        usage = {"usage": {"prompt_tokens": tokens.prompt, "total_tokens": tokens.prompt}}
    return {"object": "list", "data": reply["data"], "model": model, **usage}


def vectors_tokens(reply: JsonObject) -> Tokens | None:
    """What the texts cost, None if the server does not say."""
    match reply.get("usage"):
        case {"prompt_tokens": int(prompt)} if prompt >= 0:
            return Tokens(prompt, 0)
        case _:
            return None


def _vector(item: Json, index: int) -> Json:
    """One vector, as numbers or in base64; models give them in the order of the texts."""
    match item:
        case {"embedding": list() | str() as vector}:
            return {"object": "embedding", "index": index, "embedding": vector}
        case _:
            raise UpstreamUnavailable(_NO_VECTORS)
