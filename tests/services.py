"""A pytest plugin: a PostgreSQL and a Valkey for the tests, gone when the tests are over.

It is loaded by `-p tests.services`, before Django's settings are read. The first process starts one
PostgreSQL for all (pytest-django gives each worker of pytest-xdist a database of its own) and every
process a Valkey of its own, since messages of its channels reach all its databases. DATABASE_URL
and REDIS_URL, where set, name real servers instead; then each worker takes the Redis database with
its own number. Servers die with the process that started them, by whatever signal.
"""

import os
import signal
import threading
from contextlib import ExitStack
from types import FrameType
from urllib.parse import urlsplit, urlunsplit

import pytest

from launcher.children import stop_together
from launcher.embedded import postgres_engine, start_and_wait, valkey_engine
from launcher.errors import LauncherError
from launcher.machine import weaknesses
from launcher.state import State, default_base, ephemeral_state

SECONDS = 60.0
OURS = "CORRAL_TEST_VALKEY"  # set where REDIS_URL names one that an earlier process embedded


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> object:
    """Start the services before pytest-django reads the settings."""
    stack = ExitStack()
    early_config.add_cleanup(stack.close)
    try:
        prepare(stack, worker=os.environ.get("PYTEST_XDIST_WORKER", ""))
    except LauncherError as error:
        raise pytest.UsageError(str(error)) from error
    return (yield)


def pytest_report_header() -> list[str]:
    """Say so where the tests run with weaker sandboxes."""
    if os.environ.get("SANDBOX_DEGRADED") != "1":
        return []
    return [f"sandbox: SANDBOX_DEGRADED=1; this machine lacks {weaknesses(default_base())}"]


def prepare(stack: ExitStack, *, worker: str) -> None:
    """Set the environment that the settings read; what the stack holds is stopped with it."""
    state = stack.enter_context(ephemeral_state())
    settle_redis(worker)
    engines = postgres_engine(state, durable=False) + valkey_engine(state)
    children = start_and_wait(engines.services, state, seconds=SECONDS)
    stack.callback(stop_together, children)
    if "REDIS_URL" in engines.environment:
        os.environ[OURS] = "1"
    os.environ.update(engines.environment)
    set_defaults(state)
    if not worker and threading.current_thread() is threading.main_thread():
        end_orderly_on_sigterm()


def settle_redis(worker: str) -> None:
    """Forget an earlier process's Valkey; of a real server take the database of this worker."""
    if os.environ.pop(OURS, ""):
        os.environ.pop("REDIS_URL", None)
    elif worker and (real := os.environ.get("REDIS_URL")):
        number = worker.removeprefix("gw")
        os.environ["REDIS_URL"] = urlunsplit(urlsplit(real)._replace(path=f"/{number}"))


def set_defaults(state: State) -> None:
    """What tests need besides the services, where nobody has decided otherwise."""
    os.environ.setdefault("SECRET_KEY", "known to everybody, and good enough for tests")
    os.environ.setdefault("CORRAL_STATE", str(state.base))
    # Never a developer's own archives: each process gets an empty folder.
    os.environ["MEDIA_ROOT"] = str(state.media)
    if "SANDBOX_DEGRADED" not in os.environ and weaknesses(state.base):
        os.environ["SANDBOX_DEGRADED"] = "1"


def end_orderly_on_sigterm() -> None:
    """Let SIGTERM end the tests as Ctrl-C does, so that fixtures clean up after themselves."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        signal.signal(signal.SIGTERM, interrupt)
