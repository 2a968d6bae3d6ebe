"""What a track says of every call to the model: the part of a policy that the gateway enforces."""

from dataclasses import dataclass
from enum import StrEnum


class Reasoning(StrEnum):
    """Whether a model may think before it answers."""

    ALLOWED = "allowed"
    CAPPED = "capped"  # at most `reasoning_tokens` a call
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class CallRules:
    """Rules for all calls of a run; the defaults leave everything to the project.

    `temperature` and `seed`, where set, replace what a call asks for. `context_tokens` bounds a
    call's prompt and answer together; `reasoning_tokens` is a cap for `Reasoning.CAPPED`.
    `concurrency` counts calls at once, `calls_per_minute` those begun (None: as many as it likes).
    """

    temperature: float | None = None
    seed: int | None = None
    context_tokens: int | None = None
    tools: bool = True
    reasoning: Reasoning = Reasoning.ALLOWED
    reasoning_tokens: int | None = None
    concurrency: int = 16
    calls_per_minute: int | None = None
