"""A judging model that an upstream serves, asked as scorers ask one."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass

from corral.errors import PlatformError, UpstreamUnavailable
from corral.gateway.refusal import CallRefused
from corral.gateway.upstream import Upstream, UpstreamClient
from corral.json_types import Json
from corral.scorers.help import Message

MAX_TOKENS = 1024
SEED = 0


@dataclass(frozen=True, slots=True)
class UpstreamJudge:
    """A `JudgingModel`; `seconds` bounds one answer, with all tries at getting it.

    It is asked as deterministically as servers allow: temperature 0, one seed, no sampling.
    """

    name: str
    sha256: str
    upstream: Upstream
    seconds: float = 180.0

    async def complete(self, messages: Sequence[Message]) -> str:
        """What it answers, at most 1,024 tokens.

        Raises:
            PlatformError: it can't be asked, refuses, or answers with no text.
        """
        try:
            async with (
                asyncio.timeout(self.seconds),
                UpstreamClient(self.upstream, connections=1) as client,
            ):
                body = await client.ask("/chat/completions", self._call(messages))
        except CallRefused as refused:
            raise PlatformError(f"The judging model {self.name} refuses: {refused}") from refused
        except TimeoutError as late:
            raise UpstreamUnavailable(f"The judging model {self.name} is too slow.") from late
        except UpstreamUnavailable as away:
            raise UpstreamUnavailable(f"The judging model {self.name}: {away}") from away
        return self._text(body)

    def _call(self, messages: Sequence[Message]) -> bytes:
        call = {
            "model": self.upstream.model,
            "messages": [{"role": one.role, "content": one.content} for one in messages],
            "temperature": 0,
            "seed": SEED,
            "max_tokens": MAX_TOKENS,
        }
        return json.dumps(call).encode()

    def _text(self, body: bytes) -> str:
        try:
            reply: Json = json.loads(body)
        except (ValueError, RecursionError):
            reply = None
        match reply:
            case {"choices": [{"message": {"content": str(text)}}, *_]}:
                return text
            case _:
                raise PlatformError(f"The judging model {self.name} answered with no text.")
