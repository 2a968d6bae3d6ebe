"""What the gateway costs a call, beside the upstream itself and beside LiteLLM's proxy.

All peers are asked by the same clients for the same answer, in turn, round after round. Ours meters
every call, keeps its ledger and its budget; LiteLLM checks a key as ours does, and has no database.
"""

import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path

import uvloop

from tests.bench import peers
from tests.bench.load import Load, put_load
from tests.bench.measure import Figure, Spread, report, show, shown, spread, turns
from tests.bench.peers import Peer
from tests.bench.stub import EVENTS

CLIENTS = (1, 8, 32)
STREAMS = 8
ROUNDS = 5
SECONDS = 1.0
SLOW_SECONDS = 2.5  # a peer of tens of calls a second needs longer for as many as it can
WARM_SECONDS = 1.0
DIRECT, OURS, LITELLM = "direct", "gateway", "litellm"
LITELLM_MISSING = "LiteLLM's proxy could not be installed here, so nothing is compared with it."


@dataclass
class Sample:
    """What one peer showed at one number of clients, all rounds together."""

    first_ms: list[float] = field(default_factory=list)
    whole_ms: list[float] = field(default_factory=list)
    cpu_seconds: float = 0.0

    def take(self, load: Load, cpu_seconds: float) -> None:
        """Add a round."""
        self.first_ms += load.first_ms
        self.whole_ms += load.whole_ms
        self.cpu_seconds += cpu_seconds

    @property
    def calls_per_core(self) -> float:
        """Calls for each second that the peer kept a core busy."""
        return len(self.whole_ms) / self.cpu_seconds


Measured = dict[str, Sample]


async def measured(peers: dict[str, Peer], *, clients: int, stream: bool = False) -> Measured:
    """All peers at so many clients."""
    samples = {name: Sample() for name in peers}
    for name in turns(list(peers), ROUNDS):
        peer = peers[name]
        before = peer.cpu_seconds()
        seconds = SLOW_SECONDS if name == LITELLM else SECONDS
        load = await put_load(peer.door, clients=clients, seconds=seconds, stream=stream)
        samples[name].take(load, peer.cpu_seconds() - before)
    return samples


async def measured_all(peers: dict[str, Peer]) -> tuple[dict[int, Measured], Measured, Measured]:
    """Whole answers at each number of clients; streams at one client and at several."""
    for peer in peers.values():
        await put_load(peer.door, clients=STREAMS, seconds=WARM_SECONDS)
    whole = {clients: await measured(peers, clients=clients) for clients in CLIENTS}
    streams = {name: peer for name, peer in peers.items() if name != LITELLM}
    one = await measured(streams, clients=1, stream=True)
    return whole, one, await measured(streams, clients=STREAMS, stream=True)


def added(samples: Measured, clients: int, name: str = OURS) -> dict[str, Figure]:
    """What a peer adds to each quantile of the direct calls."""
    direct, through = spread(samples[DIRECT].whole_ms), spread(samples[name].whole_ms)
    how = (
        f"nearest-rank quantile of {through.count} calls through the {name} less that of "
        f"{direct.count} direct ones, {clients} at once, {ROUNDS} interleaved rounds"
    )
    goals = {(1, "median"): 1.5, (32, "p99"): 25.0} if name == OURS else {}
    return {
        f"added_ms_{quantile}_{clients}": Figure(
            round(getattr(through, quantile) - getattr(direct, quantile), 3),
            "ms",
            how,
            goals.get((clients, quantile)),
        )
        for quantile in ("median", "p95", "p99")
    }


def rates(samples: Measured) -> dict[str, Figure]:
    """Calls a second of one core, ours and LiteLLM's."""
    how = (
        f"calls for each second of CPU (user and system, /proc) that the process used, "
        f"{max(CLIENTS)} clients"
    )
    ours = samples[OURS].calls_per_core
    theirs = samples[LITELLM].calls_per_core if LITELLM in samples else None
    ratio = round(ours / theirs, 1) if theirs else None
    against = how + "; ours over LiteLLM's, the same method for both"
    return {
        "calls_per_core": Figure(round(ours), "calls/s", how),
        "calls_per_core_litellm": Figure(theirs and round(theirs, 1), "calls/s", how),
        "calls_per_core_over_litellm": Figure(ratio, "times", against, goal=25, at_least=True),
    }


def stream_figures(one: Measured, several: Measured) -> dict[str, Figure]:
    """What a stream costs: until its first byte, and for each event."""
    first = spread(one[OURS].first_ms).median - spread(one[DIRECT].first_ms).median
    events = len(several[OURS].whole_ms) * EVENTS
    return {
        "stream_added_first_ms_median_1": Figure(
            round(first, 3), "ms", f"median of {len(one[OURS].first_ms)} streams less the direct"
        ),
        "stream_cpu_us_per_event": Figure(
            round(several[OURS].cpu_seconds / events * 1e6, 1),
            "µs",
            f"CPU of the gateway over {events} events, {STREAMS} streams at once, whole calls",
        ),
    }


def row(clients: int, name: str, sample: Sample) -> list[str]:
    """A line of the table of all that was seen."""
    seen: Spread = spread(sample.whole_ms)
    numbers: Sequence[float] = (seen.count, seen.median, seen.p95, seen.p99, sample.calls_per_core)
    return [f"{name}, {clients} at once", *map(shown, numbers)]


def seen(whole: dict[int, Measured]) -> dict[str, dict[str, object]]:
    """For the file: the quantiles of each peer at each number of clients."""
    return {
        str(clients): {
            name: {**asdict(spread(sample.whole_ms)), "cpu_seconds": round(sample.cpu_seconds, 2)}
            for name, sample in samples.items()
        }
        for clients, samples in whole.items()
    }


def main() -> None:
    """Measure, print, write."""
    version = peers.install_litellm()
    if version is None:
        print(LITELLM_MISSING, file=sys.stderr)
    with ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
        stub = stack.enter_context(peers.stub())
        upstream = f"http://127.0.0.1:{stub.door.at}/v1"
        started = {DIRECT: stub, OURS: stack.enter_context(peers.gateway(upstream, Path(folder)))}
        if version is not None:
            started[LITELLM] = stack.enter_context(peers.litellm(upstream, Path(folder)))
        whole, one, several = uvloop.run(measured_all(started))
    rows = [row(n, name, sample) for n, each in whole.items() for name, sample in each.items()]
    columns = ("peer", "calls", "median ms", "p95 ms", "p99 ms", "calls a CPU second")
    show("Calls", columns, rows)
    figures: dict[str, Figure] = {}
    for clients, samples in whole.items():
        figures |= added(samples, clients)
    figures |= rates(whole[max(CLIENTS)]) | stream_figures(one, several)
    report("gateway", figures, {"litellm": version, "seen": seen(whole)})


if __name__ == "__main__":
    main()
