"""How somebody's file is told to be a suite: which of its fields are what."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from corral.json_types import Json, JsonObject
from corral.suites.base import Split


@dataclass(frozen=True, slots=True)
class FieldMap:
    """Which fields of a row are what; a dot goes into an object or list, as "question.0.text".

    `tags` are fields whose values become tags; `cluster` is one whose value tasks share that hang
    together; `choices` a list of texts, out of which the input, the prompt and the scorer `choice`
    get theirs (a target that is a whole number is then the index of one, from 0). `more` are
    further names in the input, and `options` options of the scorer, by the fields they come from.
    `reference` is a right answer, where the target is none itself. Without `id`, a task's id is
    "row-" and the number of its row, from 1.
    """

    input: str
    target: str
    id: str | None = None
    tags: tuple[str, ...] = ()
    cluster: str | None = None
    choices: str | None = None
    more: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    reference: str | None = None

    def used(self) -> tuple[str, ...]:
        """Every field that a row must have, once."""
        some = (self.id, self.cluster, self.choices, self.reference)
        single = [name for name in some if name is not None]
        several = (*self.tags, *self.more.values(), *self.options.values())
        return tuple(dict.fromkeys((self.input, self.target, *single, *several)))


@dataclass(frozen=True, slots=True)
class MappedSource:
    """How to read a file that was not made for Corral.

    `target_pattern` takes the target out of its field: the first group of its first match, as
    `#### (.+)` for GSM8K. `prompt` is a template for what the project is asked, with `{input}`,
    the names in `more` and `{choices}`, one lettered line each. `within` names the field of a JSON
    file that holds the rows, and `adapt` changes a row before its fields are looked up. `sample`
    keeps so many rows, and `private_share` of what is kept is private; both are chosen by `seed`
    alone, the same on every machine and Python, and the file's order stays. `split` is that of all
    other tasks.
    """

    slug: str
    name: str
    description: str
    licence: str
    source: str
    fields: FieldMap
    scorer: str
    options: Mapping[str, Json] = field(default_factory=dict)
    target_pattern: str | None = None
    prompt: str | None = None
    within: str | None = None
    adapt: Callable[[JsonObject], JsonObject] | None = None
    sample: int | None = None
    seed: int = 0
    private_share: float = 0.0
    split: Split = Split.PUBLIC
    weight: float = 1.0
    tags: tuple[str, ...] = ()
