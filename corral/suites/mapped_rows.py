"""How a row of somebody's file becomes one of Corral's, by a map of its fields."""

import json
import string
from collections.abc import Mapping

from corral.json_types import Json, JsonObject
from corral.project.prompt import fill_template, template_fields
from corral.scorers.patterns import PatternFailed, first_group, matches
from corral.suites.assemble import Convert, GivenUp
from corral.suites.mapping import FieldMap, MappedSource
from corral.suites.report import Report
from corral.suites.rows import as_key


class _Missing(LookupError):
    pass


def mapped_converter(source: MappedSource, references: dict[str, str]) -> Convert:
    """How a row becomes one of Corral's own; its right answer goes into `references` by its id."""

    def convert(where: str, number: int, row: JsonObject, report: Report) -> "JsonObject | None":
        row = row if source.adapt is None else source.adapt(row)
        values = _values(where, row, source.fields, report)
        if values is None:
            return None
        before = report.count
        names = source.fields
        choices = _choices(where, names, values, report)
        if report.count != before:
            return None
        target = _target(where, values[names.target], choices, source, report)
        made: JsonObject = {
            "id": as_key(values[names.id]) if names.id else f"row-{number}",
            "input": _input(where, values, choices, source, report),
            "target": target,
            "tags": [*source.tags, *(str(values[name]).strip() for name in names.tags)],
        }
        if names.cluster is not None:
            made["cluster"] = as_key(values[names.cluster])
        if isinstance(reference := values.get(names.reference or ""), str):
            references[str(made["id"])] = reference
        if options := _options(values, choices, source):
            made["options"] = options
        return made if report.count == before else None

    return convert


def _values(
    where: str, row: JsonObject, names: FieldMap, report: Report
) -> Mapping[str, Json] | None:
    values: dict[str, Json] = {}
    missing = False
    for name in names.used():
        try:
            values[name] = _value_at(row, name)
        except _Missing:
            report.add(where, f'the field "{name}" is missing.')
            missing = True
    return None if missing else values


def _value_at(row: JsonObject, name: str) -> Json:
    """A field by its name, or by the names and numbers between the dots of a path."""
    if name in row:
        return row[name]
    value: Json = row
    for part in name.split("."):
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            raise _Missing(name)
    return value


def _choices(
    where: str, names: FieldMap, values: Mapping[str, Json], report: Report
) -> list[str] | None:
    if names.choices is None:
        return None
    given = values[names.choices]
    if isinstance(given, str):  # CSV has no lists
        given = _parsed(given)
    texts = [str(text) for text in given] if isinstance(given, list) else []
    if not 2 <= len(texts) <= len(string.ascii_uppercase) or not all(map(str.strip, texts)):
        report.add(where, f'"{names.choices}" must be a list of 2 to 26 texts, none empty.')
        return None
    return texts


def _parsed(text: str) -> Json:
    try:
        parsed: Json = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return parsed


def _target(
    where: str, value: Json, choices: list[str] | None, source: MappedSource, report: Report
) -> Json:
    if source.target_pattern is not None:
        return _taken(where, value, source.target_pattern, source.fields.target, report)
    if value is None:
        report.add(where, f'"{source.fields.target}" holds no target.')
    if choices is None or not isinstance(value, int) or isinstance(value, bool):
        return value
    if not 0 <= value < len(choices):
        report.add(where, f'"{source.fields.target}" must be the number of a choice, from 0.')
        return None
    return string.ascii_uppercase[value]


def _taken(where: str, value: Json, pattern: str, name: str, report: Report) -> str | None:
    try:
        found = matches(pattern, value) if isinstance(value, str) else iter(())
        match = next(found, None)
    except PatternFailed as failed:
        report.add(where, f'"{name}": {failed}')
        raise GivenUp from failed
    if match is None:
        report.add(where, f'"{name}" has no match for {pattern!r}.')
        return None
    return first_group(match).strip()


def _input(
    where: str,
    values: Mapping[str, Json],
    choices: list[str] | None,
    source: MappedSource,
    report: Report,
) -> Json:
    asked = values[source.fields.input]
    more: JsonObject = {name: values[field] for name, field in source.fields.more.items()}
    if choices is not None:
        more["choices"] = list(choices)
    if source.prompt is not None:
        asked = _prompt(where, source.prompt, {**more, "input": asked}, choices, report)
    return {"input": asked, **more} if more else asked


def _prompt(
    where: str,
    template: str,
    fields: Mapping[str, Json],
    choices: list[str] | None,
    report: Report,
) -> str:
    if choices is not None:
        lines = zip(string.ascii_uppercase, choices, strict=False)
        fields = {**fields, "choices": "\n".join(f"({letter}) {text}" for letter, text in lines)}
    if missing := sorted(template_fields(template) - fields.keys()):
        report.add(where, f"the prompt uses {{{missing[0]}}}, which is not mapped.")
        return ""
    return fill_template(template, fields)


def _options(
    values: Mapping[str, Json], choices: list[str] | None, source: MappedSource
) -> JsonObject:
    """A row's own options with the source's; {} where the source's alone will do."""
    options: JsonObject = {name: values[at] for name, at in source.fields.options.items()}
    if choices is not None and source.scorer == "choice":
        different = len(set(choices)) == len(choices)
        options |= {"choices": list(choices)} if different else {"letters": len(choices)}
    return {**source.options, **options} if options else {}
