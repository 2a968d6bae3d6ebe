"""Suites and recorded outputs under a path."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from corral.errors import ProjectRefused, UserError
from corral.suites.base import LoadedSuite
from corral.suites.guess import guess_format
from corral.suites.head import SUITE
from corral.suites.known.catalogue import BENCHMARKS
from corral.suites.plain import first_fields
from corral.suites.readers import ENDINGS, ending_of
from corral.suites.registry import loader_named

RECORDED = frozenset(("suite", "task", "output"))
_YAML = (".yaml", ".yml")


@dataclass(slots=True)
class Found:
    """What is under a path: `not_read` says why a file is no suite, `refused` what one breaks."""

    suites: dict[str, LoadedSuite] = field(default_factory=dict)
    recorded: list[Path] = field(default_factory=list)
    not_read: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def find(root: Path) -> Found:
    """Every suite under a path, whole, and every file of recorded outputs."""
    found = Found()
    for path in [root] if root.is_file() else _candidates(root):
        if ending_of(path.name) in ENDINGS and set(first_fields(path)) >= RECORDED:
            found.recorded.append(path)
        else:
            _add(path, found)
    return found


def _candidates(root: Path) -> Iterator[Path]:
    """Folders with a `suite.toml` as a whole, and else the files that may be suites.

    Links are followed, each folder once: data is often not where it is looked at.
    """
    walked: set[str] = set()
    for folder, below, names in os.walk(root, followlinks=True):
        below.sort()
        here = Path(folder)
        if (real := os.path.realpath(folder)) in walked:
            below.clear()
            continue
        walked.add(real)
        if SUITE in names:
            yield here
        wanted = [name for name in sorted(names) if _may_be(name)]
        named = _named_elsewhere(here, wanted, suite=SUITE in names)
        yield from (here / name for name in wanted if name not in named)


def _may_be(name: str) -> bool:
    return ending_of(name) in ENDINGS or name.endswith(_YAML)


def _named_elsewhere(folder: Path, names: list[str], *, suite: bool) -> set[str]:
    """Files that belong to another suite of the folder, by whose text they are named."""
    about = [name for name in names if name.endswith(_YAML)] + ([SUITE] if suite else [])
    texts = [(folder / name).read_text("utf-8", "replace") for name in about]
    joined = {
        Path(file.path).name
        for one in BENCHMARKS.values()
        for file in one.files[1:]
        if Path(file.path).parent.name == folder.name
    }
    return joined | {name for name in names if any(name in text for text in texts)}


def _add(path: Path, found: Found) -> None:
    guess = guess_format(path)
    if not guess.loaders:
        found.not_read.append(guess.why_not)
    for name in guess.loaders:
        try:
            suite = loader_named(name)(path)
        except ProjectRefused as refused:
            found.refused += [f"{name}: {problem}" for problem in refused.problems]
        except UserError as error:
            found.refused.append(f"{name}: {error}")
        else:
            if suite.slug in found.suites:
                found.not_read.append(f"{path.name}: there is another suite {suite.slug}.")
            found.suites.setdefault(suite.slug, suite)
