"""The one object that says what a run may do, and its digest for the record."""

import hashlib
from dataclasses import asdict, dataclass
from typing import Any

import rfc8785

from corral.gateway.rules import CallRules, Reasoning
from corral.json_types import JsonObject
from corral.sandbox.limits import Limits


@dataclass(frozen=True, slots=True)
class Policy:
    """Limits of a run: seconds, tokens and calls.

    `model` is the catalogue's name of the model, `model_sha256` the digest of its weights in hex,
    empty where the catalogue does not know it.
    """

    model: str
    model_sha256: str = ""
    limits: Limits = Limits()
    task_seconds: float = 30.0
    token_budget: int = 200_000
    call_budget: int = 2_000
    max_restarts: int = 10
    max_concurrency: int = 16
    rules: CallRules = CallRules()

    def digest(self) -> str:
        """SHA-256 of the policy's canonical JSON (RFC 8785), in hex."""
        return hashlib.sha256(rfc8785.dumps(self.as_json())).hexdigest()

    def as_json(self) -> JsonObject:
        """For storage; `from_json` is its inverse."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: JsonObject) -> "Policy":
        """A policy as it was stored."""
        values: dict[str, Any] = dict(stored)
        values["limits"] = Limits(**values["limits"])
        rules: dict[str, Any] = dict(values.get("rules", {}))
        rules["reasoning"] = Reasoning(rules.get("reasoning", Reasoning.ALLOWED))
        values["rules"] = CallRules(**rules)
        return cls(**values)
