"""What the gateway costs a call, beside the upstream itself and beside LiteLLM's proxy.

All peers are asked by the same clients for the same answer, in turn, round after round. Ours meters
every call, keeps its ledger and its budget; LiteLLM checks a key as ours does, and has no database.
"""

import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

import uvloop

from tests.bench import peers
from tests.bench.load import Load, put_load
from tests.bench.measure import Figure, Spread, report, show, shown, spread, turns
from tests.bench.peers import Peer
from tests.bench.stub import EVENTS

CLIENTS = (1, 8, 32)
STREAMS = 8
ROUNDS = 7
SECONDS = 1.0
SLOW_SECONDS = 2.0  # a peer of tens of calls a second needs longer for as many as it can
WARM_SECONDS = 1.0
GOALS = {(1, "median"): 1.5, (32, "p99"): 25.0}
DIRECT, OURS, LITELLM = "direct", "gateway", "litellm"
LITELLM_MISSING = "LiteLLM's proxy can't be had here, so nothing is compared with it."


@dataclass
class Sample:
    """What one peer showed at one number of clients."""

    rounds: list[Load] = field(default_factory=list)
    cpu_seconds: float = 0.0

    @property
    def whole_ms(self) -> list[float]:
        """Of all rounds together."""
        return [value for load in self.rounds for value in load.whole_ms]

    @property
    def calls_per_core(self) -> float:
        """Calls for each second that the peer kept a core busy."""
        return len(self.whole_ms) / self.cpu_seconds


Measured = dict[str, Sample]


async def measured(
    peers: dict[str, Peer], *, clients: int, stream: bool = False, rounds: int = ROUNDS
) -> Measured:
    """All peers at so many clients."""
    samples = {name: Sample() for name in peers}
    for name in turns(list(peers), rounds):
        peer = peers[name]
        before = peer.cpu_seconds()
        seconds = SLOW_SECONDS if name == LITELLM else SECONDS
        load = await put_load(peer.door, clients=clients, seconds=seconds, stream=stream)
        samples[name].cpu_seconds += peer.cpu_seconds() - before
        samples[name].rounds.append(load)
    return samples


async def measured_all(peers: dict[str, Peer]) -> tuple[dict[int, Measured], Measured, Measured]:
    """Whole answers at each number of clients; streams at one client and at several."""
    for peer in peers.values():
        await put_load(peer.door, clients=STREAMS, seconds=WARM_SECONDS)
    whole = {clients: await measured(peers, clients=clients) for clients in CLIENTS}
    streams = {name: peer for name, peer in peers.items() if name != LITELLM}
    one = await measured(streams, clients=1, stream=True)
    return whole, one, await measured(streams, clients=STREAMS, stream=True)


def added(samples: Measured, clients: int) -> dict[str, Figure]:
    """What our gateway adds to each quantile of the direct calls."""
    pairs = list(zip(samples[DIRECT].rounds, samples[OURS].rounds, strict=True))
    spreads = [(spread(direct.whole_ms), spread(ours.whole_ms)) for direct, ours in pairs]
    calls = sum(ours.count for _, ours in spreads)
    how = (
        f"nearest-rank quantile of a round's calls through the gateway less that of the direct "
        f"ones just before or after, {clients} at once; median of {len(pairs)} rounds, "
        f"{calls} calls"
    )
    return {
        f"added_ms_{quantile}_{clients}": Figure(
            round(median(getattr(b, quantile) - getattr(a, quantile) for a, b in spreads), 3),
            "ms",
            how,
            GOALS.get((clients, quantile)),
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
    firsts = {
        name: spread([ms for load in sample.rounds for ms in load.first_ms])
        for name, sample in one.items()
    }
    first = firsts[OURS].median - firsts[DIRECT].median
    events = len(several[OURS].whole_ms) * EVENTS
    return {
        "stream_added_first_ms_median_1": Figure(
            round(first, 3), "ms", f"median of {firsts[OURS].count} streams less the direct ones'"
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
    return [f"{name} x{clients}", *map(shown, numbers)]


def seen(whole: dict[int, Measured]) -> dict[str, dict[str, object]]:
    """For the file: the quantiles of each peer at each number of clients, all rounds together."""
    return {
        str(clients): {
            name: {**asdict(spread(sample.whole_ms)), "cpu_seconds": round(sample.cpu_seconds, 2)}
            for name, sample in samples.items()
        }
        for clients, samples in whole.items()
    }


def started(stack: ExitStack, folder: Path, version: str | None) -> dict[str, Peer]:
    """The peers, LiteLLM's proxy only where it is there and starts."""
    stub = stack.enter_context(peers.stub())
    upstream = f"http://127.0.0.1:{stub.door.at}/v1"
    found = {DIRECT: stub, OURS: stack.enter_context(peers.gateway(upstream, folder))}
    if version is not None:
        with suppress(TimeoutError):
            found[LITELLM] = stack.enter_context(peers.litellm(upstream, folder))
    if LITELLM not in found:
        print(LITELLM_MISSING, file=sys.stderr)
    return found


def main() -> None:
    """Measure, print, write."""
    version = peers.install_litellm()
    with ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
        whole, one, several = uvloop.run(measured_all(started(stack, Path(folder), version)))
    rows = [row(n, name, sample) for n, each in whole.items() for name, sample in each.items()]
    columns = ("peer x clients", "calls", "median ms", "p95 ms", "p99 ms", "calls/CPU s")
    show("Calls", columns, rows)
    figures: dict[str, Figure] = {}
    for clients, samples in whole.items():
        figures |= added(samples, clients)
    figures |= rates(whole[max(CLIENTS)]) | stream_figures(one, several)
    report("bench-gateway", figures, {"litellm": version, "seen": seen(whole)})


if __name__ == "__main__":
    main()
