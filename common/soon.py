"""Told soon: what follows from a change and nobody waits for, once for all changes of a moment.

A run changes five times within a moment, and each time a board and two pages want to hear of it. A
worker must not spend its runs' time on that, least of all while Redis is away: in its processes a
thread does it. What is lost there is found in PostgreSQL by whoever was to be told.
"""

import asyncio
import inspect
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from typing import Any

from asgiref.sync import sync_to_async
from django.db import close_old_connections, connections

log = logging.getLogger(__name__)
MOMENT_SECONDS = 0.1
MOST = 1000  # so many different things may wait to be told; more are not told at all
STOP_SECONDS = 2.0

Receiver = Callable[..., None]
_Asked = tuple[Receiver, tuple[tuple[str, Any], ...]]


class Teller:
    """A thread that calls receivers. Until it is started, and in a fork, they are called at once.

    One event loop lasts as long as the thread, so that pushes share a connection to Redis.
    """

    def __init__(self) -> None:
        self._waiting: dict[_Asked, None] = {}
        self._lock = threading.Lock()
        self._asked = threading.Event()
        self._stopping = threading.Event()
        self._given_up = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """From now on this process tells soon."""
        self._stopping.clear()
        self._given_up = False
        self._thread = threading.Thread(target=self._run, name="teller", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Tell what waits, as far as that is quick, and nothing soon any more."""
        if self._thread is not None:
            self._stopping.set()
            self._asked.set()
            self._thread.join(STOP_SECONDS)
            self._given_up = True
            self._thread = None

    def tell(self, receiver: Receiver, **told: Any) -> None:
        """Call the receiver soon, once however often it is asked to be told the same until then."""
        if self._thread is None or not self._thread.is_alive():
            receiver(**told)
            return
        with self._lock:
            if len(self._waiting) < MOST:
                self._waiting[receiver, tuple(sorted(told.items()))] = None
        self._asked.set()

    def _run(self) -> None:
        asyncio.run(self._keep_telling())

    async def _keep_telling(self) -> None:
        with ThreadPoolExecutor(1, "tells") as own:
            tell = sync_to_async(self._tell_moment, thread_sensitive=False, executor=own)
            while await tell():
                pass

    def _tell_moment(self) -> bool:
        """Wait for the next moment in which something happens; False at the end of all."""
        self._asked.wait()
        self._stopping.wait(MOMENT_SECONDS)
        self._asked.clear()
        with self._lock:
            moment, self._waiting = self._waiting, {}
        for receiver, told in moment:
            if self._given_up:
                break
            _call(receiver, dict(told))
        if self._stopping.is_set():
            connections.close_all()
            return False
        close_old_connections()
        return True


def _call(receiver: Receiver, told: dict[str, Any]) -> None:
    """A receiver that fails keeps nobody else from being told."""
    try:
        receiver(**told)
    except Exception:
        log.exception("%s failed.", receiver.__name__)
        close_old_connections()  # a cut connection never heals by itself


teller = Teller()


def soon(receiver: Receiver) -> Receiver:
    """A signal's receiver that is told soon, of nothing but what its parameters name."""
    names = [
        name
        for name, parameter in inspect.signature(receiver).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
    ]

    @wraps(receiver)
    def told(**sent: Any) -> None:
        teller.tell(receiver, **{name: sent[name] for name in names})

    return told
