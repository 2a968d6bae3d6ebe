"""Nudges while Redis is away: who sends one goes on."""

import socket
import time
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
from tests.chaos.proxy import cable
from tests.processes import celery_worker, wait_for


def test_nudge_to_a_redis_that_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        began = time.monotonic()
        with app.connection_for_write(address) as connection, pytest.raises(OperationalError):
            Producer(connection).publish({}, routing_key="runs", retry=False)

    assert time.monotonic() - began < 20


def test_worker_hears_again_after_the_network_forgot_its_connection(tmp_path: Path) -> None:
    real, port = urlsplit(settings.REDIS_URL), free_port()
    assert real.port is not None
    address = urlunsplit(real._replace(netloc=real.netloc.replace(f":{real.port}", f":{port}")))
    log = tmp_path / "log"
    with app.connection_for_write() as connection:
        connection.default_channel.queue_purge("platform")  # of earlier tests
    with (
        cable(port=port, target=real.port) as line,
        celery_worker("forgotten", "platform", log=log, REDIS_URL=address),
    ):
        line.damage("forget")

        def hears() -> bool:
            # Again and again: Redis hands the first ones to connections that nobody hears.
            app.send_task("scoreboards.refresh_all", queue="platform", expires=1)
            return b"refresh_all[" in log.read_bytes()

        wait_for(hears, 90)


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
