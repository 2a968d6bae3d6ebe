"""What the platform recorded of a probe's run, and what the host showed meanwhile.

Hostile programs import it with their own criterion: Python 3.9, the standard library alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from corral.gateway.ledger import Call
    from corral.runner import TaskOutcome

LONGEST_STORY = 160


@dataclass(frozen=True)
class Look:
    """One look from the host at the processes of a sandbox.

    `memory_bytes` is theirs in sum, `memory_limit` that of the groups which the kernel has them in.
    """

    processes: int
    threads: int
    memory_bytes: int
    memory_limit: int
    uids: frozenset[int]
    capabilities: int
    confined: bool  # all of them have a seccomp filter and can't gain privileges


@dataclass(frozen=True)
class Seen:
    """`changes` is what is not as it was on the host, one sentence each: it must be empty.

    `asked` holds the bodies that reached the model server, `spent` tokens and calls as the budget
    counts them, `refusal` why an archive was not accepted.
    """

    facts: Mapping[str, Any]
    outcomes: Sequence[TaskOutcome] = ()
    log: str = ""
    log_bytes: int = 0
    ledger: Sequence[Call] = ()
    asked: Sequence[Mapping[str, Any]] = ()
    spent: tuple[int, int] = (0, 0)
    looks: Sequence[Look] = ()
    refusal: str = ""
    changes: Sequence[str] = field(default_factory=list)

    @property
    def verdicts(self) -> list[str]:
        """One for each task, "answered" where the answer is to be scored."""
        return [each.verdict.value if each.verdict else "answered" for each in self.outcomes]

    @property
    def answers(self) -> list[Any]:
        """The outputs of the tasks that were answered."""
        return [each.output for each in self.outcomes if each.verdict is None]

    @property
    def reasons(self) -> list[str]:
        """Why tasks were not answered."""
        return [each.reason for each in self.outcomes if each.verdict is not None]

    @property
    def story(self) -> str:
        """What happened, in one line that is safe to print."""
        said = [self.refusal] if self.refusal else [str(answer) for answer in self.answers[:1]]
        ends = [
            f"{verdict}: {outcome.reason}"
            for verdict, outcome in zip(self.verdicts, self.outcomes)  # noqa: B905 (Python 3.9)
            if outcome.verdict is not None
        ]
        return printable("; ".join([*said, *ends[:1]]) or "accepted, and harmless")

    def most(self, what: str) -> int:
        """The most that any look saw of a number, 0 if there was none."""
        return max((getattr(look, what) for look in self.looks), default=0)


def was_refused(seen: Seen) -> bool:
    """Whether the program answered every task, and says that all was refused."""
    return bool(seen.answers) and all(
        isinstance(answer, str) and answer.startswith("refused") for answer in seen.answers
    )


def printable(text: str) -> str:
    """One short line without anything that a terminal would obey."""
    safe = "".join(each if each.isprintable() else "�" for each in text)
    return safe if len(safe) <= LONGEST_STORY else safe[: LONGEST_STORY - 1] + "…"
