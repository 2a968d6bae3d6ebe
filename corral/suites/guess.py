"""Which format a path is in, judged by names and by the first row."""

from dataclasses import dataclass
from pathlib import Path

from corral.suites import ifeval, inspect_samples, model_written, openai_evals
from corral.suites.head import SUITE
from corral.suites.known.base import Benchmark
from corral.suites.known.catalogue import BENCHMARKS
from corral.suites.plain import INPUTS, TARGETS, first_fields, plain_fields
from corral.suites.readers import ENDINGS, ending_of

_YAML = (".yaml", ".yml")
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Guess:
    """The names of the loaders that read a path, the likeliest first; else why none does.

    Two of the catalogue's benchmarks may be in one file, asked in two directions.
    """

    loaders: tuple[str, ...]
    why_not: str = ""


def guess_format(path: Path) -> Guess:
    """Which loader a path is for; `why_not` is a sentence that begins with the path's name."""
    if path.is_dir():
        return _folder(path)
    if not path.is_file():
        return Guess((), f"{path.name}: there is no such file or folder.")
    if known := benchmarks_at(path):
        return Guess(tuple(one.slug for one in known))
    if path.suffix in _YAML:
        return Guess(("lm-eval",))
    if ending_of(path.name) not in ENDINGS:
        wanted = ", ".join((*ENDINGS, *_YAML))
        return Guess((), f"{path.name}: it ends in none of {wanted}, and has no {SUITE}.")
    return _rows(path)


def benchmarks_at(path: Path) -> list[Benchmark]:
    """The known benchmarks whose first file this is by its name, and its folder's if that is one.

    Names like test.jsonl tell nothing alone: the folder must be named for the benchmark, too.
    """
    return [
        one
        for one in BENCHMARKS.values()
        if one.files[0].path == path.name
        and (path.parent.name == one.folder or not _is_common(path.name))
        and path.parent.name != "possible_answer"
    ]


def _is_common(name: str) -> bool:
    return name.split(".")[0] in ("test", "train", "validation", "data")


def _folder(path: Path) -> Guess:
    if (path / SUITE).is_file():
        return Guess(("native",))
    inside = [guess_format(file) for file in sorted(path.iterdir()) if file.is_file()]
    found = {guess.loaders for guess in inside if guess.loaders}
    loaders = found.pop() if len(found) == 1 else ()
    if loaders and all(name in BENCHMARKS for name in loaders):
        return Guess(loaders)
    return Guess((), f"{path.name}: it has no {SUITE}, and not the files of one known benchmark.")


def _rows(path: Path) -> Guess:
    fields = set(first_fields(path))
    if not fields:
        return Guess((), f"{path.name}: its first row can't be read.")
    samples = inspect_samples.FIELDS | inspect_samples.REFUSED.keys()
    if {"input", "target"} <= fields <= samples:
        return Guess(("inspect",))
    if {"input", "ideal"} <= fields <= openai_evals.FIELDS:
        return Guess(("openai-evals",))
    if fields >= ifeval.FIELDS:
        return Guess(("ifeval", "ifeval-loose"))
    if fields >= model_written.FIELDS:
        return Guess(("model-written",))
    if plain_fields(fields) is not None:
        return Guess(("plain",))
    shown = ", ".join(sorted(fields)[:_SHOWN])
    return Guess(
        (),
        f"{path.name}: its fields are {shown}; without one of {', '.join(INPUTS)} and one of "
        f"{', '.join(TARGETS)} it needs a {SUITE} with [fields].",
    )
