"""Prompt templates: `{input}` and the task's other fields; `{{` and `}}` are braces."""

import re
from collections.abc import Mapping
from typing import TypeAlias

from corral.errors import ProjectRefused
from corral.json_types import Json
from corral.project.manifest import PromptSection
from corral.scorers.text import output_text

Message: TypeAlias = dict[str, str]

MAX_TEMPLATE_BYTES = 64 * 1024
_PIECE = re.compile(r"\{\{|\}\}|\{([A-Za-z_][A-Za-z0-9_]*)\}|[{}]")


def template_problems(text: str, name: str = "prompt.txt") -> list[str]:
    """One sentence for each thing wrong with a template, apart from fields that a task lacks."""
    problems = []
    for match in _PIECE.finditer(text):
        if match[0] in ("{", "}"):
            line = text.count("\n", 0, match.start()) + 1
            double = match[0] * 2
            problems.append(
                f'{name}: line {line}: "{match[0]}" stands alone; write a field as {{input}}, '
                f'and a brace itself as "{double}".'
            )
    if not problems and not template_fields(text):
        problems.append(f"{name}: uses no field of the task; put {{input}} where its text belongs.")
    return problems[:5]


def template_fields(text: str) -> frozenset[str]:
    """The fields that a template uses, to be held against a suite's tasks."""
    return frozenset(match[1] for match in _PIECE.finditer(text) if match[1])


def render_prompt(
    section: PromptSection, template_text: str, task_input: Mapping[str, Json]
) -> list[Message]:
    """The messages for one task: the system's as it stands, then the filled-in template.

    A value is put in as it is, and braces inside it mean nothing; a value that is no text goes in
    as JSON. Line ends that close the template are dropped.

    Raises:
        ProjectRefused: the template uses a field that this task doesn't have.
    """
    missing = sorted(template_fields(template_text) - task_input.keys())
    if missing:
        known = ", ".join(f"{{{field}}}" for field in sorted(task_input))
        raise ProjectRefused(
            [
                f"{section.template}: uses {{{field}}}, but the task has only {known}."
                for field in missing
            ]
        )
    system: list[Message] = []
    if section.system.strip():
        system = [{"role": "system", "content": section.system}]
    return [
        *system,
        {"role": "user", "content": fill_template(template_text.rstrip("\r\n"), task_input)},
    ]


def fill_template(text: str, values: Mapping[str, Json]) -> str:
    """A template with its fields' values in it, all of which must be there."""

    def piece(match: re.Match[str]) -> str:
        if match[1]:
            return output_text(values[match[1]])
        return match[0][0]

    return _PIECE.sub(piece, text)
