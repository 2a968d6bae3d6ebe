"""The runtimes of this machine: bubblewrap, and Docker's where an engine answers."""

import os
import tempfile
from functools import cache
from pathlib import Path

from corral.sandbox.docker import DockerSandbox
from tests.corral.sandbox.workshop import PYTHON

BUBBLEWRAP = "bubblewrap"
ENGINE_VARIABLE = "CORRAL_TEST_DOCKER_HOST"  # unix:///path of an engine to be used by the tests
RUNTIME_VARIABLE = "CORRAL_TEST_DOCKER_RUNTIMES"  # names that it knows; its default without


def engine_socket() -> Path:
    """Where an engine might listen."""
    host = os.environ.get(ENGINE_VARIABLE) or "unix:///var/run/docker.sock"
    return Path(host.removeprefix("unix://"))


@cache
def here() -> list[str]:
    """Names of the runtimes; those of an engine that was named must be usable."""
    if ENGINE_VARIABLE not in os.environ and not engine_is_usable():
        return [BUBBLEWRAP]
    names = os.environ.get(RUNTIME_VARIABLE, "default").split(",")
    return [BUBBLEWRAP, *(f"docker-{name}" for name in names)]


def engine_is_usable() -> bool:
    """Whether an engine answers that sees this machine's files."""
    with tempfile.TemporaryDirectory(prefix="corral-engine-") as folder:
        Path(folder).chmod(0o755)
        return not make_docker_sandbox("docker-default", Path(folder)).lacks()


def make_docker_sandbox(
    runtime: str, folder: Path, base_environment: Path | None = None
) -> DockerSandbox:
    """A sandbox by the engine that answers here."""
    name = runtime.removeprefix("docker-")
    return DockerSandbox(
        state=folder / "state",
        interpreter=PYTHON,
        base_environment=base_environment,
        slot=400,
        socket=engine_socket(),
        runtime=None if name == "default" else name,
    )
