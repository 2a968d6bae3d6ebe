"""The listener that process 1 hands over: exactly that, or nothing."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from corral.errors import SandboxUnavailable
from corral.sandbox.entrance import HandedOver, Mounted, receive_listener
from corral.sandbox.handing_over import hand_over
from tests.corral.sandbox.workshop import FakeDoor

Line = tuple[socket.socket, socket.socket]


@pytest.fixture
def line() -> Iterator[Line]:
    """The worker's end, and that of process 1."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours, theirs:
        yield ours, theirs


async def test_listener_that_is_handed_over_is_served_until_it_is_closed(
    tmp_path: Path, line: Line
) -> None:
    ours, theirs = line
    listener = socket.create_server(("127.0.0.1", 0))
    address = listener.getsockname()
    hand_over(listener, theirs)
    served = await HandedOver().open(FakeDoor(tmp_path / "gateway.sock"), ours)
    socket.create_connection(address).close()
    await served.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)
    assert await HandedOver().mount(FakeDoor(tmp_path / "gateway.sock"), None) is None
    assert not (tmp_path / "gateway.sock").exists()


async def test_listener_is_closed_on_exec(line: Line) -> None:
    ours, theirs = line
    hand_over(socket.create_server(("127.0.0.1", 0)), theirs)
    with await receive_listener(ours) as listener:
        assert not listener.get_inheritable()


async def test_socket_is_mounted_and_stays_for_the_whole_run(tmp_path: Path, line: Line) -> None:
    door = FakeDoor(tmp_path / "gateway.sock")
    assert await Mounted().mount(door, None) == tmp_path / "gateway.sock"
    await (await Mounted().open(door, line[0])).close()
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(tmp_path / "gateway.sock"))
    door.shut()


async def test_anything_but_one_listening_tcp_socket_is_refused_and_kept_by_nobody(
    line: Line,
) -> None:
    ours, theirs = line
    reader, writer = os.pipe()
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as two,
        socket.socket() as idle,
        socket.socket(type=socket.SOCK_DGRAM) as datagrams,
        socket.socket(socket.AF_UNIX) as unix,
    ):
        unix.bind("")
        unix.listen()
        before = len(os.listdir("/proc/self/fd"))
        pair = [one.fileno(), two.fileno()]
        for given in ([], pair, [idle.fileno()], [datagrams.fileno()], [unix.fileno()], [reader]):
            socket.send_fds(theirs, [b"L"], given)
            with pytest.raises(SandboxUnavailable, match="handed over no listening TCP socket"):
                await receive_listener(ours)
        assert len(os.listdir("/proc/self/fd")) == before
    os.close(reader)
    os.close(writer)


async def test_line_that_ends_hands_over_nothing(line: Line) -> None:
    ours, theirs = line
    theirs.close()
    with pytest.raises(SandboxUnavailable, match="handed over no listening TCP socket"):
        await receive_listener(ours)
