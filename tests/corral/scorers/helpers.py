"""Help for scorers that need it, without a sandbox and without a model."""

import re
from collections.abc import Callable, Sequence

from corral.scorers.help import Help, Message, Outcome, Tried


class Recorded:
    """Honours `Programs`: remembers what it was to try out, and says how that ended."""

    def __init__(self, *ends: Tried) -> None:
        self.ends = list(ends)
        self.versions: list[list[str]] = []
        self.seconds: list[float] = []

    async def attempt(self, versions: Sequence[str], *, seconds: float) -> Tried:
        self.versions.append(list(versions))
        self.seconds.append(seconds)
        return self.ends.pop(0) if self.ends else Tried(Outcome.PASSED)


Answer = Callable[[str, str], str]


class ScriptedJudge:
    """Honours `JudgingModel`: answers by a function of the code of the try and what was asked."""

    name = "judge-1b"
    sha256 = "ab" * 32

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[Sequence[Message]] = []

    async def complete(self, messages: Sequence[Message]) -> str:
        self.asked.append(messages)
        found = re.search(r"^([0-9a-f]{16}) VERDICT", messages[0].content, re.MULTILINE)
        assert found is not None
        return self.answer(found[1], messages[1].content)


def says(word: str) -> Answer:
    """A judge that always says the same."""
    return lambda nonce, _: f"I thought about it.\n{nonce} VERDICT: {word}"


def judging(answer: Answer) -> tuple[Help, ScriptedJudge]:
    """Help by such a judge."""
    judge = ScriptedJudge(answer)
    return Help(judge=judge), judge
