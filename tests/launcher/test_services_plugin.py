"""The pytest plugin `tests.services`, in test runs of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

import psycopg
import pytest

from launcher.ports import answers
from launcher.processes import wait_until
from launcher.state import REPOSITORY

INNER = """
import os, pathlib, time
import psycopg, redis

def test_of_services():
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    urls = "\\n".join([os.environ["DATABASE_URL"], os.environ["REDIS_URL"]])
    psycopg.connect(os.environ["DATABASE_URL"]).close()
    redis.Redis.from_url(os.environ["REDIS_URL"]).ping()
    pathlib.Path(os.environ["REPORT"] + worker).write_text(urls)
    time.sleep(float(os.environ["SECONDS"]))

def test_again():
    test_of_services()
"""
NOT_INHERITED = ("DATABASE_URL", "REDIS_URL", "CORRAL_TEST_VALKEY", "MEDIA_ROOT")


class Run:
    """A test run in a folder; each of its processes reports the addresses that it was given."""

    def __init__(
        self,
        folder: Path,
        *options: str,
        seconds: float = 0,
        real: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.folder = folder
        (folder / "test_inner.py").write_text(INNER)
        (folder / "pytest.ini").write_text("[pytest]\n")
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in NOT_INHERITED and not name.startswith("PYTEST_")
        }
        kept |= {"PYTHONPATH": str(REPOSITORY), "REPORT": str(folder / "report")}
        kept |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "SECONDS": str(seconds), **real}
        command = [sys.executable, "-m", "pytest", "-p", "tests.services"]
        self.process = subprocess.Popen(
            [*command, "-p", "no:cacheprovider", "-q", *options, str(folder)],
            cwd=folder,
            env=kept,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def reports(self) -> list[tuple[str, str]]:
        """DATABASE_URL and REDIS_URL of each process that has run a test."""
        found = []
        for file in sorted(self.folder.glob("report*")):
            database, redis = file.read_text().split("\n")
            found.append((database, redis))
        return found

    def left(self) -> list[int]:
        """Ports of its services that still answer."""
        ports = {urlsplit(url).port for report in self.reports() for url in report}
        return [port for port in ports if port is not None and answers(port)]


@pytest.fixture
def started() -> Iterator[list[Run]]:
    """Runs to kill in the end."""
    runs: list[Run] = []
    yield runs
    for run in runs:
        run.process.kill()
        run.process.communicate()


def test_plugin_stops_services_in_the_end(tmp_path: Path, started: list[Run]) -> None:
    run = Run(tmp_path)
    started.append(run)

    output, _ = run.process.communicate(timeout=60)

    assert run.process.returncode == 0, output
    assert len(run.reports()) == 1
    assert run.left() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_plugin_stops_services_on_signal(
    tmp_path: Path, started: list[Run], number: signal.Signals
) -> None:
    run = Run(tmp_path, seconds=600)
    started.append(run)
    assert wait_until(lambda: bool(run.reports()), seconds=60)
    assert len(run.left()) == 2

    run.process.send_signal(number)

    assert run.process.wait(timeout=10) == (-number if number == signal.SIGKILL else 2)
    assert wait_until(lambda: run.left() == [], seconds=5)


def test_plugin_gives_each_worker_a_valkey_and_all_one_postgres(
    tmp_path: Path, started: list[Run]
) -> None:
    run = Run(tmp_path, "-p", "xdist.plugin", "-n", "2", seconds=0.5)
    started.append(run)

    output, _ = run.process.communicate(timeout=60)

    assert run.process.returncode == 0, output
    databases, valkeys = zip(*run.reports(), strict=True)
    assert len(set(databases)) == 1
    assert len(set(valkeys)) == 2
    assert run.left() == []


def test_plugin_uses_real_services_where_they_are_named(tmp_path: Path, started: list[Run]) -> None:
    named = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL")}
    run = Run(tmp_path, "-p", "xdist.plugin", "-n", "1", real=named)
    started.append(run)

    output, _ = run.process.communicate(timeout=60)

    assert run.process.returncode == 0, output
    ((database, redis),) = run.reports()
    assert database == named["DATABASE_URL"]
    assert redis == named["REDIS_URL"]  # the first worker's database has the number 0
    psycopg.connect(named["DATABASE_URL"]).close()  # and nobody stopped them
