"""The declarative part of lm-evaluation-harness's task files (YAML)."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from corral.json_types import Json, JsonObject
from corral.suites.assemble import Head, suite_of
from corral.suites.base import LoadedSuite, Task
from corral.suites.files import files_of
from corral.suites.head import head_for
from corral.suites.jinja_rendering import Rendered, render_rows
from corral.suites.lm_eval_config import Config, read_config
from corral.suites.lm_eval_scoring import Scoring, read_scoring
from corral.suites.readers import rows_of
from corral.suites.report import Report
from corral.suites.rows import TaskMaker

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def load_lm_eval(path: Path, head: Head | None = None) -> LoadedSuite:
    """Read one task file and the data that it names, which lie in its folder.

    `doc_to_text` becomes the input, after `description`; `doc_to_target` the target; with
    `doc_to_choice` the task is one of choices, scored by the letter or text that the output gives,
    since a project gives a text and no probabilities. The first metric and the first list of
    filters count. What is not declared here, as `!function`, is refused by its name.

    Raises:
        ProjectRefused: every problem at once, each with file, line, field and rule.
    """
    report = Report()
    files, name = files_of(path, report)
    text = files.text(name)
    report.end()
    config = read_config(text or "", name, report)
    scoring = read_scoring(config, report)
    report.end()
    placed = [
        row for data in config.files for row in rows_of(files, data, report, within=config.within)
    ]
    tasks = list(_tasks(config, scoring, placed, report))
    if not tasks and not report.count:
        report.add(name, "its data hold no task.")
    report.end()
    return suite_of(head or _head(path, config), tasks, files, scoring.remarks)


def _head(path: Path, config: Config) -> Head:
    own = head_for(Path(config.task or path.name))
    return Head(own.slug, own.name, source="A task file for lm-evaluation-harness.")


def _tasks(
    config: Config, scoring: Scoring, placed: list[tuple[str, JsonObject]], report: Report
) -> Iterator[Task]:
    maker = TaskMaker(report, scoring.defaults)
    columns = placed[0][1].keys() if placed else ()
    templates = {name: text for name, text in config.templates.items() if text not in columns}
    results = render_rows(templates, [row for _, row in placed])
    for number, ((where, row), result) in enumerate(zip(placed, results, strict=False), start=1):
        if result.failed is not None:
            report.add(where, f"{result.failed}: {result.why}.")
            continue
        values = _values(config, row, result)
        made = _row(where, number, config, values, report)
        task = maker.make(where, made) if made is not None else None
        if task is not None:
            yield task


def _values(config: Config, row: JsonObject, result: Rendered) -> Mapping[str, Json]:
    """What each template gives for a row: the field that it names, or its text."""
    return {
        name: result.texts[name] if name in result.texts else row.get(text)
        for name, text in config.templates.items()
    }


def _row(
    where: str, number: int, config: Config, values: Mapping[str, Json], report: Report
) -> "JsonObject | None":
    asked = values["doc_to_text"]
    if not isinstance(asked, str):
        report.add(where, "doc_to_text: it must give a text.")
        return None
    asked = f"{values.get('description', '')}{asked}"
    given: JsonObject = {"input": asked}
    if config.generation:
        given["generation_kwargs"] = dict(config.generation)
    made: JsonObject = {"id": f"row-{number}", "input": given, "target": _target(config, values)}
    if config.choices is None:
        return made
    return _with_choices(where, made, given, _choices(config.choices, values), report)


def _target(config: Config, values: Mapping[str, Json]) -> Json:
    """A text; with choices a whole number is an index, and a text in [ ] a list of texts."""
    target = values["doc_to_target"]
    if not isinstance(target, str):
        return target
    if config.choices is not None and target.strip().isdecimal():
        return int(target)
    if config.choices is None and target.startswith("[") and target.endswith("]"):
        listed = _literal(target)
        return listed if isinstance(listed, list) and listed else target
    return target


def _choices(choices: tuple[str, ...] | str, values: Mapping[str, Json]) -> list[str]:
    if isinstance(choices, tuple):
        return [str(values[name]) for name in choices]
    given = values[choices]
    listed = _literal(given) if isinstance(given, str) else given
    if isinstance(listed, list) and all(isinstance(choice, str) for choice in listed):
        return [str(choice) for choice in listed]
    return []


def _literal(text: str) -> Json:
    """A list of texts as Python writes it; None for anything else."""
    try:
        value = ast.literal_eval(text.strip())
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    plain = isinstance(value, list) and all(isinstance(part, str) for part in value)
    return list(value) if plain else None


def _with_choices(
    where: str, made: JsonObject, given: JsonObject, choices: list[str], report: Report
) -> "JsonObject | None":
    if not 2 <= len(choices) <= len(_LETTERS):
        report.add(where, "doc_to_choice: it must give a list of 2 to 26 texts.")
        return None
    target = made["target"]
    if isinstance(target, int) and not isinstance(target, bool):
        if not 0 <= target < len(choices):
            report.add(where, "doc_to_target: it must be the number of a choice, from 0.")
            return None
        target = _LETTERS[target]
    different = len(set(choices)) == len(choices)
    options: JsonObject = {"choices": list(choices)} if different else {"letters": len(choices)}
    return {
        **made,
        "input": {**given, "choices": list(choices)},
        "target": target,
        "options": options,
    }
