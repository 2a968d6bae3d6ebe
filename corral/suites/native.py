"""Corral's own suites: a folder with `suite.toml` and its JSONL files."""

import hashlib
import tomllib
from pathlib import Path, PurePosixPath
from typing import cast

from corral.errors import ProjectRefused
from corral.json_types import Json
from corral.suites.base import LoadedSuite, Split, Task
from corral.suites.rows import (
    SLUG_RULE,
    Report,
    RowDefaults,
    TaskMaker,
    is_slug,
    jsonl_rows,
    read_text,
    usable,
)

SUITE = "suite.toml"
_SUITE_FIELDS = frozenset(("slug", "name", "description", "licence", "source", "tasks"))
_DEFAULT_FIELDS = frozenset(("scorer", "options", "split", "weight"))


def load_suite(folder: Path) -> LoadedSuite:
    """Read a whole suite; nothing of it is used unless all of it is right.

    `source_digest` is the SHA-256 of the lines "<SHA-256 of a file>  <its name>\\n", `suite.toml`
    first, then the task files as it lists them.

    Raises:
        ProjectRefused: every problem at once, each with file, line, field and rule.
    """
    report = Report()
    text = read_text(folder / SUITE, report)
    report.end()
    content = _toml(text or "")
    about = _table(content, "suite", _SUITE_FIELDS, report)
    defaults = _defaults(_table(content, "defaults", _DEFAULT_FIELDS, report), report)
    for name in sorted(content.keys() - {"suite", "defaults"}):
        report.add(SUITE, f"[{name}] is not known; known are [suite] and [defaults].")
    files = _files(about, report)
    texts = {name: _text(about, name, report) for name in ("name", "licence")}
    more = {name: _text(about, name, report, "") for name in ("description", "source")}
    if not is_slug(about.get("slug")):
        report.add(SUITE, f"[suite] slug must be {SLUG_RULE}.")
    tasks = _tasks(folder, files, defaults, report)
    report.end()
    return LoadedSuite(
        slug=str(about["slug"]),
        name=texts["name"],
        description=more["description"],
        licence=texts["licence"],
        source=more["source"],
        source_digest=_source_digest(folder, files),
        tasks=tasks,
    )


def _toml(text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProjectRefused([f"{SUITE}: is not valid TOML: {error}."]) from error


def _table(
    content: dict[str, object], name: str, known: frozenset[str], report: Report
) -> dict[str, object]:
    table = content.get(name, {})
    if not isinstance(table, dict) or (name == "suite" and not table):
        report.add(SUITE, f"the section [{name}] is missing or no section.")
        return {}
    for key in sorted(table.keys() - known):
        report.add(SUITE, f"[{name}] {key} is not known; known are: {', '.join(sorted(known))}.")
    return table


def _text(about: dict[str, object], name: str, report: Report, default: str | None = None) -> str:
    value = about.get(name, default)
    if not isinstance(value, str) or (default is None and not value.strip()):
        report.add(SUITE, f"[suite] {name} must be a text.")
        return ""
    return value


def _files(about: dict[str, object], report: Report) -> tuple[str, ...]:
    files = about.get("tasks", [])
    names = [name for name in files if isinstance(name, str)] if isinstance(files, list) else []
    if not isinstance(files, list) or not names or len(set(names)) != len(files):
        report.add(SUITE, "[suite] tasks must be a list of different file names.")
        return ()
    for name in names:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or path.suffix != ".jsonl":
            report.add(SUITE, f'[suite] tasks: "{name}" must be a .jsonl file in this folder.')
            return ()
    return tuple(names)


def _defaults(table: dict[str, object], report: Report) -> RowDefaults:
    """Scorer and options are checked with every row that they go into."""
    split, weight = table.get("split", "public"), table.get("weight", 1.0)
    scorer, options = table.get("scorer"), table.get("options", {})
    if split not in tuple(Split):
        report.add(SUITE, '[defaults] split must be "public" or "private".')
        split = "public"
    if not isinstance(weight, int | float) or isinstance(weight, bool) or not usable(weight):
        report.add(SUITE, "[defaults] weight must be a number above 0, up to 1000000.")
        weight = 1.0
    if not isinstance(options, dict):
        report.add(SUITE, "[defaults] options must be a table.")
        options = {}
    return RowDefaults(
        scorer=scorer if isinstance(scorer, str) else None,
        options=cast("dict[str, Json]", options),
        split=Split(str(split)),
        weight=float(weight),
    )


def _tasks(
    folder: Path, files: tuple[str, ...], defaults: RowDefaults, report: Report
) -> tuple[Task, ...]:
    maker = TaskMaker(report, defaults)
    tasks: list[Task] = []
    for name in files:
        before = len(report.problems), len(tasks)
        text = read_text(folder / name, report)
        for where, row in jsonl_rows(text or "", name, report):
            task = maker.make(where, row)
            if task is not None:
                tasks.append(task)
        if (len(report.problems), len(tasks)) == before:
            report.add(name, "holds no task.")
    return tuple(tasks)


def _source_digest(folder: Path, files: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for name in (SUITE, *files):
        content = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        digest.update(f"{content}  {name}\n".encode())
    return digest.hexdigest()
