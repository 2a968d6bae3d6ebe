"""What scorers may ask for that a text and a target alone don't tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from corral.errors import PlatformError
from corral.json_types import Json
from corral.scorers.apart import Patience
from corral.scorers.base import Judgement


class Outcome(StrEnum):
    """How a program that was tried out ended."""

    PASSED = "passed"
    FAILED = "failed"  # an assertion did not hold
    BROKEN = "broken"  # it raised something else, or is no program
    DIED = "died"  # it ended without a word: killed, out of memory, or by its own doing
    TIMED_OUT = "timed out"


@dataclass(frozen=True, slots=True)
class Tried:
    """A program that was tried out; `reason` is the first line of its error, without a stop."""

    outcome: Outcome
    reason: str = ""


class Programs(Protocol):
    """Tries out programs where they can do no harm."""

    async def attempt(self, versions: Sequence[str], *, seconds: float) -> Tried:
        """Run the first version that is a program at all, from its start to its end.

        Raises:
            PlatformError: it can't be run here and now.
        """


@dataclass(frozen=True, slots=True)
class Message:
    """One message to a judging model; `role` is "system" or "user"."""

    role: str
    content: str


class JudgingModel(Protocol):
    """A model that judges; the same that `name` and `sha256` say, for as long as it is used."""

    @property
    def name(self) -> str: ...
    @property
    def sha256(self) -> str:
        """Of its weights, in hex; "" where nobody knows."""

    async def complete(self, messages: Sequence[Message]) -> str:
        """What it answers.

        Raises:
            PlatformError: it does not.
        """


@dataclass(frozen=True, slots=True)
class Help:
    """What the caller can offer to scorers; `patience` is shared by all outputs of a run."""

    programs: Programs | None = None
    judge: JudgingModel | None = None
    patience: Patience = field(default_factory=Patience)

    def with_programs(self) -> Programs:
        """Where programs are tried out.

        Raises:
            PlatformError: nowhere.
        """
        if self.programs is None:
            raise PlatformError("There is no sandbox here to try out programs in.")
        return self.programs

    def with_judge(self) -> JudgingModel:
        """The model that judges.

        Raises:
            PlatformError: there is none.
        """
        if self.judge is None:
            raise PlatformError("There is no model here that judges.")
        return self.judge


class AssistedScorer(Protocol):
    """As `Scorer`, with help: total over hostile output, but the help may fail."""

    @property
    def name(self) -> str: ...

    def check(self, target: Json, options: Mapping[str, Json]) -> list[str]:
        """One sentence for each thing wrong with a task's target or options; empty when usable."""

    async def score(
        self, output: str, target: Json, options: Mapping[str, Json], help: Help
    ) -> Judgement:
        """What an output is worth.

        Raises:
            PlatformError: the help was not to be had; the output has no score then.
        """
