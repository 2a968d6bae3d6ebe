"""Rows of files as tasks: what every loader checks alike, each problem in a sentence."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from corral.errors import ProjectRefused
from corral.json_types import Json, JsonObject
from corral.scorers.judging import SCORER_NAMES, check_scoring
from corral.suites.base import Split, Task
from corral.suites.digest import canonical_problem

KEY_RULE = "1 to 64 of the characters A-Z a-z 0-9 . _ -"
SLUG_RULE = "1 to 64 of the characters a-z 0-9 -"
MAX_FILE_BYTES = 200_000_000
MAX_TAGS = 20
_KEY = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SLUG = re.compile(r"[a-z0-9-]{1,64}")
_TAG = re.compile(r"\S(.{0,48}\S)?")


@dataclass(slots=True)
class Report:
    """Collects problems; every one says where: file, line and field."""

    problems: list[str] = field(default_factory=list)

    def add(self, where: str, sentence: str) -> None:
        """Note one problem; the sentence starts with the field and ends with a full stop."""
        self.problems.append(f"{where}: {sentence}")

    def end(self) -> None:
        """Raise ProjectRefused with all problems, if there are any."""
        if self.problems:
            raise ProjectRefused(self.problems)


@dataclass(frozen=True, slots=True)
class RowDefaults:
    """What a row gets where it says nothing."""

    scorer: str | None = None
    options: Mapping[str, Json] = field(default_factory=dict)
    split: Split = Split.PUBLIC
    weight: float = 1.0


class _RowBroken(ValueError):
    pass


def is_slug(value: object) -> bool:
    """Whether a value can be a suite's slug."""
    return isinstance(value, str) and _SLUG.fullmatch(value) is not None


def read_text(path: Path, report: Report) -> str | None:
    """A file's text; None, and a problem, where it can't be had."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            report.add(path.name, f"is larger than {MAX_FILE_BYTES // 1_000_000} MB.")
            return None
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        report.add(path.name, "there is no such file.")
    except UnicodeDecodeError:
        report.add(path.name, "is not UTF-8 text.")
    except OSError as error:
        report.add(path.name, f"can't be read: {error.strerror}.")
    return None


def jsonl_rows(text: str, name: str, report: Report) -> Iterator[tuple[str, JsonObject]]:
    """Every object of a JSONL text with where it is; blank lines are passed over."""
    for number, line in enumerate(text.split("\n"), start=1):
        where = f"{name} line {number}"
        if not line.strip():
            continue
        try:
            row = json.loads(line, object_pairs_hook=_object, parse_constant=_constant)
        except _RowBroken as broken:
            report.add(where, str(broken))
        except (ValueError, RecursionError) as error:
            reason = getattr(error, "msg", "a number or a nesting is too large")
            report.add(where, f"is not JSON: {reason}.")
        else:
            if isinstance(row, dict):
                yield where, row
            else:
                report.add(where, "must be a JSON object.")


def _object(pairs: list[tuple[str, Json]]) -> JsonObject:
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise _RowBroken(f'the field "{key}" is there twice.')
    return dict(pairs)


def _constant(name: str) -> Json:
    raise _RowBroken(f"holds {name}, which is not JSON.")


class TaskMaker:
    """Makes tasks out of rows and remembers their ids, so that none is used twice."""

    def __init__(self, report: Report, defaults: RowDefaults) -> None:
        self._report = report
        self._defaults = defaults
        self._seen: dict[str, str] = {}

    def make(self, where: str, row: JsonObject) -> Task | None:
        """The task of one row; None, and all its problems noted, where it breaks a rule."""
        before = len(self._report.problems)
        unknown = sorted(row.keys() - _FIELDS)
        for name in unknown:
            self._report.add(where, f'"{name}" is not a field of a task.')
        scorer, options = self._scorer(where, row)
        task = Task(
            key=self._key(where, row),
            input=self._input(where, row),
            target=self._target(where, row, scorer, options),
            scorer=scorer,
            scorer_options=options,
            split=self._split(where, row),
            weight=self._weight(where, row),
            tags=self._tags(where, row),
        )
        return task if len(self._report.problems) == before else None

    def _key(self, where: str, row: JsonObject) -> str:
        key = row.get("id")
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            self._report.add(where, f"id must be {KEY_RULE}.")
            return ""
        if key in self._seen:
            self._report.add(where, f'id "{key}" is already that of {self._seen[key]}.')
        self._seen.setdefault(key, where)
        return key

    def _input(self, where: str, row: JsonObject) -> Mapping[str, Json]:
        given = row.get("input")
        if isinstance(given, str) and given.strip():
            given = {"input": given}
        if not isinstance(given, dict) or not given:
            self._report.add(where, "input must be a text or an object, and not empty.")
            return {}
        problem = canonical_problem(given)
        if problem:
            self._report.add(where, f"input {problem}.")
        return given

    def _scorer(self, where: str, row: JsonObject) -> tuple[str, Mapping[str, Json]]:
        name = row.get("scorer", self._defaults.scorer)
        inherited = self._defaults.options if name == self._defaults.scorer else {}
        options = row.get("options", dict(inherited))
        if not isinstance(name, str) or name not in SCORER_NAMES:
            self._report.add(where, f"scorer must be one of: {', '.join(SCORER_NAMES)}.")
            name = ""
        if not isinstance(options, dict) or canonical_problem(options):
            self._report.add(where, "options must be an object.")
            options = {}
        return name, options

    def _target(
        self, where: str, row: JsonObject, scorer: str, options: Mapping[str, Json]
    ) -> Json:
        if "target" not in row:
            self._report.add(where, "target is missing.")
            return None
        target = row["target"]
        problem = canonical_problem(target)
        if problem:
            self._report.add(where, f"target {problem}.")
        elif scorer:
            for sentence in check_scoring(scorer, target, options):
                self._report.add(where, f"scorer {scorer}: {sentence}")
        return target

    def _split(self, where: str, row: JsonObject) -> Split:
        split = row.get("split", self._defaults.split)
        if isinstance(split, str) and split in tuple(Split):
            return Split(split)
        self._report.add(where, 'split must be "public" or "private".')
        return Split.PUBLIC

    def _weight(self, where: str, row: JsonObject) -> float:
        weight = row.get("weight", self._defaults.weight)
        if isinstance(weight, int | float) and not isinstance(weight, bool) and usable(weight):
            return float(weight)
        self._report.add(where, "weight must be a number above 0, up to 1000000.")
        return 1.0

    def _tags(self, where: str, row: JsonObject) -> tuple[str, ...]:
        tags = row.get("tags", [])
        texts = [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
        whole = isinstance(tags, list) and len(texts) == len(tags) == len(set(texts)) <= MAX_TAGS
        if not whole or not all(_TAG.fullmatch(tag) for tag in texts):
            self._report.add(
                where,
                f"tags must be a list of at most {MAX_TAGS} different texts of 1 to 50 characters.",
            )
            return ()
        return tuple(texts)


def usable(weight: float) -> bool:
    """Whether a number can be a weight."""
    return math.isfinite(weight) and 0 < weight <= 1_000_000


_FIELDS = frozenset(("id", "input", "target", "scorer", "options", "split", "weight", "tags"))
