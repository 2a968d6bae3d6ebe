"""The shapes of a model server's replies, in llama-server's manner."""

import base64
import hashlib
import json
import math
import struct
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

BUILD = "fake-1"
DIMENSIONS = 8


class Reply:
    """What one call is answered with."""

    def __init__(self, model: str, body: dict[str, Any]) -> None:
        self.body = body
        self.head = {
            "id": "chatcmpl-fake",
            "created": int(time.time()),
            "model": model,
            "system_fingerprint": BUILD,
        }


class Shape(Reply, ABC):
    """An answer in words."""

    kind = ""
    chunk = ""

    def __init__(self, model: str, body: dict[str, Any]) -> None:
        super().__init__(model, body)
        self.finish = "stop"
        self.called: list[dict[str, Any]] = []  # deltas of a call of a function

    def call(self, order: str | None) -> None:
        """Call a function instead of answering, where the call offers any."""

    def limited(self, answer: str) -> str:
        """The answer up to the first of the texts that stop it."""
        stop = self.body.get("stop") or []
        for text in stop if isinstance(stop, list) else [stop]:
            answer = answer.partition(text)[0]
        return answer

    @abstractmethod
    def text(self, thoughts: str, text: str) -> dict[str, Any]:
        """The whole answer, as a choice has it."""

    @abstractmethod
    def delta(self, text: str | None) -> dict[str, Any]:
        """A piece of the answer."""

    @abstractmethod
    def thought(self, text: str) -> dict[str, Any]:
        """A piece of the reasoning."""

    def whole(
        self, thoughts: str, text: str, finish: str, usage: dict[str, Any] | None
    ) -> dict[str, Any]:
        choice = {"index": 0, "finish_reason": finish, **self.text(thoughts, text)}
        reply = {**self.head, "object": self.kind, "choices": [choice], "timings": {"cache_n": 31}}
        return reply if usage is None else {**reply, "usage": usage}

    def piece(self, delta: dict[str, Any]) -> dict[str, Any]:
        choice = {"index": 0, "finish_reason": None, **delta}
        return {"choices": [choice], **self.head, "object": self.chunk}

    def ending(self, finish: str, usage: dict[str, Any] | None) -> Iterator[dict[str, Any]]:
        choice = {"index": 0, "finish_reason": finish, **self.delta(None)}
        yield {"choices": [choice], **self.head, "object": self.chunk}
        if usage is not None:
            yield {"choices": [], **self.head, "object": self.chunk, "usage": usage}


class ChatShape(Shape):
    kind = "chat.completion"
    chunk = "chat.completion.chunk"

    def call(self, order: str | None) -> None:
        if order and self.body.get("tools"):
            name, _, arguments = order.partition(" ")
            function = {"name": name, "arguments": arguments}
            call = {"index": 0, "id": "call_1", "type": "function", "function": function}
            self.called = [{"delta": {"tool_calls": [call]}}]
            self.finish = "tool_calls"

    def limited(self, answer: str) -> str:
        if self.called:
            return ""
        answer = super().limited(answer)
        wanted = self.body.get("response_format", {"type": "text"})
        return answer if wanted["type"] == "text" else f'{{"answer":{json.dumps(answer)}}}'

    def text(self, thoughts: str, text: str) -> dict[str, Any]:
        thought = {"reasoning_content": thoughts} if thoughts else {}
        message: dict[str, Any] = {"role": "assistant", **thought, "content": text}
        for piece in self.called:
            message |= {"content": None, **piece["delta"]}
        return {"message": message, **self._logprobs(text.split())}

    def _logprobs(self, words: list[str]) -> dict[str, Any]:
        if not self.body.get("logprobs"):
            return {}
        few = self.body.get("top_logprobs", 0)
        return {"logprobs": {"content": [_chance(word, few) for word in words]}}

    def delta(self, text: str | None) -> dict[str, Any]:
        if text is None:
            return {"delta": {}}
        return {"delta": {"content": text}, **self._logprobs([text])}

    def thought(self, text: str) -> dict[str, Any]:
        return {"delta": {"reasoning_content": text}}


class TextShape(Shape):
    kind = "text_completion"
    chunk = "text_completion"

    def text(self, thoughts: str, text: str) -> dict[str, Any]:
        return {"text": thoughts + text, "logprobs": None}

    def delta(self, text: str | None) -> dict[str, Any]:
        return {"text": text or "", "logprobs": None}

    def thought(self, text: str) -> dict[str, Any]:
        return self.delta(text)


class EmbeddingShape(Reply):
    """Vectors that only depend on their text."""

    def of(self, texts: list[str], tokens: int) -> dict[str, Any]:
        data = [
            {"object": "embedding", "index": index, "embedding": self._vector(text)}
            for index, text in enumerate(texts)
        ]
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        return {**self.head, "object": "list", "data": data, "usage": usage}

    def _vector(self, text: str) -> list[float] | str:
        numbers = vector_of(text, self.body.get("dimensions", DIMENSIONS))
        if self.body.get("encoding_format") == "base64":
            return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()
        return numbers


def vector_of(text: str, dimensions: int) -> list[float]:
    """A vector of whole numbers, which any encoding keeps."""
    return [float(byte) for byte in hashlib.sha256(text.encode()).digest()[:dimensions]]


def _chance(word: str, few: int) -> dict[str, Any]:
    chance: dict[str, Any] = {"token": word, "logprob": math.log(0.5), "bytes": [*word.encode()]}
    return {**chance, "top_logprobs": [chance] * few}


def spaced(words: list[str]) -> list[str]:
    return [word if number == 0 else f" {word}" for number, word in enumerate(words)]


def usage_of(prompt: int, completion: int) -> dict[str, Any]:
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": 5},
    }
