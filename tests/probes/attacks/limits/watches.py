"""Uses up what a user may watch of files (inotify): another user's must be left."""

from __future__ import annotations

import asyncio
import ctypes
import os
import time
from typing import TYPE_CHECKING

from tests.probes.calls import libc
from tests.probes.inside import Facts
from tests.probes.seen import Seen

if TYPE_CHECKING:
    from tests.probes.bench import Scene

HELD_BY = ("limits", "uid")
LIMITS = {"open_files": 64}
SAFETY_NET = 100


async def meanwhile(scene: Scene) -> None:
    """The worker itself can still watch."""
    while not scene.outcomes:
        descriptor = libc.inotify_init()
        if descriptor < 0:
            scene.notice("the worker can watch no file any more")
            return
        os.close(descriptor)
        await asyncio.sleep(0.05)


def contained(seen: Seen) -> bool:
    return bool(seen.answers) and isinstance(seen.answers[0], int) and seen.answers[0] < 64


def attempt(facts: Facts) -> int:
    made = 0
    while made < SAFETY_NET and libc.inotify_init() >= 0:
        made += 1
    ctypes.set_errno(0)
    time.sleep(0.3)
    return made
