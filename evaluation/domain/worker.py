"""This process as a worker: its name, and the sandbox runtime that it uses."""

import os
from collections.abc import Collection
from functools import cache

from django.conf import settings

from corral.sandbox.base import Sandbox
from corral.sandbox.bubblewrap import BubblewrapSandbox
from corral.sandbox.docker import DockerSandbox
from corral.sandbox.environment import ensure_base_environment
from corral.sandbox.self_test import self_test
from hackathons.enums import Lane


def this_worker(host: str) -> str:
    """A name that tells this process from every other one, for people to read."""
    return f"{host}:{os.getpid()}"


def queue_of_lane(lane: Lane) -> str:
    """The Celery queue on which workers of a lane are nudged."""
    return "runs" if lane is Lane.CPU else f"runs.{lane.value}"


_lanes: list[Lane] = []


def serve_lanes(queues: Collection[str]) -> list[Lane]:
    """This worker consumes these queues; the lanes that it therefore serves, perhaps none."""
    _lanes[:] = [lane for lane in Lane if queue_of_lane(lane) in queues]
    return list(_lanes)


def lanes_served() -> tuple[Lane, ...]:
    """Those of this worker, in all its processes."""
    return tuple(_lanes)


def this_sandbox() -> Sandbox:
    """The runtime, made once a process: it reserves a user of its own for its sandboxes."""
    return _sandbox_of(os.getpid())


@cache
def _sandbox_of(process: int) -> Sandbox:
    """Keyed by the process: what a parent made before it forked is not its children's."""
    environment = ensure_base_environment(
        settings.STATE, settings.SANDBOX_PYTHON, settings.BASE_DIR / "requirements-sandbox.txt"
    )
    if settings.SANDBOX_RUNTIME == "docker":
        return DockerSandbox(
            state=settings.STATE,
            interpreter=settings.SANDBOX_PYTHON,
            base_environment=environment,
            slot=0,
            socket=settings.SANDBOX_DOCKER_SOCKET,
            runtime=settings.SANDBOX_DOCKER_RUNTIME or None,
        )
    return BubblewrapSandbox(
        state=settings.STATE,
        interpreter=settings.SANDBOX_PYTHON,
        base_environment=environment,
        slot=0,
        degraded=settings.SANDBOX_DEGRADED,
    )


def forget_sandbox() -> None:
    """Let go of the runtime, with all that stands ready in it."""
    _sandbox_of.cache_clear()


@cache
def is_degraded() -> bool:
    """Whether rlimits stand in for cgroups on this machine; every run's page says so."""
    return settings.SANDBOX_DEGRADED and bool(this_sandbox().lacks())


def why_unsafe() -> list[str]:
    """One sentence for each reason why this machine must not run projects; starts a sandbox.

    With SANDBOX_DEGRADED=1 a missing cgroup is none: that has been said and accepted.
    """
    sandbox = this_sandbox()
    lacking = [] if settings.SANDBOX_DEGRADED else sandbox.lacks()
    return lacking or self_test(sandbox)
