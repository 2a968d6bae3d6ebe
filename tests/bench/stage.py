"""A whole platform for benchmarks: durable PostgreSQL, Valkey, a model server, real workers.

Import nothing of Django's before `stage()` has begun: the settings are read then.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from launcher.children import stop_together
from launcher.embedded import postgres_engine, start_and_wait, valkey_engine
from launcher.machine import weaknesses
from launcher.state import State, ephemeral_state

if TYPE_CHECKING:
    from common.soon import Teller

BUILD_NAME = "b1-bench"
AS_IN_PRODUCTION = ("--pool", "prefork", "--without-gossip", "--without-mingle")
TICKS = os.sysconf("SC_CLK_TCK")
LONGEST_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Stage:
    """Where things are: logs of processes, and the address of the model server."""

    logs: Path
    upstream: str


@contextmanager
def stage() -> Iterator[Stage]:
    """Everything but the workers, in a database of its own that is gone afterwards.

    A server that the environment names is never used: benchmarks empty their tables.
    """
    os.environ.pop("DATABASE_URL", None)
    os.environ.pop("REDIS_URL", None)
    with ExitStack() as stack:
        state = stack.enter_context(ephemeral_state())
        engines = postgres_engine(state, durable=True) + valkey_engine(state)
        stack.callback(stop_together, start_and_wait(engines.services, state, seconds=60))
        os.environ.update(engines.environment | _settings(state))
        _set_up()
        stack.callback(teller_of_this_process().stop)
        yield Stage(state.log, stack.enter_context(_model_server(state.log)))


def _settings(state: State) -> dict[str, str]:
    settings = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": "known to everybody, and good enough for benchmarks",
        "CORRAL_STATE": str(state.base),
        "MEDIA_ROOT": str(state.media),
        "LOG_LEVEL": "WARNING",
    }
    if weaknesses(state.base):
        settings["SANDBOX_DEGRADED"] = "1"
    return settings


def _set_up() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    teller_of_this_process().start()  # as in each process of a worker


def teller_of_this_process() -> "Teller":
    """It can be imported only now."""
    from common.soon import teller

    return teller


@contextmanager
def _model_server(logs: Path) -> Iterator[str]:
    from tests.processes import running

    log = logs / "upstream"
    with running("tests.fakes.upstream", "--build", BUILD_NAME, log=log):
        await_that(lambda: log.read_text().endswith("/v1\n"))
        yield log.read_text().strip()


@dataclass(frozen=True, slots=True)
class Workers:
    """Those that take runs, by their main processes' ids."""

    pids: tuple[int, ...]

    def cpu_seconds(self) -> float:
        """What they, their children and all children that have ended used of the processors."""
        return sum(_cpu_seconds(pid) for main in self.pids for pid in _tree(main))


@contextmanager
def workers(stage: Stage, count: int) -> Iterator[Workers]:
    """So many workers for runs of one process each, and the platform's own with beat beside."""
    from tests.processes import celery_worker

    beat = ("-B", "-s", str(stage.logs / "beat"))
    with ExitStack() as stack:
        platform = celery_worker(
            "platform", "platform", *AS_IN_PRODUCTION, *beat, log=stage.logs / "platform"
        )
        stack.enter_context(platform)
        started = [
            stack.enter_context(
                celery_worker(name, "runs", *AS_IN_PRODUCTION, log=stage.logs / name)
            )
            for name in (f"runs{number}" for number in range(count))
        ]
        yield Workers(tuple(process.pid for process in started))


def await_that(condition: Callable[[], object], *, every: float = 0.02) -> None:
    """Wait until it is so.

    Raises:
        TimeoutError: it is not for very long.
    """
    until = time.monotonic() + LONGEST_SECONDS
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError("What a benchmark waits for does not come.")
        time.sleep(every)


def empty() -> None:
    """Forget all rows and messages."""
    from django.conf import settings
    from django.core.management import call_command
    from redis import Redis

    teller_of_this_process().stop()
    call_command("flush", interactive=False, verbosity=0)
    teller_of_this_process().start()
    Redis.from_url(settings.REDIS_URL).flushall()


def _tree(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(inner for child in children for inner in _tree(int(child)))]


def _cpu_seconds(pid: int) -> float:
    """User and system time of a process and of its children that have ended, from proc(5)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0  # its parent has it among the ended ones by now
    return sum(map(int, fields[11:15])) / TICKS
