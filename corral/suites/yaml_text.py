"""YAML of plain values only: no tags, no aliases, no key twice, told by line."""

from collections.abc import Iterator
from typing import cast

import yaml

from corral.errors import ProjectRefused
from corral.suites.report import Report

MAX_TEXT = 256_000
MAX_DEPTH = 20
_PLAIN = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null"))


def read_yaml(text: str, name: str, report: Report) -> dict[str, object]:
    """The mapping of a YAML text; tags and keys that are there twice go into the report.

    Raises:
        ProjectRefused: it is no YAML, or no mapping.
    """
    if len(text) > MAX_TEXT:
        raise ProjectRefused([f"{name}: is longer than {MAX_TEXT:,} characters."])
    try:
        if reason := _hostile(text):
            raise ProjectRefused([f"{name}: {reason}"])
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if not isinstance(node, yaml.MappingNode):
            raise ProjectRefused([f"{name}: must be a mapping of names and values."])
        problems = list(_problems(node, ""))
        for line, sentence in problems:
            report.add(f"{name} line {line}", sentence)
        return {} if problems else cast("dict[str, object]", yaml.safe_load(text))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ProjectRefused([_sentence(name, error)]) from error


def _hostile(text: str) -> str | None:
    """What would take too long to read, as a sentence.

    A few lines of aliases make values of gigabytes, and PyYAML's time grows with the square of how
    deep a text nests.
    """
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            return f"the alias *{event.anchor} is refused."
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            return f"nests more than {MAX_DEPTH} deep."
    return None


def _sentence(name: str, error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f"{name} line {mark.line + 1}" if mark is not None else name
    reason = getattr(error, "problem", None) or "a value or a nesting is too large"
    return f"{where}: is not YAML: {reason}."


def _problems(node: yaml.Node, name: str) -> Iterator[tuple[int, str]]:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            yield from _key_problems(key, seen)
            yield from _problems(value, f"{name}.{key.value}".lstrip("."))
        plain = node.tag == "tag:yaml.org,2002:map"
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value, start=1):
            yield from _problems(value, f"{name} {number}")
        plain = node.tag == "tag:yaml.org,2002:seq"
    else:
        plain = node.tag in _PLAIN
    if not plain:
        yield line, f"{name}: the tag {_short(node.tag)} is refused; only plain values are read."


def _key_problems(key: yaml.Node, seen: set[str]) -> Iterator[tuple[int, str]]:
    line = key.start_mark.line + 1
    if not isinstance(key, yaml.ScalarNode) or key.tag not in _PLAIN:
        yield line, f"a key must be a plain text, not of the tag {_short(key.tag)}."
    elif key.value in seen:
        yield line, f"{key.value} is there twice."
    else:
        seen.add(key.value)


def _short(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")
