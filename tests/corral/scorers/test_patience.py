"""What hostile outputs of one run may cost, in real processes."""

import asyncio

import pytest

from corral.json_types import Json, JsonObject
from corral.scorers import apart
from corral.scorers.apart import CPU_SECONDS, MOST_SLOW, SLOW_SECONDS, Apart, JobFailed, Patience
from corral.scorers.help import Help
from corral.scorers.judging import judge_with_help
from corral.verdicts import Verdict

TOWER = "The answer is 9^9^9^9^9^9"
SCHEMA: JsonObject = {"properties": {"tag": {"pattern": "^(a|aa)+$"}}}
BACKTRACKING = '{"tag": "' + "a" * 60 + '!"}'
ASKED: JsonObject = {"output": TOWER, "targets": ["3"]}
HURRIED = (
    "The output can't be judged: it takes more than 0.25 s of processor time, which is all that is "
    "left for an output once 20 others of its run took more."
)


def judged(scorer: str, output: str, target: Json, patience: Patience) -> tuple[Verdict, str]:
    found = asyncio.run(judge_with_help(scorer, output, target, {}, Help(patience=patience)))
    return found.verdict, found.explanation


def test_patience_ends_with_the_twentieth_slow_output() -> None:
    patience = Patience()
    for seconds in [SLOW_SECONDS] * 100 + [2 * SLOW_SECONDS] * (MOST_SLOW - 1):
        patience.took(seconds)
    assert patience.seconds == CPU_SECONDS
    patience.took(CPU_SECONDS)
    assert patience.seconds == SLOW_SECONDS


@pytest.mark.parametrize(
    ("scorer", "output", "target"), [("math", TOWER, "3"), ("json_schema", BACKTRACKING, SCHEMA)]
)
def test_hostile_output_counts_as_slow(scorer: str, output: str, target: Json) -> None:
    patience = Patience()

    verdict = judged(scorer, output, target, patience)

    assert verdict == (Verdict.WRONG, "The output can't be judged: it takes too long.")
    assert patience.slow == 1


@pytest.mark.parametrize(
    ("scorer", "output", "target"), [("math", TOWER, "3"), ("json_schema", BACKTRACKING, SCHEMA)]
)
def test_without_patience_a_hostile_output_is_given_up_and_the_next_is_judged(
    scorer: str, output: str, target: Json
) -> None:
    patience = Patience(slow=MOST_SLOW)

    verdicts = [judged(scorer, output, target, patience) for _ in range(3)]

    assert verdicts == [(Verdict.WRONG, HURRIED)] * 3
    assert judged("math", r"so $\frac{1}{2}$", "0.5", patience)[0] is Verdict.CORRECT
    assert judged("json_schema", '{"tag": "aaa"}', SCHEMA, patience)[0] is Verdict.CORRECT


def test_patience_of_one_run_is_not_another_runs() -> None:
    assert Help().patience is not Help().patience
    judged("math", TOWER, "3", Patience(slow=MOST_SLOW))
    assert judged("math", "$3$", "3", patience := Patience())[0] is Verdict.CORRECT
    assert patience.slow == 0


def test_output_that_ends_its_process_counts_as_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows what it took."""
    monkeypatch.setattr(apart, "_exchange", lambda line, message: b"")
    process, patience = Apart(), Patience()
    with pytest.raises(JobFailed, match="^ends the process that works with it$"):
        process.ask("score_math", ASKED, patience)
    assert patience.slow == 1
