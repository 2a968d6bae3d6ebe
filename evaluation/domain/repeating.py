"""Done again and again in a thread of its own, with PostgreSQL there or away."""

import logging
import threading
from collections.abc import Callable

from django.db import close_old_connections, connections

from evaluation.domain.patience import AWAY

log = logging.getLogger(__name__)


class Repeating:
    """Calls `act` every so many seconds until it is stopped; what fails is tried again then."""

    def __init__(self, *, name: str, seconds: float, act: Callable[[], object]) -> None:
        self._seconds, self._act = seconds, act
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._repeat, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Do it no more."""
        self._stop.set()

    def _repeat(self) -> None:
        while not self._stop.is_set():
            try:
                self._act()
            except AWAY as error:
                log.warning("%s waits for PostgreSQL: %s", self._thread.name, error)
            except Exception:
                log.exception("%s failed.", self._thread.name)
            finally:
                close_old_connections()
            self._stop.wait(self._seconds)
        connections.close_all()
