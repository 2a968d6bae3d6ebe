"""The section [fields] of a `suite.toml`: the map of somebody's file."""

from collections.abc import Mapping

from corral.project.prompt import template_problems
from corral.scorers.patterns import pattern_problem
from corral.suites.head import SUITE, SuiteFile
from corral.suites.mapping import FieldMap, MappedSource
from corral.suites.report import Report

_SINGLE = ("id", "cluster", "choices", "target_pattern", "prompt", "within")
_TABLES = ("more", "options")
KNOWN = frozenset(("input", "target", "tags", *_SINGLE, *_TABLES))


def mapped_source(suite: SuiteFile, report: Report) -> MappedSource:
    """How the files are to be read; problems go into the report."""
    section = suite.fields
    for name in sorted(section.keys() - KNOWN):
        report.add(SUITE, f"[fields] {name} is not known; known are: {', '.join(sorted(KNOWN))}.")
    single = {name: _single(section, name, report) for name in _SINGLE}
    _check_pattern(single["target_pattern"], report)
    for problem in (
        template_problems(single["prompt"], "[fields] prompt") if single["prompt"] else ()
    ):
        report.add(SUITE, problem)
    defaults = suite.head.defaults
    if defaults.scorer is None:
        report.add(SUITE, "[defaults] scorer is missing: a mapped file's rows name none.")
    return MappedSource(
        slug=suite.head.slug,
        name=suite.head.name,
        description=suite.head.description,
        licence=suite.head.licence,
        source=suite.head.source,
        fields=FieldMap(
            input=_single(section, "input", report, needed=True) or "",
            target=_single(section, "target", report, needed=True) or "",
            id=single["id"],
            tags=_tags(section, report),
            cluster=single["cluster"],
            choices=single["choices"],
            more=_table(section, "more", report),
            options=_table(section, "options", report),
        ),
        scorer=defaults.scorer or "",
        options=defaults.options,
        target_pattern=single["target_pattern"],
        prompt=single["prompt"],
        within=single["within"],
        split=defaults.split,
        weight=defaults.weight,
    )


def _single(
    section: Mapping[str, object], name: str, report: Report, *, needed: bool = False
) -> str | None:
    value = section.get(name)
    if isinstance(value, str) and value:
        return value
    if value is not None or needed:
        report.add(SUITE, f"[fields] {name} must be a text that is not empty.")
    return None


def _tags(section: Mapping[str, object], report: Report) -> tuple[str, ...]:
    tags = section.get("tags", [])
    names = [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
    if not isinstance(tags, list) or len(names) != len(tags):
        report.add(SUITE, "[fields] tags must be a list of fields.")
    return tuple(names)


def _table(section: Mapping[str, object], name: str, report: Report) -> Mapping[str, str]:
    table = section.get(name, {})
    if not isinstance(table, dict) or not all(isinstance(at, str) for at in table.values()):
        report.add(SUITE, f"[fields] {name} must be a table of names and fields.")
        return {}
    return {str(key): str(at) for key, at in table.items()}


def _check_pattern(pattern: str | None, report: Report) -> None:
    if pattern is not None and (problem := pattern_problem(pattern)):
        report.add(SUITE, f"[fields] target_pattern: {problem}")
