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
    `target` never enters a sandbox. `weight` is above 0.
    """

    key: str
    input: Mapping[str, Json]
    target: Json
    scorer: str
    scorer_options: Mapping[str, Json] = field(default_factory=dict)
    split: Split = Split.PUBLIC
    weight: float = 1.0
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LoadedSuite:
    """A whole suite as read from files, with where it comes from."""

    slug: str
    name: str
    description: str
    licence: str
    source: str
    source_digest: str
    tasks: tuple[Task, ...]
