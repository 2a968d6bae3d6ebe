"""A recorded ledger as answers: what a model server replied, and to what."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from corral.gateway.ledger import Call, Entry
from corral.gateway.metering import LEFT_BY_CLIENT
from corral.gateway.order import Endpoint, encoded
from corral.gateway.refusal import CallRefused, CountedRefusal
from corral.gateway.replies import Tokens, as_bytes, as_event, parsed
from corral.json_types import JsonObject

_DONE = b"data: [DONE]\n\n"
_EMBEDDINGS = f"/v1{Endpoint.EMBEDDINGS.value}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one request got: a body, or the refusal of the call. `most` is its max_tokens."""

    most: int
    body: bytes
    refusal: CallRefused | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A request, but for its max_tokens: near a budget's end an answer's length is chance.

    `key` is the SHA-256 of the rest, in hex.
    """

    key: str
    most: int


class Recording:
    """The answers of recorded calls, in the order of recording for equal requests.

    Calls that have no whole answer (the project left, the platform failed) or whose bodies were
    not kept are not among them.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.model = ""  # as the model server knows it
        answers: defaultdict[str, list[Answer]] = defaultdict(list)
        for entry in entries:
            for key, answer in self._answers_of(entry):
                answers[key].append(answer)
        self.answers: Mapping[str, Sequence[Answer]] = dict(answers)

    def _answers_of(self, entry: Entry) -> Iterator[tuple[str, Answer]]:
        call = entry.call
        if (
            entry.request is None
            or entry.response is None
            or not 200 <= call.status < LEFT_BY_CLIENT
        ):
            return
        for choice, payload in enumerate(entry.request.split(b"\n")):
            question = question_of(call.path, payload)
            self.model = self.model or _model_of(payload)
            if call.status == 200:
                body = _reply_to(call, entry.response, choice)
                yield question.key, Answer(question.most, body)
            else:
                refusal = _refusal_of(call, entry.response)
                yield question.key, Answer(question.most, b"", refusal)


def question_of(path: str, payload: bytes) -> Question:
    """What a request asks, for finding its answer."""
    body = parsed(payload)
    if not isinstance(body, dict):
        return Question(hashlib.sha256(payload).hexdigest(), 0)
    most = body.pop("max_tokens", 0)
    key = hashlib.sha256(path.encode() + b"\n" + encoded(body)).hexdigest()
    return Question(key, most if isinstance(most, int) else 0)


def _model_of(payload: bytes) -> str:
    body = parsed(payload)
    return str(body.get("model", "")) if isinstance(body, dict) else ""


def _reply_to(call: Call, response: bytes, choice: int) -> bytes:
    """The model server's reply for one choice, remade of what the project got."""
    tokens = Tokens(call.prompt_tokens, call.completion_tokens, call.reasoning_tokens)
    usage = (tokens if choice == 0 else Tokens(call.prompt_tokens, 0)).as_json()
    if response.startswith(b"data: "):
        return b"".join(_events_of(response, choice, usage))
    reply = parsed(response)
    if not isinstance(reply, dict):
        return response
    if call.path == _EMBEDDINGS:
        return as_bytes({**reply, "usage": usage, "system_fingerprint": call.build})
    choices = reply.get("choices")
    mine = choices[choice : choice + 1] if isinstance(choices, list) else []
    return as_bytes({**reply, "choices": mine, "usage": usage})


def _events_of(response: bytes, choice: int, usage: JsonObject) -> Iterator[bytes]:
    for event in response.split(b"\n\n"):
        match parsed(event.removeprefix(b"data: ")):
            case {"choices": [{"index": int(index)}, *_]} if index == choice:
                yield event + b"\n\n"
    yield as_event({"choices": [], "usage": usage})
    yield _DONE


def _refusal_of(call: Call, response: bytes) -> CallRefused:
    """The error that the project was told, at the end of a stream or as the whole reply."""
    told = parsed(response.rstrip().rpartition(b"\n\n")[2].removeprefix(b"data: "))
    error = told.get("error") if isinstance(told, dict) else None
    error = error if isinstance(error, dict) else {}
    message, code = str(error.get("message")), error.get("code")
    tokens = Tokens(call.prompt_tokens, call.completion_tokens, call.reasoning_tokens)
    return CountedRefusal(
        call.status, message, code=code if isinstance(code, str) else None, tokens=tokens
    )
