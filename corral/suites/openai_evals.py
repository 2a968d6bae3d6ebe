"""Samples of OpenAI's evals: JSONL with `input`, text or messages, and `ideal`, text or texts."""

from pathlib import Path

from corral.json_types import JsonObject
from corral.suites.assemble import Convert, Head, suite_of, tasks_of_files
from corral.suites.base import LoadedSuite
from corral.suites.files import files_of
from corral.suites.head import head_for
from corral.suites.messages import input_of
from corral.suites.report import Report
from corral.suites.rows import RowDefaults, TaskMaker, as_key

FIELDS = frozenset(("input", "ideal", "id"))
# Of that project's basic templates `Includes` is the one that asks nothing of the answer's form.
FALLBACK = "includes"


def load_openai_evals(path: Path, head: Head | None = None) -> LoadedSuite:
    """Read one file of samples; `ideal` is the target, or a list of which any will do.

    The scorer is the head's, else `includes` with its case: samples name none, an eval does.

    Raises:
        ProjectRefused: every problem at once, each with file, line, field and rule.
    """
    report = Report()
    files, name = files_of(path, report)
    head = head or head_for(path)
    maker = TaskMaker(report, head.defaults)
    tasks = tasks_of_files(files, [name], openai_converter(head.defaults), maker, report)
    report.end()
    return suite_of(head, tasks, files)


def openai_converter(defaults: RowDefaults) -> Convert:
    """How a sample becomes a row; a sample without an id is named by its number."""

    def convert(where: str, number: int, row: JsonObject, report: Report) -> "JsonObject | None":
        before = report.count
        for name in sorted(row.keys() - FIELDS):
            report.add(where, f'"{name}" is not a field of such a sample.')
        if "ideal" not in row:
            report.add(where, "ideal is missing.")
        given = input_of(where, row.get("input"), report, passed_over=frozenset())
        if report.count != before:
            return None
        made: JsonObject = {
            "id": as_key(row["id"]) if "id" in row else f"row-{number}",
            "input": given,
            "target": row["ideal"],
        }
        if defaults.scorer is None:
            made |= {"scorer": FALLBACK, "options": {"ignore_case": False}}
        return made

    return convert
