"""What a task file of lm-evaluation-harness may declare, checked name by name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from corral.json_types import Json
from corral.suites.digest import canonical_problem
from corral.suites.files import is_inside
from corral.suites.report import Report
from corral.suites.yaml_text import read_yaml

# What is read, and what is known and changes nothing here: names and groups, the splits that
# examples would come from, the white space between examples, and searches for contamination.
READ = frozenset(
    [
        "task",
        "dataset_path",
        "dataset_kwargs",
        "test_split",
        "output_type",
        "doc_to_text",
        "doc_to_target",
        "doc_to_choice",
        "description",
        "filter_list",
        "metric_list",
        "generation_kwargs",
        "num_fewshot",
        "repeats",
    ]
)
PASSED_OVER = frozenset(
    [
        "tag",
        "group",
        "task_alias",
        "group_alias",
        "metadata",
        "training_split",
        "validation_split",
        "fewshot_split",
        "fewshot_delimiter",
        "target_delimiter",
        "should_decontaminate",
        "doc_to_decontamination_query",
    ]
)
GENERATION = frozenset(
    [
        "until",
        "do_sample",
        "temperature",
        "top_p",
        "top_k",
        "max_gen_toks",
        "max_tokens",
        "max_new_tokens",
        "seed",
        "repetition_penalty",
    ]
)
_OUTPUT_TYPES = ("generate_until", "multiple_choice")
_BUILDERS = ("json", "csv", "parquet")
_ENDINGS = (".jsonl", ".json", ".csv", ".parquet")


@dataclass(frozen=True, slots=True)
class Config:
    """A task file, checked. `templates` are texts by name, with `description` where there is one.

    `choices` names the template that gives all choices, or one template for each.
    """

    name: str
    task: str
    files: tuple[str, ...]
    within: str | None
    templates: Mapping[str, str]
    choices: tuple[str, ...] | str | None
    generation: Mapping[str, Json]
    raw: Mapping[str, object] = field(default_factory=dict)


def read_config(text: str, name: str, report: Report) -> Config:
    """A task file; all its problems go into the report.

    Raises:
        ProjectRefused: it is no YAML at all.
    """
    raw = read_yaml(text, name, report)
    report.end()
    for key in sorted(map(str, raw.keys() - READ - PASSED_OVER)):
        report.add(name, f"{key} is not supported: only what is declared is read.")
    _check_numbers(raw, name, report)
    choices, templates = _templates(raw, name, report)
    return Config(
        name=name,
        task=_text(raw, "task", name, report, "") or "",
        files=_files(raw, name, report),
        within=_within(raw, name, report),
        templates=templates,
        choices=choices,
        generation=_generation(raw, name, report),
        raw=raw,
    )


def _check_numbers(raw: Mapping[str, object], name: str, report: Report) -> None:
    if raw.get("num_fewshot", 0) not in (0, None):
        report.add(name, "num_fewshot must be 0: examples are a project's own matter.")
    if raw.get("repeats", 1) != 1:
        report.add(name, "repeats must be 1.")
    kind = raw.get("output_type", "generate_until")
    if kind not in _OUTPUT_TYPES:
        report.add(name, f"output_type must be one of: {', '.join(_OUTPUT_TYPES)}.")
    elif (kind == "multiple_choice") != ("doc_to_choice" in raw):
        report.add(
            name, "doc_to_choice belongs to the output_type multiple_choice, and only there."
        )


def _text(
    raw: Mapping[str, object], key: str, name: str, report: Report, default: str | None = None
) -> str | None:
    value = raw.get(key, default)
    if isinstance(value, str):
        return value
    report.add(name, f"{key} must be a text.")
    return None


def _templates(
    raw: Mapping[str, object], name: str, report: Report
) -> tuple[tuple[str, ...] | str | None, dict[str, str]]:
    templates = {}
    for key in ("doc_to_text", "doc_to_target"):
        value = raw.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)  # the index of the one right choice, the same in every row
        if isinstance(value, str) and value:
            templates[key] = value
        else:
            report.add(name, f"{key} must be a template or the name of a field.")
    if raw.get("description"):
        templates["description"] = _text(raw, "description", name, report) or ""
    given = raw.get("doc_to_choice")
    if isinstance(given, dict):
        given = list(given.values())
    if isinstance(given, list) and all(isinstance(text, str) for text in given):
        named = {f"doc_to_choice {number}": str(text) for number, text in enumerate(given, 1)}
        return tuple(named), templates | named
    if isinstance(given, str):
        return "doc_to_choice", templates | {"doc_to_choice": given}
    if given is not None:
        report.add(
            name, "doc_to_choice must be a template, the name of a field or a list of texts."
        )
    return None, templates


def _files(raw: Mapping[str, object], name: str, report: Report) -> tuple[str, ...]:
    path = raw.get("dataset_path")
    if not isinstance(path, str) or not path:
        report.add(name, "dataset_path must be a text.")
        return ()
    kwargs = raw.get("dataset_kwargs", {})
    if not isinstance(kwargs, dict):
        report.add(name, "dataset_kwargs must be a mapping.")
        return ()
    for key in sorted(map(str, kwargs.keys() - {"data_files", "field"})):
        report.add(name, f"dataset_kwargs.{key} is not supported.")
    given: object = kwargs.get("data_files") if path in _BUILDERS else path
    if isinstance(given, dict):
        given = given.get(raw.get("test_split"), given.get("test"))
    names = given if isinstance(given, list) else [given]
    for one in names:
        if not isinstance(one, str) or not is_inside(one) or not one.endswith(_ENDINGS):
            report.add(
                name,
                "dataset_path must be a file beside this one, or json, csv or parquet with such "
                f"files in dataset_kwargs.data_files; {one!r} is none. Nothing is downloaded.",
            )
            return ()
    return tuple(str(one) for one in names)


def _within(raw: Mapping[str, object], name: str, report: Report) -> str | None:
    kwargs = raw.get("dataset_kwargs")
    field_ = kwargs.get("field") if isinstance(kwargs, dict) else None
    if field_ is None or isinstance(field_, str):
        return field_
    report.add(name, "dataset_kwargs.field must be a text.")
    return None


def _generation(raw: Mapping[str, object], name: str, report: Report) -> Mapping[str, Json]:
    given = raw.get("generation_kwargs") or {}
    if not isinstance(given, dict):
        report.add(name, "generation_kwargs must be a mapping.")
        return {}
    for key in sorted(map(str, given.keys() - GENERATION)):
        report.add(name, f"generation_kwargs.{key} is not supported.")
    kept = cast("dict[str, Json]", given)
    if problem := canonical_problem(dict(kept)):
        report.add(name, f"generation_kwargs {problem}.")
    return kept
