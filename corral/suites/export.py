"""A suite written out as Corral's own folder: `suite.toml` and `tasks.jsonl`."""

import json
import shutil
from pathlib import Path

from corral.errors import ProjectRefused, UserError
from corral.json_types import JsonObject
from corral.suites.base import LoadedSuite, Task
from corral.suites.digest import suite_digest
from corral.suites.head import SUITE
from corral.suites.native import load_suite

TASKS = "tasks.jsonl"


def export_suite(suite: LoadedSuite, folder: Path) -> None:
    """Write a suite into a folder that is not there yet; loading it gives the same digest.

    Raises:
        UserError: the folder is there, or the suite breaks a rule of such a folder, as its own
            slug may; nothing is left behind then.
    """
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise UserError(f"{folder.name} is there already; choose a folder that isn't.") from None
    try:
        _write(suite, folder)
        if suite_digest(load_suite(folder).tasks) != suite_digest(suite.tasks):
            raise UserError(f"{suite.name} can't be written out: it would not be the same.")
    except (UnicodeEncodeError, ProjectRefused, UserError) as error:
        shutil.rmtree(folder)
        if isinstance(error, UnicodeEncodeError):
            raise UserError(f"{suite.name} can't be written out: {error}.") from error
        raise


def _write(suite: LoadedSuite, folder: Path) -> None:
    lines = [
        "[suite]",
        f"slug = {_toml(suite.slug)}",
        f"name = {_toml(suite.name)}",
        f"description = {_toml(suite.description)}",
        f"licence = {_toml(suite.licence)}",
        f"source = {_toml(suite.source)}",
        f"tasks = [{_toml(TASKS)}]",
    ]
    (folder / SUITE).write_bytes("".join(f"{line}\n" for line in lines).encode())
    rows = (json.dumps(_row(task), ensure_ascii=False) for task in suite.tasks)
    (folder / TASKS).write_bytes("".join(f"{row}\n" for row in rows).encode())


def _toml(text: str) -> str:
    """A basic string; JSON's escapes are TOML's, but for DEL, which JSON leaves as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _row(task: Task) -> JsonObject:
    """Every field, so that no default of a later version can change a task."""
    row: JsonObject = {
        "id": task.key,
        "input": dict(task.input),
        "target": task.target,
        "scorer": task.scorer,
        "options": dict(task.scorer_options),
        "split": task.split.value,
        "weight": task.weight,
        "tags": list(task.tags),
    }
    return row if task.cluster is None else {**row, "cluster": task.cluster}
