"""`python -m launcher` with the real PostgreSQL and Valkey, in a state of the test's own."""

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis

from launcher.ports import answers, is_free
from launcher.processes import read_process, wait_until
from launcher.stack import Options, demo_arguments
from launcher.state import REPOSITORY, State, open_state
from tests.launcher.conftest import processes_of


@pytest.fixture
def environment(state: State) -> dict[str, str]:
    """As a person has it who has set nothing but the state folder; the model is elsewhere."""
    unset = ("DATABASE_URL", "REDIS_URL", "MEDIA_ROOT", "SECRET_KEY")
    kept = {name: value for name, value in os.environ.items() if name not in unset}
    return {
        **kept,
        "CORRAL_STATE": str(state.room),
        "LLAMA_UPSTREAM": "http://127.0.0.1:9/v1",
        "SANDBOX_DEGRADED": "1",
    }


class Launched:
    """`python -m launcher services`, and the variables that it prints."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "launcher", "services"],
            cwd=REPOSITORY,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.variables = dict(self._variables())

    def _variables(self) -> Iterator[tuple[str, str]]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            name, _, value = line.removeprefix("export ").partition("=")
            yield name, shlex.split(value)[0]
            if name == "SECRET_KEY":  # the last one of the alphabet
                return

    def ports(self) -> list[int]:
        """Of PostgreSQL and Valkey."""
        urls = (self.variables["DATABASE_URL"], self.variables["REDIS_URL"])
        return [port for url in urls if (port := urlsplit(url).port)]


@pytest.fixture
def launched(environment: dict[str, str]) -> Iterator[Launched]:
    """Services that are up; killed in the end."""
    services = Launched(environment)
    yield services
    services.process.kill()
    services.process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_services_leave_nothing_after_signal(
    launched: Launched, state: State, number: signal.Signals
) -> None:
    with psycopg.connect(launched.variables["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("SELECT 1")  # a client that stays connected
        assert [answers(port) for port in launched.ports()] == [True, True]
        assert processes_of(state.room) != []

        launched.process.send_signal(number)

        assert launched.process.wait(timeout=10) == 0
    assert processes_of(state.room) == []
    assert [is_free(port) for port in launched.ports()] == [True, True]
    assert [path for path in state.room.rglob("*") if path.is_socket()] == []


def test_killed_engines_come_back_where_they_were(launched: Launched, state: State) -> None:
    before = {"postgres": _pid_of(state, "postgres"), "valkey": _pid_of(state, "valkey")}

    for pid in before.values():
        os.kill(pid, signal.SIGKILL)

    assert wait_until(lambda: _up(launched), seconds=20)
    assert all(read_process(pid) is None for pid in before.values())


def test_second_launcher_of_a_checkout_is_refused(
    launched: Launched, environment: dict[str, str]
) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "launcher", "services"],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert second.returncode == 1
    assert f"already runs from this checkout (process {launched.process.pid})" in second.stderr


def test_run_gives_a_command_the_services_and_returns_its_status(
    environment: dict[str, str], state: State
) -> None:
    script = (
        "import os, psycopg, redis, sys\n"
        "psycopg.connect(os.environ['DATABASE_URL']).close()\n"
        "redis.Redis.from_url(os.environ['REDIS_URL']).ping()\n"
        "sys.exit(7)\n"
    )

    done = subprocess.run(
        [sys.executable, "-m", "launcher", "run", "--", sys.executable, "-c", script],
        cwd=REPOSITORY,
        env=environment,
        check=False,
        timeout=60,
    )

    assert done.returncode == 7
    assert processes_of(state.room) == []


def test_demo_arguments_name_data_wherever_demo_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert demo_arguments(Options(once=True, data=Path("data")), 8123) == [
        *("demo", "--address", "http://127.0.0.1:8123"),
        *("--once", "--data", str(tmp_path / "data")),
    ]


def _pid_of(state: State, name: str) -> int:
    record = open_state(REPOSITORY, state.room).run / f"{name}.json"
    return int(json.loads(record.read_text())["pid"])


def _up(launched: Launched) -> bool:
    try:
        psycopg.connect(launched.variables["DATABASE_URL"]).close()
        with redis.Redis.from_url(launched.variables["REDIS_URL"]) as client:
            return bool(client.ping())
    except (psycopg.OperationalError, redis.RedisError):
        return False
