"""PostgreSQL and Valkey, each embedded unless the environment names a real one."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from launcher.children import PATIENCE, Child, stop_together
from launcher.errors import ServiceFailed
from launcher.postgres import embedded_cluster, postgres_service
from launcher.services import Service
from launcher.state import State
from launcher.valkey import embedded_valkey, valkey_service


@dataclass(frozen=True, slots=True)
class Engines:
    """Services to start, and the variables by which the platform finds them."""

    services: tuple[Service, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)

    def __add__(self, other: "Engines") -> "Engines":
        return Engines(self.services + other.services, self.environment | other.environment)


def postgres_engine(state: State, *, durable: bool) -> Engines:
    """An embedded PostgreSQL, or nothing where DATABASE_URL names a real one."""
    if os.environ.get("DATABASE_URL"):
        return Engines()
    cluster = embedded_cluster(state, durable=durable)
    return Engines((postgres_service(cluster),), {"DATABASE_URL": cluster.url})


def valkey_engine(state: State) -> Engines:
    """An embedded Valkey, or nothing where REDIS_URL names a real one."""
    if os.environ.get("REDIS_URL"):
        return Engines()
    valkey = embedded_valkey(state)
    return Engines((valkey_service(valkey),), {"REDIS_URL": valkey.url})


def start_and_wait(services: Sequence[Service], state: State, *, seconds: float) -> list[Child]:
    """Start services that nobody keeps, for tests; they die with this process at the latest.

    Raises:
        ServiceFailed: one is not ready in time; all are stopped again.
    """
    children: list[Child] = []
    until = time.monotonic() + seconds
    try:
        for service in services:
            service.before()
            children.append(Child(service, state.log / f"{service.name}.log"))
        for child in children:
            _wait(child, until, state)
    except BaseException:
        stop_together(children)
        raise
    return children


def _wait(child: Child, until: float, state: State) -> None:
    while not child.service.ready():
        if not child.alive() or time.monotonic() > until:
            log = state.log / f"{child.service.name}.log"
            raise ServiceFailed(
                f"{child.service.title} did not come up:\n{log.read_text(errors='replace')}"
            )
        time.sleep(PATIENCE / 2)
