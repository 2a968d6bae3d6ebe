"""A Valkey of the test's own."""

import os
import stat

import pytest
import redis

from launcher import users
from launcher.children import stop_together
from launcher.embedded import start_and_wait
from launcher.ports import is_free
from launcher.processes import read_process
from launcher.state import State
from launcher.valkey import embedded_valkey, pings, valkey_service


def test_valkey_answers_and_leaves_nothing(state: State) -> None:
    valkey = embedded_valkey(state)
    children = start_and_wait([valkey_service(valkey)], state, seconds=30)
    try:
        with redis.from_url(valkey.url) as client:
            assert client.set("nudge", "1") is True
        owner = os.stat(f"/proc/{children[0].pid}").st_uid
    finally:
        stop_together(children)

    assert owner == (users.VALKEY if os.geteuid() == 0 else os.geteuid())
    assert read_process(children[0].pid) is None
    assert is_free(valkey.port)
    assert not pings(valkey)


def test_valkey_asks_for_a_password_that_no_argument_shows(state: State) -> None:
    valkey = embedded_valkey(state)
    children = start_and_wait([valkey_service(valkey)], state, seconds=30)
    try:
        with (
            redis.Redis(port=valkey.port) as stranger,
            pytest.raises(redis.AuthenticationError),
        ):
            stranger.ping()
    finally:
        stop_together(children)

    assert valkey.password not in " ".join(children[0].service.command)
    assert stat.S_IMODE(valkey.configuration.stat().st_mode) == 0o600
