"""What one gateway lets through; bytes, seconds and counts."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class GatewayLimits:
    """Limits of one gateway.

    `default_max_tokens` is taken for calls that name none: without it a call would reserve all
    that the budget has left. `header_seconds` bounds a request's head from its first byte on,
    `idle_seconds` the time without a request, `most_connections` those of one socket at once.
    """

    body_bytes: int = MIB
    concurrency: int = 16
    default_max_tokens: int = 1024
    most_max_tokens: int = 16_384
    most_connections: int = 512
    header_seconds: float = 10.0
    body_seconds: float = 15.0
    write_seconds: float = 30.0
    idle_seconds: float = 75.0
