"""What benchmarks share: peers in turn, honest quantiles, the machine, a table and a file."""

import json
import math
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

BUILD = Path(__file__).resolve().parents[2] / "build"


@dataclass(frozen=True, slots=True)
class Machine:
    """Where figures were taken; `load` is what waited for a core, over a minute, at the end."""

    cpu: str
    cores: int
    kernel: str
    python: str
    load: float


@dataclass(frozen=True, slots=True)
class Spread:
    """Quantiles of samples, in their unit; each is a sample itself (nearest rank)."""

    count: int
    median: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class Figure:
    """One number and how it was taken; None where it could not be.

    `goal` is the most that it should be, or with `at_least` the least. `p95` is there where the
    number is the median of samples.
    """

    value: float | None
    unit: str
    how: str
    goal: float | None = None
    at_least: bool = False
    p95: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where there is no number or no goal."""
        if self.value is None or self.goal is None:
            return None
        return self.value >= self.goal if self.at_least else self.value <= self.goal


def this_machine() -> Machine:
    """The machine that this runs on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    cpu = names[0] if names else platform.machine()
    return Machine(cpu, cores, platform.release(), platform.python_version(), round(load, 2))


def turns(peers: Sequence[str], rounds: int) -> Iterator[str]:
    """Whom to measure next: every peer once a round, another one first in each round.

    What else the machine does then falls on all of them alike.
    """
    for turn in range(rounds):
        first = turn % len(peers)
        yield from (*peers[first:], *peers[:first])


def spread(samples: Sequence[float]) -> Spread:
    """The quantiles of at least one sample."""
    ranked = sorted(samples)

    def quantile(share: float) -> float:
        return ranked[max(0, math.ceil(share * len(ranked)) - 1)]

    return Spread(len(ranked), quantile(0.5), quantile(0.95), quantile(0.99))


def median_figure(
    samples: Sequence[float], unit: str, how: str, *, goal: float | None = None
) -> Figure:
    """The median of at least one sample, with the 95th percentile; `how` is told their number."""
    seen = spread(samples)
    told = f"median of {seen.count}: {how}"
    return Figure(round(seen.median, 4), unit, told, goal, p95=round(seen.p95, 4))


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; the first column holds names, the others numbers."""
    table = Table(title=title, title_justify="left")
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index else "left")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def report(name: str, figures: Mapping[str, Figure], details: Mapping[str, object]) -> Path:
    """Print the figures beside their goals, and write all to `build/<name>.json`.

    Each figure is a number under its own name; `units`, `how`, `goals` and `met` say the rest.
    """
    machine = this_machine()
    whole = {
        **{key: figure.value for key, figure in figures.items()},
        "units": {key: figure.unit for key, figure in figures.items()},
        "how": {key: figure.how for key, figure in figures.items()},
        "p95": {key: figure.p95 for key, figure in figures.items() if figure.p95 is not None},
        "goals": {key: _goal(figure) for key, figure in figures.items() if figure.goal is not None},
        "met": {key: figure.met for key, figure in figures.items() if figure.goal is not None},
        "machine": asdict(machine),
        "details": details,
    }
    BUILD.mkdir(exist_ok=True)
    path = BUILD / f"{name}.json"
    path.write_text(json.dumps(whole, indent=2) + "\n")
    title = f"{machine.cpu}, {machine.cores} cores, Linux {machine.kernel}, load {machine.load}"
    show(title, ("figure", "value", "p95", "unit", "goal", "met"), _rows(figures))
    print(f"Written to {path.relative_to(BUILD.parent)}.")
    return path


def _rows(figures: Mapping[str, Figure]) -> list[list[str]]:
    said = {True: "yes", False: "no", None: ""}
    return [
        [
            key,
            shown(figure.value),
            "" if figure.p95 is None else shown(figure.p95),
            figure.unit,
            _goal(figure),
            said[figure.met],
        ]
        for key, figure in figures.items()
    ]


def shown(value: float | None) -> str:
    """A number with three digits that count, or a dash."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _goal(figure: Figure) -> str:
    if figure.goal is None:
        return ""
    return f"{'at least' if figure.at_least else 'at most'} {figure.goal:g}"
