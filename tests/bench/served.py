"""Our gateway in a process of its own, as a run has it: on a Unix socket, all books kept.

`python -m tests.bench.served --upstream URL --socket PATH --key KEY` says `ready`.
"""

import argparse
import asyncio
import gc
from pathlib import Path

from corral.gateway.budget import Budget
from corral.gateway.server import Gateway
from corral.gateway.upstream import Upstream
from tests.bench.stub import MODEL

RECORD_SECONDS = 0.25


async def main(upstream: str, socket: Path, key: str) -> None:
    budget = Budget(tokens=10**12, calls=10**9)
    gateway = Gateway(
        upstream=Upstream(base_url=upstream, model=MODEL), model=MODEL, budget=budget, api_key=key
    )
    async with gateway:
        gateway.in_flight.add("task-1")
        await gateway.serve(socket, None)
        print("ready", flush=True)
        stored = 0
        while True:  # a run's record takes out what is new; storing it is the platform's
            await asyncio.sleep(RECORD_SECONDS)
            stored += len(gateway.ledger.since(stored))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--socket", type=Path, required=True)
    parser.add_argument("--key", required=True)
    given = parser.parse_args()
    gc.freeze()  # as the process of a worker does
    asyncio.run(main(given.upstream, given.socket, given.key))
