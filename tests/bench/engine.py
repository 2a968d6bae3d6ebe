"""`make bench`: what the engine itself costs, beside bare processes and calls, in some minutes."""

import asyncio
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import uvloop

from tests.bench import gateway, peers
from tests.bench.claims import claim_figures
from tests.bench.environments import measure_environments
from tests.bench.measure import Figure, median_figure, report
from tests.bench.ranking import board_figures
from tests.bench.runs import run_figures
from tests.bench.stage import Stage, empty, stage
from tests.bench.working import submit_figures, throughput_figures

GATEWAY_ROUNDS = 3
ENVIRONMENTS = 7


def gateway_figures(_: Stage) -> dict[str, Figure]:
    """What the gateway adds to a call, with 1, 8 and 32 clients; `make bench-gateway` has more."""
    with tempfile.TemporaryDirectory() as folder, peers.stub() as stub:
        upstream = f"http://127.0.0.1:{stub.door.at}/v1"
        with peers.gateway(upstream, Path(folder)) as ours:
            found = {gateway.DIRECT: stub, gateway.OURS: ours}
            return uvloop.run(_added(found))


async def _added(found: dict[str, peers.Peer]) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    for clients in gateway.CLIENTS:
        seen = await gateway.measured(found, clients=clients, rounds=GATEWAY_ROUNDS)
        added = gateway.added(seen, clients)
        figures |= {f"gateway_{name}": figure for name, figure in added.items()}
    return figures


def environment_figures(_: Stage) -> dict[str, Figure]:
    """What a project's packages cost the first time, and each time after that."""
    from django.conf import settings

    times = asyncio.run(measure_environments(settings.SANDBOX_PYTHON, rounds=ENVIRONMENTS))
    how = "two small packages, from an index of this process on the loopback"
    return {
        "environment_miss_ms": median_figure(times.miss_ms, "ms", f"resolved and installed: {how}"),
        "environment_hit_ms": median_figure(times.hit_ms, "ms", f"found on the shelf: {how}"),
    }


PARTS: Sequence[Callable[[Stage], dict[str, Figure]]] = (
    run_figures,
    throughput_figures,
    submit_figures,
    claim_figures,
    environment_figures,
    board_figures,
    gateway_figures,
)


def main() -> None:
    """Measure, print, write."""
    figures: dict[str, Figure] = {}
    seconds: dict[str, float] = {}
    with stage() as place:
        for part in PARTS:
            began = time.monotonic()
            figures |= part(place)
            empty()
            seconds[part.__name__] = round(time.monotonic() - began, 1)
            print(f"{part.__name__}: {seconds[part.__name__]} s", flush=True)
    report("bench", figures, {"seconds": seconds})


if __name__ == "__main__":
    main()
