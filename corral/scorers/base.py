"""What a scorer takes and gives."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Protocol

from corral.json_types import Json, JsonObject
from corral.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class JudgedBy:
    """The model that judged; SHA-256 in hex of its weights ("" if unknown) and of the prompt."""

    model: str
    weights_sha256: str
    prompt_sha256: str

    def as_json(self) -> JsonObject:
        """The fields by their names."""
        return dict(asdict(self))


@dataclass(frozen=True, slots=True)
class Judgement:
    """A score from 0 to 1, its verdict, the answer that was taken from the output, and why.

    `judge` is there where a model judged.
    """

    score: float
    verdict: Verdict
    explanation: str
    answer: str | None = None
    judge: JudgedBy | None = None


class Scorer(Protocol):
    """Judges one output against one target; pure, total over hostile output, never raises on it."""

    @property
    def name(self) -> str: ...

    def check(self, target: Json, options: Mapping[str, Json]) -> list[str]:
        """One sentence for each thing wrong with a task's target or options; empty when usable."""

    def score(self, output: str, target: Json, options: Mapping[str, Json]) -> Judgement: ...
