"""Nudges while Redis is away: who sends one goes on."""

import socket
import time

import pytest
from kombu import Producer
from kombu.exceptions import OperationalError

from config.celery import app


def test_nudge_to_a_redis_that_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        began = time.monotonic()
        with app.connection_for_write(address) as connection, pytest.raises(OperationalError):
            Producer(connection).publish({}, routing_key="runs", retry=False)

    assert time.monotonic() - began < 20
