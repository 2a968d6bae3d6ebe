"""The beginning and the end of a stream."""

from hypothesis import given
from hypothesis import strategies as st

from corral.head_tail import HeadTail


@given(st.lists(st.binary(max_size=40)), st.integers(1, 30))
def test_head_tail_keeps_first_and_last_bytes(chunks: list[bytes], limit: int) -> None:
    kept = HeadTail(limit)
    for chunk in chunks:
        kept.write(chunk)
    whole = b"".join(chunks)

    assert kept.total == len(whole)
    head, tail = bytes(kept._head), b"".join(kept._tail)[-limit:]
    assert head == whole[:limit]
    assert tail == whole[limit:][-limit:]


def test_head_tail_shows_what_cannot_be_stored() -> None:
    kept = HeadTail(10)
    kept.write(b"a\x00\xff")

    assert kept.head == "a␀�"
