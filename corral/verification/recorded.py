"""Recorded outputs of models, with what others judged of them."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from corral.json_types import Json, JsonObject
from corral.scorers.help import Help
from corral.suites.base import LoadedSuite, Task
from corral.suites.files import files_of
from corral.suites.readers import rows_of
from corral.suites.report import Report
from corral.suites.rows import as_key
from corral.verification.checks import Line, agreement_line
from corral.verification.judging import Case, scores_of

FIELDS = ("suite", "task", "output", "correct")
_MEANT = {"cruxeval": "cruxevalo"}  # outputs, where a benchmark's name says no direction


def read_recorded(
    path: Path, suites: Mapping[str, LoadedSuite], report: Report
) -> dict[str, list[Case]]:
    """The cases of one file by the names of their suites; problems go into the report."""
    files, name = files_of(path, report)
    cases: dict[str, list[Case]] = defaultdict(list)
    for where, row in rows_of(files, name, report):
        of, number = row.get("suite"), row.get("task")
        suite = suite_named(str(of), suites)
        if suite is None:
            name, number = in_group(of, number)
            suite = suite_named(name, suites)
        if suite is None:
            report.add(where, f'suite "{of}" is not one of those that were found.')
            continue
        task = task_named(number, suite.tasks)
        if task is None:
            report.add(where, f'task "{row.get("task")}" is no id and no index of {suite.slug}.')
        elif "output" not in row:
            report.add(where, "output is missing.")
        else:
            cases[suite.slug].append(Case(task, row["output"], _correct(where, row, report)))
    return cases


async def check_recorded(
    path: Path, cases: Mapping[str, Sequence[Case]], help_: Help
) -> list[Line]:
    """A line for each suite of a file.

    Raises:
        PlatformError: a scorer's help was not to be had.
    """
    lines = []
    for slug, recorded in cases.items():
        scores = await scores_of(recorded, help_)
        known = any(case.expected is not None for case in recorded)
        wanted = "100 % agreement" if known else "not known"
        lines.append(agreement_line(slug, path.name, recorded, scores, wanted))
    return lines


def suite_named(name: str, suites: Mapping[str, LoadedSuite]) -> LoadedSuite | None:
    """The suite of a name, whatever its case and signs: word_sorting is bbh-word-sorting.

    A shorter name will do if it is the beginning or the end of one suite's name alone, and a longer
    one if it begins with the name of one alone (of several, with the longest).
    """
    wanted = _squeezed(name)
    by_name = {_squeezed(slug): suite for slug, suite in suites.items()}
    wanted = _MEANT.get(wanted, wanted)
    if wanted in by_name or not wanted:
        return by_name.get(wanted)
    longer = [name for name in by_name if name.startswith(wanted) or name.endswith(wanted)]
    shorter = sorted((name for name in by_name if wanted.startswith(name)), key=len)
    found = longer if len(longer) == 1 else [] if longer else shorter[-1:]
    return by_name[found[0]] if found else None


def in_group(name: Json, task: Json) -> tuple[str, Json]:
    """The suite and the task where a task of a group, as bbh, is named word_sorting/17 in it."""
    if isinstance(task, str) and (parts := re.fullmatch(r"(.*\D)[/:](\d+)", task, re.DOTALL)):
        return f"{name}-{parts[1]}", parts[2]
    return str(name), task


def task_named(name: Json, tasks: Sequence[Task]) -> Task | None:
    """The task with that id, in Corral's form or the source's, or else at that index, from 0."""
    if not isinstance(name, str | int) or isinstance(name, bool):
        return None
    key = as_key(name)
    if found := next((task for task in tasks if task.key in (name, key)), None):
        return found
    index = int(name) if isinstance(name, int) or (name.isdecimal() and len(name) < 10) else -1
    return tasks[index] if 0 <= index < len(tasks) else None


def _squeezed(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _correct(where: str, row: JsonObject, report: Report) -> bool | None:
    correct = row.get("correct")
    if correct is None or isinstance(correct, bool):
        return correct
    if correct in (0, 1):
        return bool(correct)
    report.add(where, "correct must be true or false.")
    return None
