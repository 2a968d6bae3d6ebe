"""Where a model is served, and whether what is served there is the catalogue's model."""

import os
from dataclasses import dataclass, replace

from asgiref.sync import async_to_sync
from django.conf import settings

from catalogue.models import LanguageModel
from catalogue.text import served_text
from corral.errors import PlatformError
from corral.gateway.identity import Served, ask_identity, contradictions, verified
from corral.gateway.upstream import Upstream
from corral.json_types import JsonObject
from corral.weights.facts import UNKNOWN, ModelFacts


@dataclass(frozen=True, slots=True)
class Checked:
    """What a server says, which facts agree with the catalogue, and what can't be so.

    `comparable` says that the catalogue has any facts.
    """

    served: Served
    verified: tuple[str, ...]
    contradictions: tuple[str, ...]
    comparable: bool

    @property
    def text(self) -> str:
        """One line about it."""
        return served_text(self.as_json())

    def as_json(self) -> JsonObject:
        """For the record."""
        return {
            **self.served.as_json(),
            "verified": list(self.verified),
            "contradictions": list(self.contradictions),
            "comparable": self.comparable,
        }


def upstream_of(model: LanguageModel) -> Upstream:
    """Where the model is served.

    Raises:
        PlatformError: neither the catalogue nor LLAMA_UPSTREAM says where, or its key is missing.
    """
    name = model.upstream_name or model.slug
    if model.upstream:  # the platform's key is for the platform's upstream alone
        return Upstream(base_url=model.upstream, model=name, api_key=_key(model))
    if not settings.LLAMA_UPSTREAM:
        raise PlatformError(f"Nobody serves {model.slug}: set LLAMA_UPSTREAM or its upstream.")
    return Upstream(
        base_url=settings.LLAMA_UPSTREAM, model=name, api_key=settings.LLAMA_UPSTREAM_KEY or None
    )


async def check_served(upstream: Upstream, expected: ModelFacts) -> Checked:
    """Ask a server what it serves, and compare.

    Raises:
        PlatformError: it can't be reached, for as long as the upstream has patience.
    """
    served = await ask_identity(upstream)
    return Checked(
        served=served,
        verified=verified(expected, served),
        contradictions=tuple(contradictions(upstream.model, expected, served)),
        comparable=expected != UNKNOWN,
    )


def check_upstream(*, model: LanguageModel) -> Checked:
    """Ask the model's server, once, what it serves, and compare.

    Raises:
        PlatformError: nobody serves it, or the server can't be reached.
    """
    upstream = replace(upstream_of(model), delays=())
    return async_to_sync(check_served)(upstream, model.facts)


def _key(model: LanguageModel) -> str | None:
    if not model.upstream_key:
        return None
    if not (key := os.environ.get(model.upstream_key)):
        raise PlatformError(f"{model.upstream_key} is not set: it holds the key for {model.slug}.")
    return key
