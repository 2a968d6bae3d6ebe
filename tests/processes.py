"""Starts the platform's real processes against the test's own database and Valkey."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection


def database_url() -> str:
    """The address of the database that this test uses."""
    to = connection.settings_dict
    password = f":{quote(to['PASSWORD'], safe='')}" if to["PASSWORD"] else ""
    user, host, name = quote(to["USER"], safe=""), quote(to["HOST"], safe=""), to["NAME"]
    port = f":{to['PORT']}" if to["PORT"] else ""
    return f"postgresql://{user}{password}@{host}{port}/{name}"


def environment(**changes: str) -> dict[str, str]:
    """What a process of the platform needs to share the test's world."""
    return {
        **os.environ,
        "DATABASE_URL": database_url(),
        "REDIS_URL": settings.REDIS_URL,
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
        "CORRAL_STATE": str(settings.STATE),
        "SECRET_KEY": settings.SECRET_KEY,
        "SANDBOX_DEGRADED": str(int(settings.SANDBOX_DEGRADED)),
        "PYTHONPATH": str(settings.BASE_DIR),
        **changes,
    }


@contextmanager
def running(*command: str, log: Path, **changes: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A process in a group of its own; the whole group is killed in the end."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", *command],
            env=environment(**changes),
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=settings.BASE_DIR,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        kill_group(process)


@contextmanager
def celery_worker(
    name: str, queue: str, *options: str, log: Path, **changes: str
) -> Iterator["subprocess.Popen[bytes]"]:
    """A Celery worker for one queue that is ready to take messages."""
    command = ("celery", "-A", "config", "worker", "-Q", queue, "-c", "1", "-n", f"{name}@test")
    with running(*command, "--loglevel", "INFO", *options, log=log, **changes) as process:
        wait_for(lambda: b" ready." in log.read_bytes() or process.poll() is not None, 60)
        assert process.poll() is None, log.read_text()
        yield process


def kill_group(process: "subprocess.Popen[bytes]", by: signal.Signals = signal.SIGKILL) -> None:
    """Send a signal to the process and everything that it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, by)
    if by == signal.SIGKILL:
        process.wait(timeout=10)


def wait_for(condition: Callable[[], object], seconds: float) -> float:
    """Wait until the condition is true; how many seconds that took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"not within {seconds} s"
        time.sleep(0.05)
    return time.monotonic() - began
