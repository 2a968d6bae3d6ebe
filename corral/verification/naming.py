"""Which suite and which task of it recorded outputs mean by their names."""

import re
from collections.abc import Mapping, Sequence

from corral.json_types import Json
from corral.suites.base import LoadedSuite, Task
from corral.suites.rows import as_key

_MEANT = {  # outputs, where a benchmark's name says no direction
    "cruxeval": "cruxevalo",
    "outputprediction": "cruxevalo",
    "inputprediction": "cruxevali",
}
_SHORT = {
    "bigbenchhard": "bbh",
    "gradeschoolmath": "gsm8k",
    "instructionfollowingeval": "ifeval",
}
_AT = re.compile(
    r"(?:.*[/:#]|(?:sample|task|test|item|example|index|doc)[ _-]?)?([0-9]{1,9})", re.S
)


def suite_named(name: str, suites: Mapping[str, LoadedSuite]) -> LoadedSuite | None:
    """The suite of a name, whatever its case and signs: word_sorting is bbh-word-sorting.

    A shorter name will do if it is the beginning or the end of one suite's name alone, and a longer
    one if it begins with the name of one alone (of several, with the longest), or begins and ends
    as one. Of a name with slashes, the last part will do.
    """
    by_name = {_squeezed(slug): suite for slug, suite in suites.items()}
    for wanted in (_shortened(name), _shortened(name.rpartition("/")[2])):
        wanted = _MEANT.get(wanted, wanted)
        if wanted and (found := by_name.get(wanted) or _like(wanted, by_name, suites)):
            return found
    return None


def by_file(name: str, file: str) -> str:
    """The suite of a group, as bbh, or the direction of CRUXEval, that the file's name says."""
    group = _shortened(name)
    if group == "cruxeval" and "input" in file.lower():
        return "cruxeval-i"
    return f"bbh-{file}" if group == "bbh" else name


def in_group(name: Json, task: Json) -> tuple[str, Json]:
    """The suite and the task where a task of a group, as bbh, is named word_sorting/17 in it."""
    if isinstance(task, str) and (parts := re.fullmatch(r"(.*[^\d\W_])\W?_?(\d+)", task, re.S)):
        return f"{name}-{parts[1]}", parts[2]
    return str(name), task


def tasks_named(names: Sequence[Json], tasks: Sequence[Task]) -> list[Task | None]:
    """The task of each name: that with this id, in Corral's form or the source's, or at an index.

    Indices count from 0. Numbers are either ids or indices in all of the names: where one is no id,
    as 0 in IFEval, and every one is an index, then all are indices, and 102 is not the id 102.
    """
    by_key = {task.key: task for task in tasks}
    numbers = {number for name in names if (number := _index(name, bare=True)) is not None}
    ids = all(str(number) in by_key for number in numbers)
    indices = not ids and all(number < len(tasks) for number in numbers)
    return [_task(name, by_key, tasks, indices=indices) for name in names]


def _task(
    name: Json, by_key: Mapping[str, Task], tasks: Sequence[Task], *, indices: bool
) -> Task | None:
    bare = _index(name, bare=True)
    if not (indices and bare is not None):
        text = str(name) if bare is None else str(bare)
        for key in (text, as_key(text)):
            if key in by_key:
                return by_key[key]
    index = _index(name)
    return tasks[index] if index is not None and index < len(tasks) else None


def _index(name: Json, *, bare: bool = False) -> int | None:
    """The number that a name is, or else ends in, as that of a line; None where there is none."""
    if isinstance(name, bool) or not isinstance(name, str | int | float):
        return None
    text = str(int(name)) if isinstance(name, float) and name.is_integer() else str(name).strip()
    match = _AT.fullmatch(text)
    return int(match[1]) if match and not (bare and match[1] != text) else None


def _like(
    wanted: str, by_name: Mapping[str, LoadedSuite], suites: Mapping[str, LoadedSuite]
) -> LoadedSuite | None:
    longer = [name for name in by_name if name.startswith(wanted) or name.endswith(wanted)]
    if longer:
        return by_name[longer[0]] if len(longer) == 1 else None
    for slug in sorted(suites, key=len, reverse=True):
        group, _, rest = map(_squeezed, slug.partition("-"))
        if len(rest) > 1 and wanted.startswith(group) and wanted.endswith(rest):
            return suites[slug]
    shorter = sorted((name for name in by_name if wanted.startswith(name)), key=len)
    return by_name[shorter[-1]] if shorter else None


def _shortened(name: str) -> str:
    """Squeezed, with the short names of benchmarks that have a long one."""
    squeezed = _squeezed(name)
    for long, short in _SHORT.items():
        squeezed = squeezed.replace(long, short)
    return squeezed


def _squeezed(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
