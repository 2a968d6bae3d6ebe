"""Cutting a stream into lines."""

from hypothesis import given
from hypothesis import strategies as st

from corral.runner.lines import HEAD_BYTES, Line, LineSplitter


def split(limit: int, *chunks: bytes) -> list[Line]:
    splitter = LineSplitter(limit)
    lines = [line for chunk in chunks for line in splitter.feed(chunk)]
    return lines + list(splitter.finish())


def test_lines_are_put_together_from_pieces() -> None:
    assert split(100, b"on", b"e\ntwo\nth", b"ree\n") == [
        Line(b"one"),
        Line(b"two"),
        Line(b"three"),
    ]


def test_last_line_without_newline_counts() -> None:
    assert split(100, b"one\ntwo") == [Line(b"one"), Line(b"two")]


def test_blank_lines_are_none() -> None:
    assert split(100, b"\n\r\n  \none\n\n") == [Line(b"one")]


def test_line_of_just_the_limit_is_kept() -> None:
    assert split(4, b"abcd\nabcde\n") == [Line(b"abcd"), Line(b"abcd", too_long=True)]


def test_line_that_is_too_long_is_skipped_and_the_next_one_read() -> None:
    long = b"x" * 5000

    assert split(1000, long, long, b"\nshort\n") == [
        Line(b"x" * HEAD_BYTES, too_long=True),
        Line(b"short"),
    ]


def test_endless_line_is_not_held() -> None:
    splitter = LineSplitter(1000)
    for _ in range(1000):
        assert list(splitter.feed(b"x" * 1000)) == []

    assert len(splitter._held) == HEAD_BYTES


@given(st.binary(max_size=200), st.lists(st.integers(1, 20), max_size=30))
def test_lines_do_not_depend_on_how_the_stream_was_cut(data: bytes, sizes: list[int]) -> None:
    chunks, rest = [], data
    for size in sizes:
        chunks.append(rest[:size])
        rest = rest[size:]

    assert split(50, *chunks, rest) == split(50, data)
