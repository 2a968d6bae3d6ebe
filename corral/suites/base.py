"""Tasks, as every loader makes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from corral.json_types import Json


class Split(StrEnum):
    """Who may see a task's result: everybody in its team, or nobody before the results."""

    PUBLIC = "public"
    PRIVATE = "private"


@dataclass(frozen=True, slots=True)
class Task:
    """One task of a suite version.

    `input` is what the project is given, always an object; a plain text is `{"input": text}`.
    `target` never enters a sandbox. `weight` is above 0. Tasks that share something, as questions
    on one passage do, have the same `cluster`: their scores are not independent, and their
    standard error takes account of that.
    """

    key: str
    input: Mapping[str, Json]
    target: Json
    scorer: str
    scorer_options: Mapping[str, Json] = field(default_factory=dict)
    split: Split = Split.PUBLIC
    weight: float = 1.0
    tags: tuple[str, ...] = ()
    cluster: str | None = None


@dataclass(frozen=True, slots=True)
class LoadedSuite:
    """A whole suite as read from files, with where it comes from.

    `remarks` are sentences on what a reader should know and that is no mistake. `references` are
    right answers by the tasks' keys, where the source has them and the target is none itself.
    """

    slug: str
    name: str
    description: str
    licence: str
    source: str
    source_digest: str
    tasks: tuple[Task, ...]
    remarks: tuple[str, ...] = ()
    references: Mapping[str, str] = field(default_factory=dict)
