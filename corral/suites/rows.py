"""Rows of files as tasks: what every loader checks alike, each problem in a sentence."""

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from corral.json_types import Json, JsonObject
from corral.scorers.judging import SCORER_NAMES, check_scoring
from corral.suites.base import Split, Task
from corral.suites.digest import canonical_problem
from corral.suites.report import Report

KEY_RULE = "1 to 64 of the characters A-Z a-z 0-9 . _ -"
SLUG_RULE = "1 to 64 of the characters a-z 0-9 -"
MAX_TAGS = 20
_KEY = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SLUG = re.compile(r"[a-z0-9-]{1,64}")
_TAG = re.compile(r"\S(.{0,48}\S)?")


@dataclass(frozen=True, slots=True)
class RowDefaults:
    """What a row gets where it says nothing."""

    scorer: str | None = None
    options: Mapping[str, Json] = field(default_factory=dict)
    split: Split = Split.PUBLIC
    weight: float = 1.0


def is_slug(value: object) -> bool:
    """Whether a value can be a suite's slug."""
    return isinstance(value, str) and _SLUG.fullmatch(value) is not None


class TaskMaker:
    """Makes tasks out of rows and remembers their ids, so that none is used twice."""

    def __init__(self, report: Report, defaults: RowDefaults) -> None:
        self._report = report
        self._defaults = defaults
        self._seen: dict[str, str] = {}

    def make(self, where: str, row: JsonObject) -> Task | None:
        """The task of one row; None, and all its problems noted, where it breaks a rule."""
        before = self._report.count
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
            cluster=self._cluster(where, row),
        )
        return task if self._report.count == before else None

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
        if not isinstance(options, dict):
            self._report.add(where, "options must be an object.")
            options = {}
        elif problem := canonical_problem(options):
            self._report.add(where, f"options {problem}.")
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
        if not whole or not all(map(_is_tag, texts)):
            self._report.add(
                where,
                f"tags must be a list of at most {MAX_TAGS} different texts of 1 to 50 characters.",
            )
            return ()
        return tuple(texts)

    def _cluster(self, where: str, row: JsonObject) -> str | None:
        cluster = row.get("cluster")
        if cluster is None or (isinstance(cluster, str) and _KEY.fullmatch(cluster)):
            return cluster
        self._report.add(where, f"cluster must be {KEY_RULE}.")
        return None


def as_key(value: Json) -> str:
    """What stands for another format's id: what a key can't hold becomes "-".

    An id that is no text or number, or longer than 64 characters, is named by its SHA-256.
    """
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    key = re.sub(r"[^A-Za-z0-9._-]+", "-", text.strip()).strip("-")
    return key if _KEY.fullmatch(key) else hashlib.sha256(repr(value).encode()).hexdigest()[:16]


def _is_tag(text: str) -> bool:
    return _TAG.fullmatch(text) is not None and text.isprintable()


def usable(weight: float) -> bool:
    """Whether a number can be a weight."""
    return math.isfinite(weight) and 0 < weight <= 1_000_000


_FIELDS = frozenset(
    ("id", "input", "target", "scorer", "options", "split", "weight", "tags", "cluster")
)
