"""Starting processes so that none outlives us, and stopping them with everything they started."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from launcher.processes import die_with, in_session, signal_all, wait_until
from launcher.services import Service

PATIENCE = 0.05  # seconds between two looks at processes that are being stopped


class Child:
    """One running service: its main process, and the session that it leads."""

    def __init__(self, service: Service, log: Path | None) -> None:
        self.service = service
        self.since = time.monotonic()
        self.process = _spawn(service, log)

    @property
    def pid(self) -> int:
        """The main process's number, and its session's."""
        return self.process.pid

    def alive(self) -> bool:
        """Whether the main process runs; a dead one is reaped by asking."""
        return self.process.poll() is None

    def status(self) -> int:
        """The exit status of the main process, as `exit_status` tells it; waits for it."""
        return exit_status(self.process.wait())

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the main process alone: it tells its own children."""
        self.process.send_signal(number)

    def bury(self) -> bool:
        """Kill the whole session and reap the main process; whether all of it is gone."""
        signal_all(in_session(self.pid), signal.SIGKILL)
        if self.alive():
            self.process.kill()
        return wait_until(lambda: not self.alive() and not in_session(self.pid), seconds=2)


def _spawn(service: Service, log: Path | None) -> "subprocess.Popen[bytes]":
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600) if log else None
    try:
        return subprocess.Popen(
            service.command,
            env=dict(service.environment),
            cwd=service.folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=None if output is None else subprocess.STDOUT,
            start_new_session=True,
            user=service.user,
            group=service.user,
            extra_groups=None if service.user is None else [],
            # After the uid is dropped: changing it would make the kernel forget the wish.
            preexec_fn=partial(die_with, os.getpid(), service.dying),
        )
    finally:
        if output is not None:
            os.close(output)


def exit_status(code: int) -> int:
    """The status as a shell tells it: 128 and the signal's number for a killed process."""
    return 128 - code if code < 0 else code


def rotate(log: Path) -> None:
    """Keep the last run's log beside the new one, as NAME.log.1."""
    if log.exists():
        log.replace(log.with_name(f"{log.name}.1"))


def no_hurry() -> int:
    """Nobody asked to be quicker."""
    return 0


class _Stopping:
    """One child on its way down the steps."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.taken = 0
        self.until = 0.0

    def advance(self, hurry: int) -> bool:
        """Take the next step if it is time for it; whether the child is gone."""
        due = self.taken == 0 or time.monotonic() > self.until or self.taken <= hurry
        if self.child.alive() and due:
            self._take_step()
        return not self.child.alive()

    def _take_step(self) -> None:
        steps = self.child.service.stopping
        if self.taken < len(steps):
            self.child.signal(steps[self.taken].signal)
            self.until = time.monotonic() + steps[self.taken].grace
        else:
            self.child.bury()
        self.taken += 1


def stop_together(
    children: Sequence[Child],
    *,
    hurry: Callable[[], int] = no_hurry,
    pause: Callable[[float], object] = time.sleep,
) -> None:
    """Stop these children at the same time; nothing of their sessions is left when it returns.

    Each unit of `hurry` takes one step of each child's stopping at once, without its grace.
    """
    stopping = [_Stopping(child) for child in children]
    while stopping := [each for each in stopping if not each.advance(hurry())]:
        pause(PATIENCE)
    for child in children:
        child.bury()
