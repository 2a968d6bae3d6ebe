"""The processes that are measured: the stub, our gateway, and LiteLLM's proxy."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.load import Door
from tests.bench.measure import BUILD
from tests.bench.stub import MODEL

ENVIRONMENT = BUILD / "litellm"
START_SECONDS = 60
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Peer:
    """A process that answers calls."""

    door: Door
    pid: int

    def cpu_seconds(self) -> float:
        """What it and its children have used so far, in user and kernel mode."""
        return sum(map(_cpu_seconds, _tree(self.pid)))


def _tree(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(inner for child in children for inner in _tree(int(child)))]


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@contextmanager
def stub() -> Iterator[Peer]:
    """The model server."""
    with _started([sys.executable, "-m", "tests.bench.stub"]) as process:
        assert process.stdout is not None
        yield Peer(Door(int(process.stdout.readline()), "none"), process.pid)


@contextmanager
def gateway(upstream: str, folder: Path) -> Iterator[Peer]:
    """Our gateway."""
    path, key = folder / "gateway.sock", secrets.token_hex(18)
    command = [sys.executable, "-m", "tests.bench.served", "--upstream", upstream]
    with _started([*command, "--socket", str(path), "--key", key]) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield Peer(Door(str(path), key), process.pid)


def install_litellm() -> str | None:
    """The version of LiteLLM's proxy in its throw-away environment; None if it can't be had."""
    python = ENVIRONMENT / "bin" / "python"
    asked = "import importlib.metadata as m; print(m.version('litellm'))"
    if not (ENVIRONMENT / "whole").exists():
        print("Installing LiteLLM's proxy into build/litellm …")
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        uv = str(Path(sys.executable).with_name("uv"))
        made = [uv, "venv", "--quiet", "--python", sys.executable, str(ENVIRONMENT)]
        filled = [uv, "pip", "install", "--quiet", "--python", str(python), "litellm[proxy]"]
        if any(
            subprocess.run(each, stderr=subprocess.DEVNULL).returncode for each in (made, filled)
        ):
            return None
        (ENVIRONMENT / "whole").touch()
    return subprocess.run([python, "-c", asked], capture_output=True, text=True).stdout.strip()


@contextmanager
def litellm(upstream: str, folder: Path) -> Iterator[Peer]:
    """LiteLLM's proxy with one worker and no database, as its guide for production has it.

    Raises:
        TimeoutError: it does not start.
    """
    port, key = _free_port(), f"sk-{secrets.token_hex(18)}"
    served = {"model": f"openai/{MODEL}", "api_base": upstream, "api_key": "none"}
    config = {
        "model_list": [{"model_name": MODEL, "litellm_params": served}],
        "general_settings": {"master_key": key},
        "litellm_settings": {"set_verbose": False, "num_retries": 0},
    }
    path = folder / "litellm.yaml"
    path.write_text(json.dumps(config))  # which is YAML too
    command = [str(ENVIRONMENT / "bin" / "litellm"), "--config", str(path), "--host", "127.0.0.1"]
    command += ["--port", str(port), "--num_workers", "1", "--telemetry", "False"]
    quiet = {
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_LOG": "ERROR",
        "LITELLM_MODE": "PRODUCTION",
    }
    with _started(command, quiet, discard=True) as process:
        _wait_for(f"http://127.0.0.1:{port}/health/liveliness", process)
        yield Peer(Door(port, key), process.pid)


@contextmanager
def _started(
    command: list[str], more: dict[str, str] | None = None, *, discard: bool = False
) -> Iterator[subprocess.Popen[str]]:
    output = subprocess.DEVNULL if discard else subprocess.PIPE
    errors = subprocess.DEVNULL if discard else None
    process = subprocess.Popen(
        command, env={**os.environ, **(more or {})}, stdout=output, stderr=errors, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as made:
        port: int = made.getsockname()[1]
        return port


def _wait_for(address: str, process: subprocess.Popen[str]) -> None:
    """Wait until a server answers.

    Raises:
        TimeoutError: it does not.
    """
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=1).close()
            return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(f"{address} does not answer.")
