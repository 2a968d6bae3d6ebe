"""The line to process 1: one caller, any bytes, and the kernel's count of kills."""

import asyncio
import os
from pathlib import Path

import pytest

from corral.errors import SandboxUnavailable
from corral.sandbox.control import Control, Listener, memory_count_of


async def connected(tmp_path: Path) -> tuple[Control, asyncio.StreamReader, asyncio.StreamWriter]:
    listener = Listener.open(tmp_path, "token", None)
    reader, writer = await asyncio.open_unix_connection(listener.path)
    return await Control.over(await listener.accept()), reader, writer


async def test_orders_go_in_and_reports_come_out(tmp_path: Path) -> None:
    control, reader, writer = await connected(tmp_path)
    writer.write(b"started\nexit 3\n")
    assert await control.begin(b"orders")
    assert await reader.readexactly(6) == b"orders"
    assert await control.report() == b"exit 3"
    control.hang_up()
    assert await reader.read() == b""
    writer.close()


@pytest.mark.parametrize("said", [b"", b"\xff" * 100_000, b"what\n"])
async def test_anything_but_the_word_is_no_beginning(tmp_path: Path, said: bytes) -> None:
    control, _, writer = await connected(tmp_path)
    writer.write(said)
    writer.write_eof()
    assert not await control.begin(b"orders")
    control.hang_up()
    writer.close()


async def test_nobody_can_call_after_the_first(tmp_path: Path) -> None:
    listener = Listener.open(tmp_path, "token", None)
    mounted = tmp_path / "mounted"
    os.link(listener.path, mounted)  # as a mount keeps it, though its name is gone
    _, writer = await asyncio.open_unix_connection(mounted)
    line = await listener.accept()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_unix_connection(mounted)
    assert not listener.path.exists()
    line.close()
    writer.close()


def test_socket_is_for_its_owner_alone(tmp_path: Path) -> None:
    listener = Listener.open(tmp_path, "token", os.getuid())
    found = listener.path.stat()
    listener.close()
    assert (found.st_uid, found.st_mode & 0o777) == (os.getuid(), 0o600)


def test_socket_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    with pytest.raises(SandboxUnavailable, match="No socket can be made at .*token"):
        Listener.open(tmp_path / ("long" * 30), "token", None)


@pytest.mark.parametrize(
    ("content", "expected"),
    [("oom_kill_disable 0\nunder_oom 0\noom_kill 2\n", True), ("low 0\noom_kill 0\n", False)],
)
async def test_kills_for_memory_are_read_from_the_count(
    tmp_path: Path, content: str, expected: bool
) -> None:
    control, _, writer = await connected(tmp_path)
    control.hang_up()
    writer.close()
    file = tmp_path / "count"
    file.write_text(content)
    assert Control(control.reader, control.writer, file).out_of_memory() is expected
    file.unlink()
    assert Control(control.reader, control.writer, file).out_of_memory() is False


def test_count_of_a_process_that_is_not_there_is_out_of_sight() -> None:
    assert memory_count_of(0) is None
