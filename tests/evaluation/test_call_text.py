"""Calls in words: what was asked and answered, whatever the bodies hold."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.call_text import answered_text, asked_text, requests_of


def body(value: Any) -> bytes:
    return json.dumps(value).encode()


def asked(value: Any) -> str:
    return asked_text(requests_of(body(value), "llama"))


def events(*values: Any) -> bytes:
    return b"".join(b"data: " + body(value) + b"\n\n" for value in values) + b"data: [DONE]\n\n"


def delta(text: str, index: int = 0) -> dict[str, Any]:
    return {"choices": [{"index": index, "delta": {"content": text}}]}


def test_messages_come_first_and_then_the_other_fields() -> None:
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "1 + 1?"},
        {"role": "tool", "content": "2", "tool_call_id": "c1"},
    ]
    assert asked({"model": "/srv/m.gguf", "messages": messages, "seed": 7}) == (
        "system: Be brief.\n\nuser: 1 + 1?\n\n"
        'tool: 2 {"tool_call_id": "c1"}\n\n{"model": "llama", "seed": 7}'
    )


def test_prompt_of_a_completion() -> None:
    assert asked({"model": "x", "prompt": "Once"}) == 'Once\n\n{"model": "llama"}'


def test_name_of_the_model_on_its_host_is_never_told() -> None:
    several = body({"model": "/srv/m.gguf", "seed": 1}) + b"\n" + body({"model": "/srv/m.gguf"})

    found = requests_of(several, "llama")

    assert found == [{"model": "llama", "seed": 1}, {"model": "llama"}]


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (body({"choices": [{"index": 0, "message": {"content": "Paris"}}]}), "Paris"),
        (body({"choices": [{"index": 0, "text": "Paris"}]}), "Paris"),
        (
            body({"choices": [{"message": {"reasoning_content": "Hm. ", "content": "Paris"}}]}),
            "Hm. Paris",
        ),
        (
            body({"choices": [{"message": {"content": None, "tool_calls": [{"id": "c1"}]}}]}),
            '[{"id": "c1"}]',
        ),
        (events(delta("Pa"), delta("ris"), {"choices": []}), "Paris"),
        (events(delta("a", 0), delta("b", 1), delta("c", 0)), "ac\n\nb"),
        (body({"error": {"message": "No."}}), '{"error": {"message": "No."}}'),
        (b"\xff", "\ufffd"),
        (b"", ""),
    ],
)
def test_answer_is_what_the_model_said(reply: bytes, text: str) -> None:
    assert answered_text(reply) == text


def test_what_is_not_kept_has_no_text() -> None:
    assert requests_of(None, "llama") is None
    assert (asked_text(None), answered_text(None)) == ("", "")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["messages", "choices", "message", "delta", "content", "index"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(value=JSON, raw=st.binary(max_size=40), streamed=st.booleans())
def test_any_body_has_a_text(value: Any, raw: bytes, streamed: bool) -> None:
    assert isinstance(answered_text(events(value) if streamed else body(value)), str)
    assert isinstance(answered_text(raw), str)
    assert isinstance(asked(value), str)
    assert isinstance(asked_text(requests_of(raw, "llama")), str)
