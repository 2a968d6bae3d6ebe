"""What a track says of every call to the model: the part of a policy that the gateway enforces."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from corral.errors import PolicyRefused
from corral.gateway import checks
from corral.gateway.checks import Check
from corral.json_types import JsonObject

MOST = 2**31 - 1
MOST_SEED = 2**31 - 1  # what every server takes
MOST_CONCURRENCY = 256


class Reasoning(StrEnum):
    """Whether a model may think before it answers."""

    ALLOWED = "allowed"
    CAPPED = "capped"  # at most `reasoning_tokens` a call
    FORBIDDEN = "forbidden"


_CHECKS: Mapping[str, Check] = {
    "temperature": checks.number(0, 2),
    "seed": checks.whole(0, MOST_SEED),
    "context_tokens": checks.whole(1, MOST),
    "tools": checks.boolean,
    "reasoning_tokens": checks.whole(1, MOST),
    "concurrency": checks.whole(1, MOST_CONCURRENCY),
    "calls_per_minute": checks.whole(1, MOST),
}
_REQUIRED = frozenset({"tools", "concurrency"})


@dataclass(frozen=True, slots=True)
class CallRules:
    """Rules for all calls of a run; the defaults leave everything to the project.

    `temperature` and `seed`, where set, replace what a call asks for. `context_tokens` bounds a
    call's prompt and answer together; `reasoning_tokens` is a cap for `Reasoning.CAPPED`.
    `concurrency` counts calls at once, `calls_per_minute` those begun (None: as many as it likes).

    Raises:
        PolicyRefused: a value breaks its rule.
    """

    temperature: float | None = None
    seed: int | None = None
    context_tokens: int | None = None
    tools: bool = True
    reasoning: Reasoning = Reasoning.ALLOWED
    reasoning_tokens: int | None = None
    concurrency: int = 16
    calls_per_minute: int | None = None

    def __post_init__(self) -> None:
        for name, check in _CHECKS.items():
            value = getattr(self, name)
            missing = value is None and name not in _REQUIRED
            if not missing and (broken := check(value)):
                raise PolicyRefused(f"'{name}' {broken}.")
        if (self.reasoning is Reasoning.CAPPED) != (self.reasoning_tokens is not None):
            raise PolicyRefused("'reasoning_tokens' goes with capped reasoning, and only with it.")

    def as_json(self) -> JsonObject:
        """For storage; `from_json` is its inverse."""
        return {**asdict(self), "reasoning": self.reasoning.value}

    @classmethod
    def from_json(cls, stored: JsonObject) -> "CallRules":
        """Rules as they were stored; what is not there is left to the project.

        Raises:
            PolicyRefused: they are no rules.
        """
        values: dict[str, Any] = dict(stored)
        if unknown := values.keys() - cls.__dataclass_fields__.keys():
            raise PolicyRefused(f"'{min(unknown)}' is no rule for calls.")
        try:
            values["reasoning"] = Reasoning(values.get("reasoning", Reasoning.ALLOWED))
        except ValueError:
            raise PolicyRefused(f"'reasoning' must be one of {', '.join(Reasoning)}.") from None
        return cls(**values)
