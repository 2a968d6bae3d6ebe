"""Streams, however they are cut into pieces."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral.errors import UpstreamUnavailable
from corral.gateway.events import EventRewriter, ReasonedTooMuch
from corral.gateway.refusal import CallRefused
from corral.gateway.replies import Tokens

PATH = "/srv/weights/model.gguf"
USAGE = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}


def chunk(text: str | None = None, finish: str | None = None, **others: Any) -> dict[str, Any]:
    """One chunk of a chat."""
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    return {"id": "c1", "model": PATH, "choices": [choice], **others}


def stream_of(*chunks: Any, newline: str = "\n", compact: bool = True) -> bytes:
    """The chunks as an upstream sends them."""
    separators = (",", ":") if compact else None
    lines = [json.dumps(chunk, separators=separators) for chunk in chunks]
    return "".join(f"data: {line}{newline}{newline}" for line in [*lines]).encode()


def rewritten(raw: bytes, cuts: list[int] | None = None) -> tuple[str, EventRewriter]:
    """The texts that the project gets; the name in every chunk must be the catalogue's."""
    rewriter = EventRewriter("ours", wants_usage=False)
    rewriter.begin()
    edges = [0, *sorted(cuts or []), len(raw)]
    out = b"".join(rewriter.feed(raw[a:b]) for a, b in pairwise(edges))
    out += rewriter.end() + rewriter.tail(rewriter.tokens)
    *events, done, last = out.split(b"\n\n")
    assert (done, last) == (b"data: [DONE]", b"")
    parsed = [json.loads(event.removeprefix(b"data: ")) for event in events]
    assert all(event["model"] == "ours" for event in parsed)
    assert PATH.encode() not in out
    return "".join(event["choices"][0]["delta"]["content"] or "" for event in parsed), rewriter


@pytest.mark.parametrize("compact", [True, False])
def test_event_like_the_first_passes_with_nothing_but_its_model_replaced(compact: bool) -> None:
    rewriter = EventRewriter("ours", wants_usage=False)
    rewriter.begin()
    rewriter.feed(stream_of(chunk("one"), compact=compact))
    event = stream_of(chunk("two"), compact=compact)

    assert rewriter.feed(event) == event.replace(PATH.encode(), b"ours")


TRICKY = ['"model":"/srv/weights/model.gguf"', '"usage": {', "data: [DONE]\n\n", "é\u2028🦙\\", '"']


@given(
    st.lists(st.sampled_from(TRICKY) | st.text(max_size=9), max_size=6),
    st.lists(st.integers(0, 400), max_size=9),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_text_arrives_unchanged_however_it_is_cut(
    texts: list[str], cuts: list[int], newline: str, compact: bool
) -> None:
    texts = [text.replace(PATH, "path") for text in texts]
    raw = stream_of(
        *map(chunk, texts), chunk(finish="stop"), chunk(usage=USAGE, choices=[]), "[DONE]",
        newline=newline, compact=compact,
    ).replace(b'"[DONE]"', b"[DONE]")  # fmt: skip
    text, rewriter = rewritten(raw, [cut for cut in cuts if cut < len(raw)])

    assert text == "".join(texts)
    assert rewriter.tokens == Tokens(7, 3)


def test_usage_that_comes_with_the_last_choice_is_counted_and_removed() -> None:
    last = chunk("x", "length", usage=USAGE, timings={"cache_n": 3})
    _, rewriter = rewritten(stream_of(chunk("a"), last))

    assert rewriter.tokens == Tokens(7, 3)


def test_empty_usage_in_every_chunk_is_no_usage() -> None:
    _, rewriter = rewritten(stream_of(chunk("a", usage=None), chunk("b", "stop", usage=None)))

    assert rewriter.tokens is None


def test_comments_and_events_without_data_are_dropped() -> None:
    raw = b": ping\n\nevent: x\n\ndata: null\n\n" + stream_of(chunk("a", "stop"))

    assert rewritten(raw)[0] == "a"


@pytest.mark.parametrize("raw", [b"", b"data: {\n\n", stream_of(chunk("a")), b"data: {}\n\n"])
def test_stream_that_ends_before_its_answer_is_the_platforms_fault(raw: bytes) -> None:
    with pytest.raises(UpstreamUnavailable):
        rewritten(raw)


def test_error_before_anything_else_may_be_the_projects() -> None:
    with pytest.raises(CallRefused, match="too long"):
        rewritten(stream_of({"error": {"code": 400, "message": "too long"}}))


@pytest.mark.parametrize(
    "raw",
    [
        stream_of({"error": {"code": 500, "message": "x"}}),
        stream_of(chunk("a"), {"error": {"code": 400, "message": "x"}}),
        b'error: {"code": 500}\n\n' + stream_of(chunk("a", "stop")),
    ],
)
def test_error_in_a_stream_is_the_platforms_fault(raw: bytes) -> None:
    with pytest.raises(UpstreamUnavailable):
        rewritten(raw)


def thought(text: Any, field: str = "reasoning_content") -> dict[str, Any]:
    """A chunk of reasoning."""
    choice = {"index": 0, "delta": {field: text}, "finish_reason": None}
    return {"id": "c1", "model": PATH, "choices": [choice]}


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
@pytest.mark.parametrize("compact", [True, False])
@pytest.mark.parametrize(
    ("texts", "tokens"),
    [
        (["one"], 1),
        (["one", " two", "\n"], 3),
        (['say "so"'], 1),
        (["x" * 16, "x" * 17], 3),
        (["x" * 160], 10),
        (["", None], 0),
    ],
)
def test_shown_reasoning_is_counted(
    texts: list[Any], tokens: int, field: str, compact: bool
) -> None:
    rewriter = EventRewriter("ours", wants_usage=False)
    rewriter.begin()
    rewriter.feed(stream_of(*[thought(text, field) for text in texts], compact=compact))

    assert rewriter.reasoned == tokens


@pytest.mark.parametrize(
    "text", ['"reasoning_content":"x"', 'so: \\"reasoning":"x"', '{"reasoning": "x"}']
)
def test_answer_that_speaks_of_reasoning_is_none(text: str) -> None:
    answer, rewriter = rewritten(stream_of(chunk(text), chunk("", "stop")))

    assert (answer, rewriter.reasoned) == (text, 0)


@given(st.lists(st.integers(1, 900), max_size=9), st.integers(1, 12))
def test_no_more_reasoning_passes_than_may_however_it_is_cut(cuts: list[int], most: int) -> None:
    raw = stream_of(*[thought(f"t{number}") for number in range(20)])
    rewriter = EventRewriter("ours", wants_usage=False, most_reasoning=most)
    rewriter.begin()
    out: list[bytes] = []
    edges = [0, *sorted(cuts), len(raw)]
    with pytest.raises(ReasonedTooMuch):
        out.extend(rewriter.feed(raw[a:b]) for a, b in pairwise(edges))

    assert b"".join(out).count(b"reasoning_content") <= most


def test_reasoning_that_only_the_usage_tells_of_is_found_at_the_end() -> None:
    details = {**USAGE, "completion_tokens_details": {"reasoning_tokens": 3}}
    rewriter = EventRewriter("ours", wants_usage=False, most_reasoning=2)
    rewriter.begin()
    rewriter.feed(stream_of(chunk("a", "stop"), chunk(usage=details)))

    with pytest.raises(ReasonedTooMuch):
        rewriter.end()
