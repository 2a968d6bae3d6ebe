"""Serves a recorded ledger in the place of a model server; never for a first scored run."""

from collections.abc import Mapping

from corral.errors import UpstreamUnavailable
from corral.gateway.recording import Answer, Recording, question_of
from corral.gateway.upstream import Upstream

_UNRECORDED = "This call was not recorded, so a replay can't answer it."


class Replay:
    """A client like UpstreamClient that asks nobody.

    A request gets the answer that was recorded for it, and equal requests those of equal ones in
    their order; an answer that was longer than the request allows is none for it.
    """

    def __init__(self, recording: Recording) -> None:
        self.upstream = Upstream(base_url="http://replay.invalid/v1", model=recording.model)
        self._left: Mapping[str, list[Answer]] = {
            key: list(answers) for key, answers in recording.answers.items()
        }

    async def __aenter__(self) -> "Replay":
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    def knows(self, path: str, payload: bytes) -> bool:
        """Whether there is an answer left."""
        question = question_of(f"/v1{path}", payload)
        return any(answer.most <= question.most for answer in self._left.get(question.key, []))

    async def ask(self, path: str, payload: bytes) -> bytes:
        """The recorded reply.

        Raises:
            CallRefused: the call was refused.
            UpstreamUnavailable: it was not recorded.
        """
        answer = self._taken(path, payload)
        if answer.refusal is not None:
            raise answer.refusal
        return answer.body

    async def stream(self, path: str, payload: bytes) -> "ReplayedStream":
        """The recorded reply, in one piece.

        Raises:
            CallRefused, UpstreamUnavailable: as `ask`.
        """
        return ReplayedStream(await self.ask(path, payload))

    async def ask_root(self, path: str, payload: bytes) -> bytes | None:
        """None: a recording has no tokenizer."""
        return None

    def _taken(self, path: str, payload: bytes) -> Answer:
        question = question_of(f"/v1{path}", payload)
        left = self._left.get(question.key, [])
        for position, answer in enumerate(left):
            if answer.most <= question.most:
                return left.pop(position)
        raise UpstreamUnavailable(_UNRECORDED)


class ReplayedStream:
    """A whole reply, as a stream."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def read(self) -> bytes:
        """All of it, then nothing."""
        body, self._body = self._body, b""
        return body

    async def recycle(self) -> None:
        """Nothing is kept open."""

    def close(self) -> None:
        """Nothing is under way."""
