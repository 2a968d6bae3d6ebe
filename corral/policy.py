"""The one object that says what a run may do, and its digest for the record."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import rfc8785

from corral.errors import PolicyRefused
from corral.gateway import checks
from corral.gateway.checks import Check
from corral.gateway.rules import CallRules
from corral.json_types import JsonObject
from corral.sandbox.limits import Limits

MOST = 2**53 - 1  # of what JSON keeps exactly
_CHECKS: Mapping[str, Check] = {
    "task_seconds": checks.number(0.001, 86_400),
    "token_budget": checks.whole(0, MOST),
    "call_budget": checks.whole(0, MOST),
    "max_restarts": checks.whole(0, 1000),
    "max_concurrency": checks.whole(1, 1000),
}


@dataclass(frozen=True, slots=True)
class Policy:
    """Limits of a run: seconds, tokens and calls.

    `model` is the catalogue's name of the model, `model_sha256` the digest of its weights in hex,
    empty where the catalogue does not know it.

    Raises:
        PolicyRefused: a value breaks its rule.
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

    def __post_init__(self) -> None:
        for name, check in _CHECKS.items():
            if broken := check(getattr(self, name)):
                raise PolicyRefused(f"'{name}' {broken}.")

    def digest(self) -> str:
        """SHA-256 of the policy's canonical JSON (RFC 8785), in hex."""
        return hashlib.sha256(rfc8785.dumps(self.as_json())).hexdigest()

    def as_json(self) -> JsonObject:
        """For storage; `from_json` is its inverse."""
        return {**asdict(self), "rules": self.rules.as_json()}

    @classmethod
    def from_json(cls, stored: JsonObject) -> "Policy":
        """A policy as it was stored.

        Raises:
            PolicyRefused: a value breaks its rule.
        """
        values: dict[str, Any] = dict(stored)
        values["limits"] = Limits(**values["limits"])
        values["rules"] = CallRules.from_json(values.get("rules", {}))
        return cls(**values)
