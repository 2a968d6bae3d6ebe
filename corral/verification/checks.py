"""One suite checked: its reference answers, and those of other tasks."""

import hashlib
import json
import statistics
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from corral.scorers.help import Help
from corral.suites.base import LoadedSuite, Task
from corral.verification.chance import chance_of
from corral.verification.judging import Case, needs_sandbox, scores_of
from corral.verification.references import reference_of

SHUFFLES = 5
OPEN_LIMIT = 0.05
_CLOSED_TARGETS = 26
_RIGHT = 1.0 - 1e-9
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: shares from 0 to 1, None where there is none; `wanted` in words.

    `disagreeing` names the first tasks that are not as they should be, and `fine` is the verdict.
    """

    suite: str
    check: str
    items: int
    agreement: float | None
    accuracy: float | None
    wanted: str
    fine: bool
    disagreeing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Answered:
    task: Task
    reference: str


async def check_suite(suite: LoadedSuite, help_: Help) -> list[Line]:
    """Its lines: references, and shuffled answers where more than one task has a reference.

    Raises:
        PlatformError: a scorer's help was not to be had.
    """
    answered = [
        _Answered(task, reference)
        for task in suite.tasks
        if (reference := reference_of(task, suite.references)) is not None
    ]
    lines = [await _references(suite, answered, help_)]
    return [*lines, await _shuffled(suite, answered, help_)] if len(answered) > 1 else lines


def agreement_line(
    suite: str,
    check: str,
    cases: Sequence[Case],
    scores: Sequence[float],
    wanted: str,
    named: Callable[[Case], str] = lambda case: case.task.key,
) -> Line:
    """How many cases are as expected, of those where that is known; all of them must be.

    Accuracy is the mean over tasks of the mean of each: that is pass@1 where some have several.
    """
    known = [
        (case, (score >= _RIGHT) == case.expected)
        for case, score in zip(cases, scores, strict=True)
        if case.expected is not None
    ]
    wrong = [case for case, agrees in known if not agrees]
    return Line(
        suite=suite,
        check=check,
        items=len(cases),
        agreement=(len(known) - len(wrong)) / len(known) if known else None,
        accuracy=_accuracy(cases, scores) if scores else None,
        wanted=wanted,
        fine=not wrong,
        disagreeing=tuple(map(named, wrong[:_NAMED])),
    )


def _accuracy(cases: Sequence[Case], scores: Sequence[float]) -> float:
    of_task: dict[str, list[float]] = defaultdict(list)
    for case, score in zip(cases, scores, strict=True):
        of_task[case.task.key].append(score)
    return statistics.fmean(map(statistics.fmean, of_task.values()))


async def _references(suite: LoadedSuite, answered: Sequence[_Answered], help_: Help) -> Line:
    cases = [Case(one.task, one.reference, expected=True) for one in answered]
    if not cases:
        return Line(suite.slug, "references", 0, None, None, "no reference is known", fine=True)
    scores = await scores_of(cases, help_)
    line = agreement_line(suite.slug, "references", cases, scores, "100 %")
    if len(cases) == len(suite.tasks):
        return line
    missing = len(suite.tasks) - len(cases)
    return _with_wanted(line, f"100 %, {missing} without a reference")


async def _shuffled(suite: LoadedSuite, answered: Sequence[_Answered], help_: Help) -> Line:
    """The median of five shuffles, one where programs run: a fair one fails in 1 of 100 suites."""
    rounds = 1 if needs_sandbox(suite.tasks) else SHUFFLES
    results = []
    for seed in range(rounds):
        cases = _next_ones(answered, seed)
        scores = await scores_of(cases, help_)
        results.append(agreement_line(suite.slug, "shuffled", cases, scores, ""))
    results.sort(key=lambda line: line.accuracy or 0.0)
    line = results[rounds // 2]
    targets = [_target(one.task) for one in answered]
    chance = chance_of(targets)
    accuracy = line.accuracy or 0.0
    if is_closed(targets, answered[0].task.scorer):
        wanted = f"{chance.low:.2%} to {chance.high:.2%}"
        return _judged(line, wanted, fine=chance.low <= accuracy <= chance.high)
    limit = max(OPEN_LIMIT, chance.high)
    return _judged(line, f"under {limit:.2%}", fine=accuracy < limit)


def is_closed(targets: Sequence[str], scorer: str) -> bool:
    """Whether a suite is one of choices: by its scorer, or because few targets come often."""
    few = len(set(targets)) <= min(_CLOSED_TARGETS, len(targets) // 2)
    return scorer == "choice" or (few and chance_of(targets).expected >= OPEN_LIMIT)


def _next_ones(answered: Sequence[_Answered], seed: int) -> list[Case]:
    """All in a circle, in an order by hashes, each with the answer of the next.

    It is expected to be right exactly where both have the same target.
    """
    circle = sorted(
        answered, key=lambda one: hashlib.sha256(f"{seed} {one.task.key}".encode()).digest()
    )
    return [
        Case(one.task, other.reference, expected=_target(one.task) == _target(other.task))
        for one, other in zip(circle, [*circle[1:], circle[0]], strict=True)
    ]


def _target(task: Task) -> str:
    """What two tasks have in common that have the same right answers, by their targets."""
    target = task.target
    if task.scorer == "output_prediction" and isinstance(target, Mapping):
        backwards = task.scorer_options.get("predict") == "input"
        target = target["input" if backwards else "output"]
    text = json.dumps(target, sort_keys=True, ensure_ascii=True).casefold()
    return " ".join(text.split())


def _with_wanted(line: Line, wanted: str) -> Line:
    return _judged(line, wanted, fine=line.fine)


def _judged(line: Line, wanted: str, *, fine: bool) -> Line:
    """A shuffle need not agree task by task: what is found by chance may be right by chance."""
    return Line(
        suite=line.suite,
        check=line.check,
        items=line.items,
        agreement=line.agreement,
        accuracy=line.accuracy,
        wanted=wanted,
        fine=fine,
        disagreeing=() if fine else line.disagreeing,
    )
