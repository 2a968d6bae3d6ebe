"""Nudges while Redis is away: who sends one goes on."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import pytest
from django.conf import settings
from kombu import Producer
from kombu.exceptions import OperationalError

from config.celery import app
from config.pipeline import rank_again
from launcher.ports import free_port
from launcher.processes import children_of
from tests.chaos.proxy import Cable, cable
from tests.processes import celery_worker, wait_for


def test_nudge_to_a_redis_that_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        began = time.monotonic()
        with app.connection_for_write(address) as connection, pytest.raises(OperationalError):
            Producer(connection).publish({}, routing_key="runs", retry=False)

    assert time.monotonic() - began < 20


@pytest.fixture
def far_redis() -> Iterator[tuple[str, Cable]]:
    """Redis at the end of a line that can be damaged: its address, and the line."""
    real, port = urlsplit(settings.REDIS_URL), free_port()
    assert real.port is not None
    with app.connection_for_write() as connection:
        connection.default_channel.queue_purge("platform")  # of earlier tests
    with cable(port=port, target=real.port) as line:
        address = real._replace(netloc=real.netloc.replace(f":{real.port}", f":{port}"))
        yield urlunsplit(address), line


def test_worker_hears_again_after_the_network_forgot_its_connection(
    far_redis: tuple[str, Cable], tmp_path: Path
) -> None:
    address, line = far_redis
    log = tmp_path / "log"
    with celery_worker("forgotten", "platform", log=log, REDIS_URL=address):
        line.damage("forget")

        wait_for(lambda: hears(log), 90)


def test_worker_hears_again_after_it_could_not_acknowledge(
    far_redis: tuple[str, Cable], tmp_path: Path
) -> None:
    address, line = far_redis
    log = tmp_path / "log"
    with celery_worker("deaf", "platform", log=log, REDIS_URL=address) as worker:
        (busy,) = children_of(worker.pid)
        os.kill(busy.pid, signal.SIGSTOP)
        app.send_task("evaluation.sweep")
        wait_for(lambda: b"evaluation.sweep[" in log.read_bytes(), 20)
        line.damage("forget")
        os.kill(busy.pid, signal.SIGCONT)
        wait_for(lambda: b"Couldn't ack" in log.read_bytes(), 20)

        wait_for(lambda: hears(log), 60)


def hears(log: Path) -> bool:
    """Again and again: Redis hands the first ones to connections that nobody hears."""
    app.send_task("scoreboards.refresh_all", expires=1)
    return b"refresh_all[" in log.read_bytes()


def test_sweep_never_waits_behind_boards() -> None:
    with app.connection_for_write() as connection:
        channel = connection.default_channel
        app.amqp.queues["platform"].bind(channel).declare()
        channel.queue_purge("platform")
        for _ in range(3):
            rank_again(track_id=uuid4())
        app.send_task("evaluation.sweep")

        order = [channel.basic_get("platform", no_ack=True).headers["task"] for _ in range(4)]

    assert order == ["evaluation.sweep", *["scoreboards.refresh_board"] * 3]
