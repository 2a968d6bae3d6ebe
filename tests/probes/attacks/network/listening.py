"""Listens for the host to come in, and on a port that only root may have."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import TYPE_CHECKING

from tests.probes.inside import Facts, Harmless, tried

if TYPE_CHECKING:
    from tests.probes.bench import Scene

HELD_BY = ("network",)
PORT = 47808


async def meanwhile(scene: Scene) -> None:
    from tests.probes.canaries import answers

    while not scene.outcomes:
        if await answers(PORT):
            scene.notice("the project's port can be reached from the host")
            return
        await asyncio.sleep(0.02)


def listen() -> None:
    with socket.create_server(("0.0.0.0", PORT)):
        time.sleep(0.5)
    raise Harmless("was heard by nobody")


def attempt(facts: Facts) -> str:
    return tried({"listening": listen})
