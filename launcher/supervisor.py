"""Starts services, keeps them running, and stops them so that nothing is left behind.

One thread, no waiting inside a signal handler: handlers only write down what came, and the loop
that everything runs in looks at it between two steps.
"""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from types import FrameType
from typing import Self

from launcher.children import Child, exit_status, stop_together
from launcher.errors import Interrupted, LauncherError, ServiceFailed
from launcher.keeper import Keeper
from launcher.leftovers import forget, marked, remember, stop_leftovers
from launcher.processes import (
    Process,
    become_subreaper,
    children_of,
    signal_all,
    wait_until,
)
from launcher.services import Service
from launcher.terminal import say

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
TICK = 0.05  # seconds between two looks while something starts
IDLE = 1.0  # the same while all is well; a signal or a death wakes the loop at once
TRIES = 3  # lives in which a service may fail to come up for the first time


class Supervisor:
    """A context: on leaving it, whatever the reason, everything that it started is stopped."""

    def __init__(self, *, log: Path, run: Path) -> None:
        self._log = log
        self._run = run
        self._keepers: list[Keeper] = []
        self._foreground: Child | None = None
        self._here: subprocess.Popen[bytes] | None = None
        self._came: list[int] = []
        self._obeyed = 0
        self._restore: list[Callable[[], object]] = []

    def __enter__(self) -> Self:
        become_subreaper()
        for name in stop_leftovers(self._run):
            say(f"Stopped {name}, which an earlier launcher had left running")
        self._reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        old_writer = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        self._restore = [
            lambda: signal.set_wakeup_fd(old_writer),
            lambda: os.close(writer),
            lambda: os.close(self._reader),
        ]
        for number in (*STOP_SIGNALS, signal.SIGCHLD):
            self._handle(number)
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.stop()
        finally:
            for restore in self._restore:
                restore()

    def start(self, *services: Service) -> None:
        """Begin to keep these services; they come up in `wait_until_ready`."""
        for service in services:
            keeper = Keeper(
                replace(service, environment=marked(service)),
                log=self._log,
                run=self._run,
                bury_orphans=self.bury_orphans,
            )
            self._keepers.append(keeper)
            keeper.turn()

    def wait_until_ready(self, *names: str) -> None:
        """Until these services, or all, have been up.

        Raises:
            ServiceFailed: one died before it was ever up, again and again.
            Interrupted: a signal asked us to stop.
        """
        wanted = [each for each in self._keepers if not names or each.service.name in names]
        while not all(keeper.was_ready for keeper in wanted):
            self._turn()
            for keeper in wanted:
                if not keeper.was_ready and keeper.deaths >= TRIES:
                    raise ServiceFailed(
                        f"{keeper.service.title} did not come up. Its log, {keeper.log}, ends "
                        f"with:\n{keeper.last_words()}"
                    )

    def run(self, service: Service, log: Path | None = None) -> int:
        """Run a command to its end while the services are kept; its exit status.

        Raises:
            Interrupted: a signal asked us to stop.
        """
        child = self._foreground = Child(replace(service, environment=marked(service)), log)
        remember(self._run, child)
        while child.alive():
            self._turn()
        self._foreground = None
        child.bury()
        forget(self._run, child)
        return child.status()

    def run_here(self, command: tuple[str, ...], environment: dict[str, str]) -> int:
        """Run a person's command in our own session, so that it has the terminal; its status.

        At a terminal SIGINT reaches it anyway, and it may take Ctrl-C for its own business, as
        shells do. All other signals are passed on, and we stop when it has ended.
        """
        try:
            process = self._here = subprocess.Popen(command, env=environment)
        except OSError as error:
            raise LauncherError(f"{command[0]} can't be run: {error.strerror}.") from error
        while process.poll() is None:
            for number in self._came[self._obeyed :]:
                process.send_signal(number)
            self._obeyed = len(self._came)
            self._step()
        self._here = None
        return exit_status(process.returncode)

    def wait_for_signal(self) -> int:
        """Keep everything running until a signal asks us to stop; its number."""
        while True:
            try:
                self._turn()
            except Interrupted as interrupted:
                return interrupted.number

    def stop(self) -> None:
        """Stop everything, the newest stage first; every further signal makes it quicker."""
        heard = len(self._came)
        if self._foreground is not None:
            self._stop([self._foreground], heard)
            self._foreground = None
        keepers = sorted(self._keepers, key=lambda each: -each.service.stage)
        for _, stage in groupby(keepers, key=lambda each: each.service.stage):
            self._stop([keeper.child for keeper in stage if keeper.child is not None], heard)
            self.bury_orphans()
        self._keepers.clear()

    def bury_orphans(self) -> None:
        """Kill what lost its parent and came to us: nobody is left who waits for it."""
        wait_until(lambda: not self._bury_orphans_once(), seconds=2)

    def _bury_orphans_once(self) -> bool:
        """Kill and reap; whether there was anything to do."""
        orphans = self._orphans()
        signal_all((each for each in orphans if each.running), signal.SIGKILL)
        self._reap_orphans()
        return bool(orphans)

    def _reap_orphans(self) -> None:
        for orphan in self._orphans():
            with suppress(ChildProcessError):
                os.waitpid(orphan.pid, os.WNOHANG)

    def _orphans(self) -> list[Process]:
        ours = {keeper.child.pid for keeper in self._keepers if keeper.child is not None}
        ours |= {each.pid for each in (self._foreground, self._here) if each is not None}
        return [each for each in children_of(os.getpid()) if each.pid not in ours]

    def _stop(self, children: Iterable[Child], heard: int) -> None:
        stopped = list(children)
        stop_together(stopped, hurry=lambda: len(self._came) - heard, pause=self._pause)
        for child in stopped:
            forget(self._run, child)

    def _turn(self) -> None:
        self._step()
        if len(self._came) > self._obeyed:
            self._obeyed = len(self._came)
            raise Interrupted(self._came[-1])

    def _step(self) -> None:
        for keeper in self._keepers:
            keeper.turn()
        if self._pause(IDLE if all(keeper.ready for keeper in self._keepers) else TICK):
            self._reap_orphans()

    def _pause(self, seconds: float) -> bool:
        """Sleep until the time is over, a signal came or a child died; False: it was the time."""
        if not select.select([self._reader], [], [], seconds)[0]:
            return False
        with suppress(BlockingIOError):
            os.read(self._reader, 4096)
        return True

    def _handle(self, number: signal.Signals) -> None:
        old = signal.signal(number, self._note)
        self._restore.append(lambda: signal.signal(number, old))

    def _note(self, number: int, _: FrameType | None) -> None:
        ignored = number == signal.SIGINT and self._here is not None and sys.stdin.isatty()
        if number in STOP_SIGNALS and not ignored:
            self._came.append(number)
