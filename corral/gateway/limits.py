"""What one gateway lets through; bytes, seconds and counts."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class GatewayLimits:
    """Limits of one gateway.

    `default_max_tokens` is taken for calls that name none: without it a call would reserve all
    that the budget has left.
    """

    body_bytes: int = MIB
    concurrency: int = 16
    default_max_tokens: int = 1024
    most_max_tokens: int = 16_384
    body_seconds: float = 15.0
    write_seconds: float = 30.0
    idle_seconds: float = 75.0
