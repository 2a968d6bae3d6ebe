"""The cable: every way to cut it, against a server that echoes."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from launcher.ports import free_port
from tests.chaos.proxy import Cable, cable
from tests.processes import wait_for


class Echo:
    """A server in a thread: what it gets it says again."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._echo, args=(connection,), daemon=True).start()

    def _echo(self, connection: socket.socket) -> None:
        with connection:
            try:
                while said := connection.recv(100):
                    connection.sendall(said)
            except OSError:
                return


@pytest.fixture
def line() -> Iterator[tuple[Cable, int]]:
    """A cable to an echo, and its port."""
    echo, port = Echo(), free_port()
    with cable(port=port, target=echo.port) as whole:
        yield whole, port
    echo.socket.close()


@contextmanager
def client(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        yield connection


def echoes(connection: socket.socket, seconds: float = 5.0) -> bool:
    """Whether what is said comes back in time."""
    connection.settimeout(seconds)
    try:
        connection.sendall(b"hello")
        return connection.recv(100) == b"hello"
    except TimeoutError:
        return False


def test_whole_cable_carries_both_ways(line: tuple[Cable, int]) -> None:
    whole, port = line
    with client(port) as one, client(port) as other:
        assert echoes(one)
        assert echoes(other)
        assert whole.lines == 2
    wait_for(lambda: whole.lines == 0, 5)


def test_reset_cuts_who_is_connected_and_takes_who_comes(line: tuple[Cable, int]) -> None:
    whole, port = line
    with client(port) as one, client(port) as other:
        assert echoes(one)
        whole.damage("reset")
        with pytest.raises(ConnectionResetError):
            one.recv(100)
        with pytest.raises(ConnectionResetError):
            other.recv(100)
    with client(port) as again:
        assert echoes(again)


def test_refusing_cable_is_as_if_nobody_listened_until_it_is_mended(
    line: tuple[Cable, int],
) -> None:
    whole, port = line
    whole.damage("refuse")
    with pytest.raises(ConnectionRefusedError), client(port):
        pass
    whole.mend()
    with client(port) as again:
        assert echoes(again)


def test_hole_swallows_for_a_while_and_carries_on(line: tuple[Cable, int]) -> None:
    whole, port = line
    with client(port) as one:
        assert echoes(one)
        whole.damage("hole")
        assert not echoes(one, 0.2)
        whole.mend()
        one.settimeout(5)
        assert one.recv(100) == b"hello"


def test_forgotten_connections_never_hear_again_but_new_ones_do(line: tuple[Cable, int]) -> None:
    whole, port = line
    with client(port) as one, client(port) as other:
        assert echoes(one)
        assert echoes(other)
        whole.damage("forget")
        whole.mend()
        assert not echoes(one, 0.2)
        with client(port) as again:
            assert echoes(again)
