"""`python -m tests.probes`: every hostile probe through every sandbox runtime that answers here.

Exit status 0 where all were contained and nothing is left of them, 1 where not, 2 where they could
not be run.
"""

import argparse
import asyncio
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from corral.errors import SandboxUnavailable
from tests.probes.battery import run_battery
from tests.probes.bench import VARIABLE
from tests.probes.probe import Probe, Protection, load_probes
from tests.probes.runtimes import RUNTIMES, Runtime, answering
from tests.probes.verdict import Outcome, Result
from tests.probes.weakened import WEAKENABLE, WEAKENED, weakened

LANES = 3
INTERRUPTED = 130  # as shells say it


def main() -> int:
    """The command."""
    options = _options()
    probes = _chosen(options)
    if options.list:
        return _list(probes)
    if not probes:
        print("No probe has such a name.", file=sys.stderr)
        return 2
    os.environ[VARIABLE] = secrets.token_hex(16)
    statuses = []
    for name in options.runtime:
        try:
            statuses.append(_try_runtime(name, probes, options))
        except SandboxUnavailable as error:
            print(f"{name}: {error}", file=sys.stderr)
            statuses.append(2)
        except KeyboardInterrupt:
            return INTERRUPTED
    return max(statuses)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.probes", description=__doc__)
    parser.add_argument("names", nargs="*", help="probes to run, with * as in file names")
    parser.add_argument("--list", action="store_true", help="only say what there is to try")
    parser.add_argument("--runtime", action="append", choices=list(RUNTIMES))
    parser.add_argument(
        "--weaken",
        type=Protection,
        choices=WEAKENABLE,
        help="take one protection away: the probes that it holds must be found not contained",
    )
    parser.add_argument(
        "--python", type=Path, default=Path(os.environ.get("SANDBOX_PYTHON", "/usr/bin/python3"))
    )
    options = parser.parse_args()
    if options.runtime is None:
        options.runtime = answering() if options.weaken is None else [WEAKENED]
    if options.weaken is not None and options.runtime != [WEAKENED]:
        parser.error(f"only {WEAKENED} can be weakened")
    return options


def _chosen(options: argparse.Namespace) -> list[Probe]:
    names = options.names or ["*"]
    probes = [each for each in load_probes() if any(fnmatch(each.name, name) for name in names)]
    if options.weaken is not None:
        return [each for each in probes if options.weaken in each.held_by]
    return probes


def _list(probes: Sequence[Probe]) -> int:
    for probe in probes:
        print(f"{probe.name:<36}  {', '.join(sorted(probe.held_by)):<20}  {probe.tries}")
    return 0


def _try_runtime(name: str, probes: Sequence[Probe], options: argparse.Namespace) -> int:
    """Run them all and say what became of them; the exit status.

    Raises:
        SandboxUnavailable: the runtime does not answer here.
    """
    degraded = os.environ.get("SANDBOX_DEGRADED") == "1"
    # Without a network of their own, sandboxes would share the gateway's port.
    lanes = 1 if options.weaken is Protection.NETWORK else LANES
    with _folder() as folder, weakened(options.weaken):
        runtime = RUNTIMES[name](folder, options.python, lanes, degraded)
        if options.weaken is not None:
            runtime = replace(runtime, lacking=frozenset(), weaker={})
        print(f"runtime {runtime.name}{_without(options.weaken)}{_lacking(runtime)}")
        with _progress(len(probes)) as report:
            results, left = asyncio.run(run_battery(probes, runtime, folder, report))
    return _sum_up(results, left, options.weaken)


@contextmanager
def _folder() -> Iterator[Path]:
    """A state folder that every user can pass."""
    folder = Path(tempfile.mkdtemp(prefix="corral-probes-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _without(weaken: Protection | None) -> str:
    return f", weakened on purpose: without {weaken}" if weaken else ""


def _lacking(runtime: Runtime) -> str:
    names = " and ".join(sorted(runtime.lacking))
    return f"; no cgroup for {names}, rlimits stand in (SANDBOX_DEGRADED=1)" if names else ""


class _Reporter:
    """A line for each result; a bar beside it where somebody watches."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._task = progress.add_task("probes", total=total)

    def __call__(self, result: Result) -> None:
        line = f"{result.outcome:<13}  {result.probe.name:<36}  {result.story}"
        self._progress.console.print(line, markup=False, highlight=False, soft_wrap=True)
        self._progress.advance(self._task)


@contextmanager
def _progress(total: int) -> Iterator[_Reporter]:
    console = Console()
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        yield _Reporter(progress, total)


def _sum_up(results: Sequence[Result], left: Sequence[str], weaken: Protection | None) -> int:
    count = {each: [r for r in results if r.outcome is each] for each in Outcome}
    for sentence in left:
        print(f"left behind: {sentence}")
    for outcome in (Outcome.WEAKER, Outcome.NOT_CONTAINED):
        if names := sorted(result.probe.name for result in count[outcome]):
            print(f"{outcome}: {', '.join(names)}")
    if blind := [r.probe.name for r in count[Outcome.CONTAINED] if r.probe.held_by == {weaken}]:
        print(f"held by {weaken} alone, yet contained without it: {', '.join(sorted(blind))}")
    weaker = f" weaker {len(count[Outcome.WEAKER])}" if count[Outcome.WEAKER] else ""
    print(f"probes {len(results)} contained {len(count[Outcome.CONTAINED])}{weaker}")
    return 1 if left or count[Outcome.NOT_CONTAINED] else 0


if __name__ == "__main__":
    sys.exit(main())
