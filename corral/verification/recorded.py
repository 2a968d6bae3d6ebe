"""Recorded outputs of models, with what others judged of them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from corral.json_types import Json, JsonObject
from corral.scorers.help import Help
from corral.scorers.text import brief, output_text
from corral.suites.base import LoadedSuite, Task
from corral.suites.files import SuiteFiles, files_of
from corral.suites.readers import rows_of
from corral.suites.report import Report
from corral.verification.checks import Line, agreement_line
from corral.verification.judging import PROGRAMS, Case, scores_of
from corral.verification.naming import by_file, in_group, suite_named, tasks_named

LOOSE = "-loose"
_SHOWN = 50
_WORDS: Mapping[str, bool | None] = {"true": True, "1": True, "false": False, "0": False, "": None}


@dataclass(frozen=True, slots=True)
class _Row:
    """A row, where it is, and the name of its task in its suite."""

    where: str
    row: JsonObject
    task: Json


def read_recorded(
    name: str, root: Path, suites: Mapping[str, LoadedSuite], report: Report
) -> dict[str, list[Case]]:
    """The cases of one file, named from the root, by their suites; problems go into the report."""
    cases: dict[str, list[Case]] = defaultdict(list)
    for slug, rows in _by_suite(name, root, suites, report).items():
        tasks = tasks_named([row.task for row in rows], suites[slug].tasks)
        for each, task in zip(rows, tasks, strict=True):
            if task is None:
                named = each.row.get("task")
                report.add(each.where, f'task "{named}" is no id and no index of {slug}.')
            elif "output" not in each.row:
                report.add(each.where, "output is missing.")
            else:
                for of, case in _cases(each, suites[slug], task, suites, report):
                    cases[of].append(case)
    return cases


async def check_recorded(name: str, cases: Mapping[str, Sequence[Case]], help_: Help) -> list[Line]:
    """A line for each suite of a file.

    Raises:
        PlatformError: a scorer's help was not to be had.
    """
    lines = []
    for slug, recorded in cases.items():
        scores = await scores_of(recorded, help_)
        known = any(case.expected is not None for case in recorded)
        wanted = "100 % agreement" if known else "not known"
        lines.append(agreement_line(slug, name, recorded, scores, wanted, _described))
    return lines


def _described(case: Case) -> str:
    """A case that disagrees: its task, both verdicts, and how the output ends."""
    text = output_text(case.output).strip()
    end = f"…{text[-_SHOWN:]}" if len(text) > _SHOWN else text
    ours, theirs = ("wrong", "right") if case.expected else ("right", "wrong")
    return f"{case.task.key} (here {ours}, recorded as {theirs}: {brief(end)})"


def _by_suite(
    name: str, root: Path, suites: Mapping[str, LoadedSuite], report: Report
) -> dict[str, list[_Row]]:
    """The rows of each suite; a suite that is not known is told once, however many rows it has."""
    files, stem = _files(name, root, report), PurePosixPath(name).name.split(".")[0]
    found: dict[str, list[_Row]] = defaultdict(list)
    unknown: dict[str, list[str]] = defaultdict(list)
    meant: dict[str, LoadedSuite | None] = {}
    for where, row in rows_of(*files, report):
        of, task = str(row.get("suite")), row.get("task")
        for named, number in ((by_file(of, stem), task), (of, task), in_group(of, task)):
            if named not in meant:
                meant[named] = suite_named(named, suites)
            if suite := meant[named]:
                found[suite.slug].append(_Row(where, row, number))
                break
        else:
            unknown[of].append(where)
    for of, places in unknown.items():
        more = f", nor in {len(places) - 1} more lines" if places[1:] else ""
        report.add(places[0], f'suite "{of}" is not one of those that were found{more}.')
    return found


def _files(name: str, root: Path, report: Report) -> tuple[SuiteFiles, str]:
    """The root and the name; where a link leads out of it, which is meant here, the file's own."""
    path = (root / name).resolve()
    return (
        (SuiteFiles(root, report), name)
        if root.resolve() in path.parents
        else files_of(path, report)
    )


def _cases(
    each: _Row,
    suite: LoadedSuite,
    task: Task,
    suites: Mapping[str, LoadedSuite],
    report: Report,
) -> Iterator[tuple[str, Case]]:
    """A case for each output and verdict of a row, with the name of its suite."""
    output, correct = each.row["output"], each.row.get("correct")
    verdicts = list(_strict_and_loose(each, suite, task, suites, report))
    if verdicts:
        yield from verdicts
        return
    several = isinstance(output, list) and task.scorer in PROGRAMS
    if isinstance(output, list) and several:  # generations of one task, as CRUXEval keeps them
        said = correct if isinstance(correct, list) else [correct] * len(output)
        if len(said) != len(output):
            report.add(each.where, "correct must have a verdict for each output.")
            return
        for one, verdict in zip(output, said, strict=True):
            yield suite.slug, Case(task, one, _verdict(each.where, "correct", verdict, report))
    else:
        yield suite.slug, Case(task, output, _verdict(each.where, "correct", correct, report))


def _strict_and_loose(
    each: _Row,
    suite: LoadedSuite,
    task: Task,
    suites: Mapping[str, LoadedSuite],
    report: Report,
) -> Iterator[tuple[str, Case]]:
    """Both verdicts on an answer to IFEval, in fields of their own or in one object."""
    base = suite.slug.removesuffix(LOOSE)
    if task.scorer != "instructions" or f"{base}{LOOSE}" not in suites or base not in suites:
        return
    said = each.row.get("correct")
    inside = said if isinstance(said, dict) else {}
    for how, slug in (("strict", base), ("loose", f"{base}{LOOSE}")):
        names = (f"correct_{how}", f"{how}_correct", how)
        known = {**{name: each.row.get(name) for name in names}, "correct": inside.get(how)}
        name = next((name for name, value in known.items() if value is not None), None)
        if name:
            expected = _verdict(each.where, name, known[name], report)
            same = next(one for one in suites[slug].tasks if one.key == task.key)
            yield slug, Case(same, each.row["output"], expected)


def _verdict(where: str, name: str, said: Json, report: Report) -> bool | None:
    if said is None or isinstance(said, bool):
        return said
    if said in (0, 1):
        return bool(said)
    if isinstance(said, str) and said.strip().lower() in _WORDS:
        return _WORDS[said.strip().lower()]
    report.add(where, f"{name} must be true or false.")
    return None
