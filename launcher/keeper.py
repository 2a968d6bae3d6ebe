"""Keeps one service running: starts it, asks whether it is ready, starts it again when it dies."""

import time
from collections.abc import Callable
from pathlib import Path

from launcher.children import Child, rotate
from launcher.leftovers import forget, remember
from launcher.services import Service
from launcher.terminal import say

HEALTHY_AFTER = 10.0  # seconds after which a service's earlier deaths are forgiven
LONGEST_WAIT = 5.0


def wait_after(deaths: int) -> float:
    """Seconds until the next start after so many deaths in a row: 0.1, 0.4, 1.6, then 5."""
    return float(min(LONGEST_WAIT, 0.1 * 4 ** (deaths - 1)))


class Keeper:
    """One service through all its lives."""

    def __init__(
        self, service: Service, *, log: Path, run: Path, bury_orphans: Callable[[], None]
    ) -> None:
        self.service = service
        self.log = log / f"{service.name}.log"
        self.run = run
        self.child: Child | None = None
        self.ready = False
        self.was_ready = False
        self.deaths = 0
        self._bury_orphans = bury_orphans
        self._since = 0.0  # the last start, readiness or death
        self._log_before = 0  # bytes that earlier lives have written
        rotate(self.log)

    def turn(self) -> None:
        """Do what is due; never waits."""
        now = time.monotonic()
        if self.child is None:
            if now - self._since >= (wait_after(self.deaths) if self.deaths else 0):
                self._start(now)
        elif not self.child.alive():
            self._died(f"ended with status {self.child.status()}", now)
        elif not self.ready:
            self._ask(now)
        elif self.deaths and now - self._since > HEALTHY_AFTER:
            self.deaths = 0

    def _start(self, now: float) -> None:
        self.service.before()
        self._log_before = self.log.stat().st_size if self.log.exists() else 0
        self.child = Child(self.service, self.log)
        remember(self.run, self.child)
        self._since = now

    def _ask(self, now: float) -> None:
        if self._said() and self.service.ready():
            again = " again" if self.was_ready else ""
            say(f"{self.service.title} is up{again} ({now - self._since:.1f} s)")
            self.ready = self.was_ready = True
            self._since = now
        elif now - self._since > self.service.ready_within:
            self._died(f"was not ready within {self.service.ready_within:.0f} s", now)

    def _said(self) -> bool:
        """Whether this life's part of the log has what the service says when it is ready."""
        if not self.service.says:
            return True
        with self.log.open("rb") as log:
            log.seek(self._log_before)
            return self.service.says in log.read()

    def _died(self, how: str, now: float) -> None:
        """Nothing of the old life may go on working beside the new one."""
        self.deaths += 1
        if self.was_ready:
            say(f"{self.service.title} {how}; starting it again")
        self.gone()
        self._bury_orphans()
        self.child, self.ready, self._since = None, False, now

    def gone(self) -> None:
        """Bury what is left of the child."""
        if self.child is not None and self.child.bury():
            forget(self.run, self.child)

    def last_words(self, lines: int = 12) -> str:
        """The end of the service's log."""
        if not self.log.is_file():
            return "(it wrote nothing)"
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
