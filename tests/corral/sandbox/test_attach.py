"""Frames are taken off whatever the pieces; an attachment that is refused is a sentence."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral.errors import SandboxUnavailable
from corral.sandbox.attach import Frames, attach


@given(st.lists(st.binary(max_size=300), max_size=8), st.lists(st.integers(1, 40), min_size=1))
def test_payload_is_whole_in_any_pieces(payloads: list[bytes], sizes: list[int]) -> None:
    sent = b"".join(b"\1\0\0\0" + len(each).to_bytes(4, "big") + each for each in payloads)
    frames, got, turn = Frames(), b"", 0
    while sent:
        size = sizes[turn % len(sizes)]
        got += b"".join(frames.payload(sent[:size]))
        sent, turn = sent[size:], turn + 1
    assert got == b"".join(payloads)


async def answer_with(answer: bytes, socket: Path) -> asyncio.Server:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    return await asyncio.start_unix_server(serve, socket)


async def test_head_and_first_frame_may_come_together(tmp_path: Path) -> None:
    answer = b"HTTP/1.1 200 OK\r\n\r\n\1\0\0\0\0\0\0\3abc"
    async with await answer_with(answer, tmp_path / "socket"):
        attached = await attach(tmp_path / "socket", "name", "stdout")
        assert await attached.reader.read() == b"abc"


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 404 Not Found\r\n\r\n", b"", b"x" * 20000, b"\r\n\r\n"]
)
async def test_attachment_that_is_refused_is_a_sentence(tmp_path: Path, answer: bytes) -> None:
    async with await answer_with(answer, tmp_path / "socket"):
        with pytest.raises(SandboxUnavailable, match="does not hand over stderr"):
            await attach(tmp_path / "socket", "name", "stderr")


async def test_engine_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SandboxUnavailable, match="does not answer"):
        await attach(tmp_path / "nothing", "name", "stdout")
