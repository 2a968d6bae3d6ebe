"""`suite.toml`: what a suite is called, its files, their format and their rows' defaults."""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from corral.errors import ProjectRefused
from corral.json_types import Json
from corral.suites.assemble import Head
from corral.suites.base import Split
from corral.suites.files import SuiteFiles, is_inside
from corral.suites.readers import ENDINGS, ending_of
from corral.suites.report import Report
from corral.suites.rows import SLUG_RULE, RowDefaults, is_slug, usable

SUITE = "suite.toml"
ROW_FORMATS = ("native", "inspect", "openai-evals", "mapped")
_SECTIONS = frozenset(("suite", "defaults", "fields"))
_SUITE_FIELDS = frozenset(("slug", "name", "description", "licence", "source", "tasks", "format"))
_DEFAULT_FIELDS = frozenset(("scorer", "options", "split", "weight"))


@dataclass(frozen=True, slots=True)
class SuiteFile:
    """What a `suite.toml` says. `fields` is the section [fields], unchecked."""

    head: Head
    format: str
    files: tuple[str, ...]
    fields: dict[str, object] = field(default_factory=dict)


def read_suite_file(files: SuiteFiles, report: Report) -> SuiteFile:
    """Read `suite.toml`; its problems go into the report.

    Raises:
        ProjectRefused: there is none, or it is not TOML.
    """
    text = files.text(SUITE)
    report.end()
    content = _toml(text or "")
    about = table_of(content, "suite", _SUITE_FIELDS, report)
    defaults = _defaults(table_of(content, "defaults", _DEFAULT_FIELDS, report), report)
    for name in sorted(content.keys() - _SECTIONS):
        report.add(SUITE, f"[{name}] is not known; known are [suite], [defaults] and [fields].")
    format_ = _format(about, content, report)
    names = _files(about, format_, report)
    fields = content.get("fields", {})
    head = _head(about, defaults, report)
    return SuiteFile(head, format_, names, fields if isinstance(fields, dict) else {})


def head_for(path: Path) -> Head:
    """What a file alone says about its suite: its name."""
    stem = path.name.split(".")[0] or "suite"
    slug = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:64] or "suite"
    return Head(slug=slug, name=stem[:120])


def table_of(
    content: dict[str, object], name: str, known: frozenset[str], report: Report
) -> dict[str, object]:
    """A section of `suite.toml` of which all fields are known; problems go into the report."""
    table = content.get(name, {})
    if not isinstance(table, dict) or (name == "suite" and not table):
        report.add(SUITE, f"the section [{name}] is missing or no section.")
        return {}
    for key in sorted(table.keys() - known):
        report.add(SUITE, f"[{name}] {key} is not known; known are: {', '.join(sorted(known))}.")
    return table


def _toml(text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProjectRefused([f"{SUITE}: is not valid TOML: {error}."]) from error


def _head(about: dict[str, object], defaults: RowDefaults, report: Report) -> Head:
    texts = {name: _text(about, name, report) for name in ("name", "licence")}
    more = {name: _text(about, name, report, "") for name in ("description", "source")}
    if not is_slug(about.get("slug")):
        report.add(SUITE, f"[suite] slug must be {SLUG_RULE}.")
    return Head(
        slug=str(about.get("slug")),
        name=texts["name"],
        description=more["description"],
        licence=texts["licence"],
        source=more["source"],
        defaults=defaults,
    )


def _text(about: dict[str, object], name: str, report: Report, default: str | None = None) -> str:
    value = about.get(name, default)
    if not isinstance(value, str) or (default is None and not value.strip()):
        report.add(SUITE, f"[suite] {name} must be a text.")
        return ""
    return value


def _format(about: dict[str, object], content: dict[str, object], report: Report) -> str:
    """[fields] says it where `format` doesn't: only a mapped file has any."""
    implied = "mapped" if "fields" in content else "native"
    given = about.get("format", implied)
    if not isinstance(given, str) or given not in ROW_FORMATS:
        report.add(SUITE, f"[suite] format must be one of: {', '.join(ROW_FORMATS)}.")
        return implied
    if (given == "mapped") != ("fields" in content):
        report.add(SUITE, 'the section [fields] belongs to the format "mapped", and to no other.')
    return given


def _files(about: dict[str, object], format_: str, report: Report) -> tuple[str, ...]:
    files = about.get("tasks", [])
    names = [name for name in files if isinstance(name, str)] if isinstance(files, list) else []
    if not isinstance(files, list) or not names or len(set(names)) != len(files):
        report.add(SUITE, "[suite] tasks must be a list of different file names.")
        return ()
    endings = (".jsonl",) if format_ == "native" else ENDINGS
    for name in names:
        if not is_inside(name) or ending_of(name) not in endings:
            wanted = " or ".join(endings)
            report.add(SUITE, f'[suite] tasks: "{name}" must be a {wanted} file in this folder.')
            return ()
    return tuple(names)


def _defaults(table: dict[str, object], report: Report) -> RowDefaults:
    """Scorer and options are checked with every row that they go into."""
    split, weight = table.get("split", "public"), table.get("weight", 1.0)
    scorer, options = table.get("scorer"), table.get("options", {})
    if split not in tuple(Split):
        report.add(SUITE, '[defaults] split must be "public" or "private".')
        split = "public"
    if not isinstance(weight, int | float) or isinstance(weight, bool) or not usable(weight):
        report.add(SUITE, "[defaults] weight must be a number above 0, up to 1000000.")
        weight = 1.0
    if not isinstance(options, dict):
        report.add(SUITE, "[defaults] options must be a table.")
        options = {}
    return RowDefaults(
        scorer=scorer if isinstance(scorer, str) else None,
        options=cast("dict[str, Json]", options),
        split=Split(str(split)),
        weight=float(weight),
    )
