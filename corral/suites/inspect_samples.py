"""Samples of inspect_ai, as JSONL, JSON or CSV."""

import base64
import binascii
import json
import re
from pathlib import Path
from urllib.parse import unquote

from corral.json_types import Json, JsonObject
from corral.suites.assemble import Convert, Head, suite_of, tasks_of_files
from corral.suites.base import LoadedSuite
from corral.suites.files import SuiteFiles, files_of, is_inside
from corral.suites.head import head_for
from corral.suites.messages import input_of
from corral.suites.report import Report
from corral.suites.rows import RowDefaults, TaskMaker, as_key

FIELDS = frozenset(("input", "target", "choices", "id", "metadata", "files"))
REFUSED = {
    "setup": "is a script to be run before the task; Corral runs nothing of a suite",
    "sandbox": "chooses a sandbox; Corral's is the same for every task",
}
_PASSED_OVER = frozenset(("id", "source", "metadata"))
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_DATA = re.compile(r"data:[^,]{0,200}?(?P<coded>;base64)?,(?P<content>.*)", re.DOTALL)
_MAX_NAME = 200


def load_inspect(path: Path, head: Head | None = None) -> LoadedSuite:
    """Read one file of samples.

    `input` is a text or messages; `choices` go into the input as they are, and into the options
    of the scorer `choice`. `files` go into the input as an object of texts by name: a text as it
    stands, a `data:` URL, or the name of a text file in the folder. `metadata` is for people and
    scorers and often holds the answer: no project sees it, and nothing is made of it. `setup`,
    `sandbox` and what isn't known are refused. The scorer is the head's, else `choice` where there
    are choices and `includes` where there are none: samples name none, a task's code does.

    Raises:
        ProjectRefused: every problem at once, each with file, line, field and rule.
    """
    report = Report()
    files, name = files_of(path, report)
    head = head or head_for(path)
    maker = TaskMaker(report, head.defaults)
    tasks = tasks_of_files(files, [name], inspect_converter(head.defaults, files), maker, report)
    report.end()
    return suite_of(head, tasks, files)


def inspect_converter(defaults: RowDefaults, files: SuiteFiles) -> Convert:
    """How a sample becomes a row; a sample without an id is named by its number."""

    def convert(where: str, number: int, row: JsonObject, report: Report) -> "JsonObject | None":
        before = report.count
        row = {name: value for name, value in row.items() if value not in (None, "")}
        _unknown(where, row, report)
        choices = _choices(where, row.get("choices"), report)
        given = input_of(where, row.get("input"), report, passed_over=_PASSED_OVER)
        texts = _files(where, row.get("files"), files, report)
        if report.count != before:
            return None
        return {
            "id": as_key(row["id"]) if "id" in row else f"row-{number}",
            "input": _whole(given, choices, texts),
            **({"target": _target(row["target"])} if "target" in row else {}),
            **_scoring(choices, defaults),
        }

    return convert


def _unknown(where: str, row: JsonObject, report: Report) -> None:
    for name in sorted(row.keys() - FIELDS):
        reason = REFUSED.get(name, "is not a field of such a sample")
        report.add(where, f'"{name}" {reason}.')


def _whole(given: Json, choices: list[str], texts: dict[str, str]) -> Json:
    whole: JsonObject = dict(given) if isinstance(given, dict) else {"input": given}
    if choices:
        whole["choices"] = list(choices)
    if texts:
        whole["files"] = dict(texts)
    return whole if len(whole) > 1 else given


def _target(target: Json) -> Json:
    return target[0] if isinstance(target, list) and len(target) == 1 else target


def _scoring(choices: list[str], defaults: RowDefaults) -> JsonObject:
    scorer = defaults.scorer or ("choice" if choices else "includes")
    if scorer != "choice" or not choices:
        return {"scorer": scorer} if defaults.scorer is None else {}
    known: JsonObject = {"choices": list(choices)}
    if len(set(choices)) != len(choices):
        known = {"letters": len(choices)}
    inherited = defaults.options if scorer == defaults.scorer else {}
    return {"scorer": scorer, "options": {**inherited, **known}}


def _choices(where: str, given: Json, report: Report) -> list[str]:
    """A list of texts; in CSV that list as JSON, or texts with commas between."""
    if given is None:
        return []
    if isinstance(given, str):
        given = _from_text(given)
    if isinstance(given, list) and given:
        texts = [choice for choice in given if isinstance(choice, str) and choice.strip()]
        if len(texts) == len(given):
            return texts
    report.add(where, "choices must be a list of texts, none empty.")
    return []


def _from_text(text: str) -> Json:
    if not text.strip().startswith("["):
        return [part.strip() for part in text.split(",")]
    try:
        parsed: Json = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return parsed


def _files(where: str, given: Json, files: SuiteFiles, report: Report) -> dict[str, str]:
    if given is None:
        return {}
    if not isinstance(given, dict):
        report.add(where, "files must be an object of texts by name.")
        return {}
    texts: dict[str, str] = {}
    for name, value in given.items():
        if not is_inside(name) or len(name) > _MAX_NAME:
            report.add(where, f'files: "{name}" must be a path below the working folder.')
        elif not isinstance(value, str):
            report.add(where, f'files: "{name}" must be a text.')
        else:
            texts[name] = _file(where, name, value, files, report)
    return texts


def _file(where: str, name: str, value: str, files: SuiteFiles, report: Report) -> str:
    """The text of one file; a value of one line that names a file of the folder stands for it."""
    if match := _DATA.fullmatch(value):
        return _decoded(where, name, match["content"], bool(match["coded"]), report)
    if _URL.match(value):
        report.add(
            where, f'files: "{name}" is at a URL; only texts and files of the folder are read.'
        )
        return ""
    if files.has(value):
        return files.text(value) or ""
    return value


def _decoded(where: str, name: str, content: str, coded: bool, report: Report) -> str:
    try:
        if coded:
            return base64.b64decode(content, validate=True).decode()
        return unquote(content, errors="strict")
    except (binascii.Error, ValueError):
        report.add(where, f'files: "{name}" is no text that can be decoded.')
        return ""
