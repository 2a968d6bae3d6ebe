"""Runs many probes, several at once, and looks at the host before and after."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from corral.errors import SandboxUnavailable
from corral.sandbox.base import Sandbox
from tests.probes.bench import run_probe
from tests.probes.footprint import Footprint, Ours, left_after
from tests.probes.probe import Probe
from tests.probes.runtimes import Runtime
from tests.probes.seen import printable
from tests.probes.verdict import Outcome, Result, judge

Report = Callable[[Result], None]


async def run_battery(
    probes: Sequence[Probe],
    runtime: Runtime,
    state: Path,
    report: Report = lambda _: None,
) -> tuple[list[Result], list[str]]:
    """The result of each probe as it comes, and what was left on the host."""
    owners = frozenset(uid for lane in runtime.lanes if (uid := lane.owner()) is not None)
    ours = Ours(state, owners, runtime.groups)
    if programs := [probe for probe in probes if probe.archive is None]:
        await _warm_up(programs[0], runtime, state)
        await _retire(runtime)
    before = Footprint.of(ours)
    results = await _in_lanes(probes, runtime, state, report)
    await _retire(runtime)
    return results, await left_after(before, ours)


async def _warm_up(probe: Probe, runtime: Runtime, state: Path) -> None:
    """What is made once and kept (the toolkit, locks) is no trace of a probe."""
    for lane in runtime.lanes:
        await run_probe(probe, state, lane, runtime.retire)


async def _retire(runtime: Runtime) -> None:
    for lane in runtime.lanes:
        await runtime.retire(lane)


async def _in_lanes(
    probes: Sequence[Probe], runtime: Runtime, state: Path, report: Report
) -> list[Result]:
    waiting = list(reversed(probes))
    results: list[Result] = []

    async def work(lane: Sandbox) -> None:
        while waiting:
            result = await _result_of(waiting.pop(), state, lane, runtime)
            results.append(result)
            report(result)

    await asyncio.gather(*map(work, runtime.lanes))
    return results


async def _result_of(probe: Probe, state: Path, lane: Sandbox, runtime: Runtime) -> Result:
    """Never raises for what a probe did: an end that nobody planned is not contained."""
    try:
        return judge(
            probe, await run_probe(probe, state, lane, runtime.retire), runtime.weakness(probe)
        )
    except (SandboxUnavailable, TimeoutError, OSError) as error:
        said = f"it could not be run to its end: {type(error).__name__}: {error}"
        return Result(probe, Outcome.NOT_CONTAINED, printable(said))
