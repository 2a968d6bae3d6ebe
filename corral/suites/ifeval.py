"""IFEval's own rows: prompts with instructions that can be verified, followed or not."""

from functools import partial
from pathlib import Path

from corral.json_types import JsonObject
from corral.suites.base import LoadedSuite
from corral.suites.mapped import load_mapped
from corral.suites.mapping import FieldMap, MappedSource

FIELDS = frozenset(("key", "prompt", "instruction_id_list", "kwargs"))
_TARGET = ("instruction_id_list", "kwargs")


def load_ifeval(path: Path, *, loose: bool = False) -> LoadedSuite:
    """Read the file of prompts (Zhou et al. 2023, arXiv 2311.07911); `loose` names the accuracy.

    Raises:
        ProjectRefused: every problem at once, each with file, line, field and rule.
    """
    how = "loose" if loose else "strict"
    return load_mapped(
        path,
        MappedSource(
            slug="ifeval-loose" if loose else "ifeval",
            name=f"IFEval, {how}",
            description="Follow every instruction of a prompt.",
            licence="Apache-2.0",
            source="https://github.com/google-research/google-research, instruction_following_eval",
            fields=FieldMap("prompt", "target", id="key"),
            adapt=_with_target,
            scorer="instructions",
            options={"loose": True} if loose else {},
            tags=("ifeval",),
        ),
    )


load_ifeval_loose = partial(load_ifeval, loose=True)


def _with_target(row: JsonObject) -> JsonObject:
    """The scorer's target has the names of the instructions, and what each of them wants."""
    if not row.keys() >= {*_TARGET}:
        return row
    return {**row, "target": {name: row[name] for name in _TARGET}}
