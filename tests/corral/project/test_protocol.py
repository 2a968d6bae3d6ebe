import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral.project.protocol import Answer, BadLine, decode_answer, encode_task

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
floats = st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | st.integers(-(10**50), 10**50) | texts | floats
outputs = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4)
)


def test_task_is_one_ascii_line() -> None:
    line = encode_task("a", {"input": "é\n\u2028", "n": 1})
    assert line == b'{"id":"a","input":{"input":"\\u00e9\\n\\u2028","n":1}}\n'


def test_task_with_nan() -> None:
    with pytest.raises(ValueError, match="Out of range"):
        encode_task("a", {"x": float("nan")})


@given(texts, outputs)
def test_answer_comes_back_as_written(key: str, output: object) -> None:
    line = json.dumps({"id": key, "output": output}).encode()
    assert decode_answer(line + b"\n") == Answer(key, output)  # type: ignore[arg-type]


def test_answer_with_more_fields_is_taken() -> None:
    assert decode_answer(b'{"id": "a", "output": 1, "why": "x"}\r\n') == Answer("a", 1)


@pytest.mark.parametrize(
    ("line", "reason", "key"),
    [
        (b"", "the line is empty", None),
        (b" \r\n", "the line is empty", None),
        (b"\xff\xfe", "the line is not UTF-8", None),
        (b"Loading\n", 'the line is not JSON: "Loading"', None),
        (b"x" * 99, f'the line is not JSON: "{"x" * 59}…"', None),
        (b"[1]", 'the line is not a JSON object: "[1]"', None),
        (b"null", 'the line is not a JSON object: "null"', None),
        (b"{}", 'the line has no "id", or one that is not a string', None),
        (b'{"id": 3, "output": 1}', 'the line has no "id", or one that is not a string', None),
        (b'{"id": "a\\u0000"}', 'the line\'s "id" is not that of a task', None),
        (b'{"id": "a"}', 'the line has no "output"', "a"),
        (b'{"id": "a", "id": "b"}', "the line has the same key twice in one object", None),
        (b'{"id": "a", "output": NaN}', "the line holds NaN, which is not JSON", None),
        (b'{"id": "a", "output": -Infinity}', "the line holds -Infinity, which is not JSON", None),
        (b'{"id": "a", "output": 1e999}', "the line holds a number that is too large", None),
        (
            b'{"id": "a", "output": ' + b"9" * 5000 + b"}",
            "the line holds a number of more than 100 digits",
            None,
        ),
        (
            b'{"id": "a", "output": ["\\ud800"]}',
            "the output holds a NUL or half of a surrogate pair",
            "a",
        ),
        (
            b'{"id": "a", "output": {"x\\u0000": 1}}',
            "the output holds a NUL or half of a surrogate pair",
            "a",
        ),
        (
            b'{"id": "a", "output": ' + b"[" * 100 + b"]" * 100 + b"}",
            "the output nests more than 64 levels deep",
            "a",
        ),
    ],
)
def test_bad_line(line: bytes, reason: str, key: str | None) -> None:
    assert decode_answer(line) == BadLine(reason, key)


def test_line_that_nests_beyond_the_parser() -> None:
    answer = decode_answer(b'{"id": "a", "output": ' + b"[" * 200_000)
    assert answer == BadLine("the line nests too deeply")


@given(st.binary())
def test_any_bytes_are_an_answer_or_a_bad_line(line: bytes) -> None:
    assert isinstance(decode_answer(line), Answer | BadLine)


def test_random_bytes_with_json_around_them() -> None:
    for _ in range(200):
        line = b'{"id": "a", "output": "' + os.urandom(8) + b'"}'
        assert isinstance(decode_answer(line), Answer | BadLine)
