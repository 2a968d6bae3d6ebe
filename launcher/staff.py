"""The platform's own processes: web server, workers and beat, as one machine runs them."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from signal import Signals

from launcher.ports import answers
from launcher.services import Service, Step
from launcher.state import State

# Celery ends idle at SIGTERM and gives up its task at SIGQUIT: the run goes on at the next start.
WORKER_STOPPING = (Step(Signals.SIGTERM, 1.5), Step(Signals.SIGQUIT, 1.5))
RUNS_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Setting:
    """Where the processes run, and with what environment."""

    repository: Path
    state: State
    environment: dict[str, str]


def web_service(setting: Setting, port: int) -> Service:
    """Pages, API and sockets."""
    return Service(
        name="web",
        title="Web server",
        command=(
            *(sys.executable, "-m", "uvicorn", "config.asgi:application"),
            *("--host", "127.0.0.1", "--port", str(port), "--ws", "websockets-sansio"),
            *("--timeout-graceful-shutdown", "1", "--no-access-log"),
        ),
        environment=setting.environment,
        folder=setting.repository,
        ready=lambda: answers(port),
        stopping=(Step(Signals.SIGTERM, 2.5),),
    )


def worker_service(setting: Setting, *, queue: str, title: str, concurrency: int) -> Service:
    """One Celery worker for one queue."""
    return Service(
        name=f"worker-{queue}",
        title=title,
        command=(
            *(sys.executable, "-m", "celery", "-A", "config", "worker"),
            *("-Q", queue, "-n", f"{queue}@%h", "--pool", "prefork", "-c", str(concurrency)),
            *("--without-gossip", "--without-mingle", "--loglevel", "INFO"),
        ),
        environment=setting.environment,
        folder=setting.repository,
        says=b" ready.",
        stopping=WORKER_STOPPING,
    )


def beat_service(setting: Setting) -> Service:
    """Asks for the sweep and for boards; what it remembers is worth nothing after a restart."""
    schedule = setting.state.run / "beat-schedule"
    return Service(
        name="beat",
        title="Beat",
        command=(
            *(sys.executable, "-m", "celery", "-A", "config", "beat"),
            *("--schedule", str(schedule), "--pidfile", "", "--loglevel", "INFO"),
        ),
        environment=setting.environment,
        folder=setting.repository,
        before=lambda: _forget(schedule),
        says=b"beat: Starting",
    )


def platform_services(setting: Setting, port: int) -> tuple[Service, ...]:
    """All of them; the sweep has a worker of its own, never behind runs."""
    return (
        web_service(setting, port),
        worker_service(setting, queue="runs", title="Worker for runs", concurrency=RUNS_AT_ONCE),
        worker_service(setting, queue="platform", title="Worker for the platform", concurrency=1),
        beat_service(setting),
    )


def management(setting: Setting, *arguments: str) -> Service:
    """`manage.py` with these arguments, to be run to its end."""
    return Service(
        name=f"manage-{arguments[0]}",
        title=f"manage.py {arguments[0]}",
        command=(sys.executable, str(setting.repository / "manage.py"), *arguments),
        environment=setting.environment,
        folder=setting.repository,
        stopping=(Step(Signals.SIGTERM, 1.0),),
        stage=2,
    )


def _forget(schedule: Path) -> None:
    for file in schedule.parent.glob(f"{schedule.name}*"):
        os.unlink(file)
