"""What must not be touched says so when it is."""

import os
import signal
import socket
from pathlib import Path

import pytest

from tests.probes.canaries import Canaries


@pytest.fixture
def canaries(tmp_path: Path) -> Canaries:
    return Canaries("mark", tmp_path.name, tmp_path, None)


def test_untouched_canaries_say_nothing(canaries: Canaries) -> None:
    with canaries.put_up():
        assert canaries.changes() == []


def test_connection_to_the_listener_is_noticed(canaries: Canaries) -> None:
    with canaries.put_up():
        socket.create_connection(("127.0.0.1", canaries.facts()["port"])).close()
        assert canaries.changes() == ["the host's TCP listener was reached"]


@pytest.mark.parametrize("name", ["datagram", "abstract"])
def test_datagram_is_noticed(canaries: Canaries, name: str) -> None:
    with canaries.put_up(), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
        where = {
            "datagram": str(canaries.datagram_path),
            "abstract": f"\0{canaries.abstract}-datagram",
        }
        client.sendto(b"x", where[name])
        kind = "datagram socket" if name == "datagram" else "abstract datagram socket"
        assert canaries.changes() == [f"the host's {kind} was reached"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP])
def test_signal_is_noticed(canaries: Canaries, number: signal.Signals) -> None:
    with canaries.put_up():
        assert canaries.victim is not None
        canaries.victim.send_signal(number)
        os.waitid(os.P_PID, canaries.victim.pid, os.WEXITED | os.WSTOPPED | os.WNOWAIT)
        assert canaries.changes() == ["a process of the host got a signal"]


def test_changed_setting_is_noticed(canaries: Canaries) -> None:
    with canaries.put_up():
        canaries.sysctls["kernel/core_pattern"] = "as it never was"
        assert canaries.changes() == ["kernel/core_pattern was changed"]
