"""Streams, rewritten event by event; most events pass with one replacement of bytes."""

import json
import re
from dataclasses import replace

from corral.errors import UpstreamUnavailable
from corral.gateway.order import encoded
from corral.gateway.rejection import rejection
from corral.gateway.replies import KEPT, Tokens, added, as_event, build_of, tokens_of
from corral.json_types import Json, JsonObject

EVENT_BYTES = 4 * 1024 * 1024
# Inside a JSON string the quotes would be escaped, so these are keys. What has them is looked at.
_SPECIAL = re.compile(rb'"(?:usage|timings|error|finish_reason|__verbose)"\s*:\s*+(?!null)')
_REASONING = re.compile(rb'"reasoning(?:_content)?"\s*:\s*+"((?:[^"\\]|\\.)++)"')
TOKEN_BYTES = 16  # hardly any token is longer, so an event that is has several
_DONE = b"data: [DONE]\n\n"
_FAILED = "The model server failed mid-answer."
_KNOWN = KEPT | {"model", "usage", "timings"}


class ReasonedTooMuch(Exception):
    """A stream has more reasoning than its call may have; what it says from there on is lost."""


class EventRewriter:
    """Rewrites the streams of a call's choices, one stream after another, into one.

    From the event that ends a choice on everything is held back until that stream is over: so the
    call is settled before the project can know that it has ended.
    """

    def __init__(self, model: str, *, wants_usage: bool, most_reasoning: int | None = None) -> None:
        self.delivered = 0  # events that carried something to the project
        self.reasoned = 0  # tokens of reasoning, as far as events tell
        self._reasoned_here = 0  # those of this stream
        self._most_reasoning = most_reasoning
        self._model = model
        self._wants_usage = wants_usage
        self._choice = -1
        self._buffer = b""
        self._held = b""
        self._finished = False
        self.done = False
        self._frame: JsonObject = {}
        self._tokens: list[Tokens | None] = []
        self._needle: bytes | None = None  # the model's name as this stream spells it
        self._replacement = b""

    def begin(self) -> None:
        """The stream of the next choice follows."""
        self._choice += 1
        self._reasoned_here = 0
        self._buffer = b""
        self._held = b""
        self._finished = False
        self.done = False
        self._needle = None
        self._tokens.append(None)

    def feed(self, piece: bytes) -> bytes:
        """What the project gets of the next piece of a stream.

        Raises:
            CallRefused: the call is wrong, as the server found before it answered anything.
            UpstreamUnavailable: the server failed.
            ReasonedTooMuch: it goes on reasoning.
        """
        *events, self._buffer = (self._buffer + piece).replace(b"\r\n", b"\n").split(b"\n\n")
        if len(self._buffer) > EVENT_BYTES:
            raise UpstreamUnavailable("The model server's stream has no end of event.")
        self._check_reasoning(events)
        out = b"".join([self._event(event) for event in events])
        if self._finished:
            self._held += out
            return b""
        return out

    def end(self) -> bytes:
        """The stream is over: what was held back.

        Raises:
            UpstreamUnavailable: it ended before its choice did.
            ReasonedTooMuch: so the server's usage says, though it did not show it.
        """
        if not (self.done or self._finished):
            raise UpstreamUnavailable("The model server died mid-answer.")
        last = self._tokens[-1]
        if self._most_reasoning is not None and last and last.reasoning > self._most_reasoning:
            raise ReasonedTooMuch
        return self._held

    @property
    def tokens(self) -> Tokens | None:
        """What all streams used, None if the server did not say.

        Where it does not count the reasoning that it shows, events tell.
        """
        total = added(self._tokens)
        if total is None or total.reasoning or not self.reasoned:
            return total
        return replace(total, reasoning=min(self.reasoned, total.completion))

    @property
    def build(self) -> str:
        """What the model server's first event said of its build."""
        return build_of(self._frame)

    def tail(self, tokens: Tokens | None) -> bytes:
        """The end of the whole: the usage if it was asked for, and [DONE]."""
        if not self._wants_usage or tokens is None:
            return _DONE
        usage: Json = tokens.as_json()
        return as_event({**self._frame, "choices": [], "usage": usage}) + _DONE

    def cut(self) -> bytes:
        """The end of a choice that is cut where it is."""
        choice: Json = {"index": self._choice, "delta": {}, "finish_reason": "length"}
        return as_event({**self._frame, "choices": [choice]})

    def _check_reasoning(self, events: list[bytes]) -> None:
        tokens = sum(_thought_tokens(event) for event in events if b'"reasoning' in event)
        self.reasoned += tokens
        self._reasoned_here += tokens
        if self._most_reasoning is not None and self._reasoned_here > self._most_reasoning:
            raise ReasonedTooMuch

    def _event(self, event: bytes) -> bytes:
        if self._needle and self._needle in event and not _SPECIAL.search(event):
            self.delivered += 1
            return event.replace(self._needle, self._replacement) + b"\n\n"
        if event.startswith(b"error:"):  # how older servers of llama.cpp say it
            raise UpstreamUnavailable(_FAILED)
        payload = b"\n".join(
            line[5:].strip() for line in event.split(b"\n") if line.startswith(b"data:")
        )
        if payload == b"[DONE]":
            self.done = True
            return b""
        return self._chunk(event, payload) if payload else b""

    def _chunk(self, event: bytes, payload: bytes) -> bytes:
        """A chunk that must be looked at."""
        try:
            chunk: Json = json.loads(payload)
        except (ValueError, RecursionError):
            raise UpstreamUnavailable("The model server's stream is not JSON.") from None
        if not isinstance(chunk, dict):
            return b""
        self._check_error(chunk)
        self._count(chunk)
        self._learn(event, chunk)
        return self._rewritten(chunk)

    def _check_error(self, chunk: JsonObject) -> None:
        match chunk.get("error"):
            case {"code": int(code)} if 400 <= code < 429 and not self.delivered:
                raise rejection(400, encoded(chunk), {})
            case None:
                return
            case _:
                raise UpstreamUnavailable(_FAILED)

    def _count(self, chunk: JsonObject) -> None:
        if (tokens := tokens_of(chunk.get("usage"))) is not None:
            self._tokens[-1] = tokens

    def _learn(self, event: bytes, chunk: JsonObject) -> None:
        """Let later events of this shape pass with one replacement, if that is all they need."""
        name = chunk.get("model")
        if self._needle or self._choice or not isinstance(name, str) or chunk.keys() - _KNOWN:
            return
        for colon in (b":", b": "):
            needle = b'"model"' + colon + encoded(name)
            if event.count(needle) == 1:
                self._needle = needle
                self._replacement = b'"model"' + colon + encoded(self._model)

    def _rewritten(self, chunk: JsonObject) -> bytes:
        if not self._frame:
            kept = {key: value for key, value in chunk.items() if key in KEPT}
            self._frame = {**kept, "model": self._model}
        match chunk.get("choices"):
            case [dict(choice), *_]:
                self._finished |= choice.get("finish_reason") is not None
                self.delivered += 1
                return as_event({**self._frame, "choices": [{**choice, "index": self._choice}]})
            case _:
                return b""


def _thought_tokens(event: bytes) -> int:
    """Tokens of reasoning in an event: one, or more where it is long; none where there is none."""
    thought = _REASONING.search(event)
    return 0 if thought is None else 1 + (len(thought[1]) - 1) // TOKEN_BYTES
