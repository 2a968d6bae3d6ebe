"""What a model server really serves: asked when a run begins, and compared with the catalogue.

llama-server tells its build (`/props`) and counts of the model (`meta` in `/v1/models`), vLLM its
version and the context that it serves; others tell less, which is no contradiction.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

import aiohttp

from corral.errors import UpstreamUnavailable
from corral.gateway.upstream import Upstream
from corral.json_types import Json, JsonObject
from corral.weights.facts import UNKNOWN, ModelFacts

REPLY_BYTES = 1024 * 1024
LONGEST = 120
SERVERS: Mapping[str, str] = {"llamacpp": "llama.cpp", "vllm": "vLLM"}  # by `owned_by`
WORDS: Mapping[str, str] = {
    "parameters": "parameters",
    "tensor_bytes": "bytes of weights",
    "vocabulary_size": "tokens in its vocabulary",
    "embedding_length": "values in an embedding",
    "context_length": "tokens of context",
}


@dataclass(frozen=True, slots=True)
class Served:
    """What a server says of itself; "" and None where it says nothing.

    `model` is the public name of what it serves, never a path of its host. `context` is how many
    tokens one call may take there, `slots` how many calls are worked on at once, `names` what calls
    may ask for.
    """

    server: str = ""
    build: str = ""
    model: str = ""
    context: int | None = None
    slots: int | None = None
    facts: ModelFacts = UNKNOWN
    names: tuple[str, ...] = ()

    def as_json(self) -> JsonObject:
        """For the record, without the names."""
        return {
            "server": self.server,
            "build": self.build,
            "model": self.model,
            "context": self.context,
            "slots": self.slots,
            "facts": self.facts.as_json(),
        }


async def ask_identity(upstream: Upstream) -> Served:
    """Ask the server what it serves.

    Raises:
        UpstreamUnavailable: it can't be reached, for as long as the upstream has patience.
    """
    headers = {"Authorization": f"Bearer {upstream.api_key}"} if upstream.api_key else {}
    timeout = aiohttp.ClientTimeout(total=10.0, sock_connect=5.0)
    async with aiohttp.ClientSession(headers=headers, timeout=timeout) as session:
        models = await _patiently(session, f"{upstream.address}/models", upstream.delays)
        match _server_of(models, upstream.model):
            case "llama.cpp":
                more = await _patiently(session, f"{upstream.root}/props", upstream.delays)
            case "vLLM":
                more = await _patiently(session, f"{upstream.root}/version", upstream.delays)
            case _:
                more = None
    return read_identity(upstream.model, models, more)


def read_identity(name: str, models: Json, more: Json) -> Served:
    """What the reply of `/v1/models`, and of `/props` or `/version`, say of the model `name`."""
    entry, props = _entry(models, name), more if isinstance(more, dict) else {}
    meta = _object(entry.get("meta"))
    settings = _object(props.get("default_generation_settings"))
    return Served(
        server=_server_of(models, name),
        build=_build(props),
        model=_text(entry.get("root")) or _text(entry.get("id")),
        context=_count(entry.get("max_model_len")) or _count(settings.get("n_ctx")),
        slots=_count(props.get("total_slots")),
        facts=ModelFacts(
            parameters=_count(meta.get("n_params")),
            tensor_bytes=_count(meta.get("size")),
            vocabulary_size=_count(meta.get("n_vocab")),
            embedding_length=_count(meta.get("n_embd")),
            context_length=_count(meta.get("n_ctx_train")),
        ),
        names=tuple(name for entry in _entries(models) for name in _names(entry)),
    )


def contradictions(name: str, expected: ModelFacts, served: Served) -> list[str]:
    """One sentence for each thing that can't be so if it is the catalogue's model.

    vLLM answers only to the names that it lists; others are not so strict.
    """
    found = [
        f"The model server serves a model with {ours[1]:,} {WORDS[field]}; "
        f"the catalogue's has {ours[0]:,}."
        for field, ours in _compared(expected, served.facts)
        if ours[0] != ours[1]
    ]
    if served.server == "vLLM" and name not in served.names:
        found.append("The model server serves no model of the name that the catalogue has.")
    return found


def verified(expected: ModelFacts, served: Served) -> tuple[str, ...]:
    """The facts that the server tells as the catalogue has them."""
    pairs = _compared(expected, served.facts)
    return tuple(field for field, (ours, theirs) in pairs if ours == theirs)


def _compared(expected: ModelFacts, served: ModelFacts) -> Iterator[tuple[str, tuple[int, int]]]:
    for field in fields(ModelFacts):
        ours, theirs = getattr(expected, field.name), getattr(served, field.name)
        if ours is not None and theirs is not None:
            yield field.name, (ours, theirs)


async def _patiently(
    session: aiohttp.ClientSession, address: str, delays: tuple[float, ...]
) -> Json:
    for delay in (*delays, None):
        try:
            return await _asked(session, address)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            if delay is None:
                raise UpstreamUnavailable("The model server can't be reached.") from error
            await asyncio.sleep(delay)
    raise AssertionError("The last try returns or raises.")


async def _asked(session: aiohttp.ClientSession, address: str) -> Json:
    """The reply; None from a server that has no such endpoint."""
    async with session.get(address, allow_redirects=False) as response:
        if response.status == 503:  # it loads its model
            response.raise_for_status()
        body = await _read_all(response) if response.status == 200 else b"null"
    try:
        parsed: Json = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return parsed


async def _read_all(response: aiohttp.ClientResponse) -> bytes:
    """The whole body; of one that is too long nothing."""
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > REPLY_BYTES:
            return b"null"
    return bytes(body)


def _server_of(models: Json, name: str) -> str:
    owner = _entry(models, name).get("owned_by")
    return SERVERS.get(owner, "") if isinstance(owner, str) else ""


def _entry(models: Json, name: str) -> JsonObject:
    """What is said of the model: the entry of that name, else the only one."""
    entries = _entries(models)
    named = [entry for entry in entries if name in _names(entry)]
    chosen = named or (entries if len(entries) == 1 else [])
    return chosen[0] if chosen else {}


def _entries(models: Json) -> list[JsonObject]:
    listed = _object(models).get("data")
    return (
        [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    )


def _names(entry: JsonObject) -> list[str]:
    names = [entry.get("id"), *_list(entry.get("aliases"))]
    return [name for name in names if isinstance(name, str)]


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _build(props: JsonObject) -> str:
    """A build that was made outside of a repository calls itself unknown."""
    build = _text(props.get("build_info")) or _text(props.get("version"))
    return "" if build.endswith("unknown") else build


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _text(value: Json) -> str:
    """A short, printable text that is no path of the host."""
    if not isinstance(value, str) or len(value) > LONGEST or not value.isprintable():
        return ""
    return "" if value.startswith(("/", "\\", "~", ".")) or value[1:2] == ":" else value


def _count(value: Json) -> int | None:
    return value if type(value) is int and 0 < value < 2**63 else None
