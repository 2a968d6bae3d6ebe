import os
import random
import signal

import pytest
from math_verify import parse, verify

from corral.json_types import Json
from corral.scorers.apart import Apart, JobFailed
from corral.scorers.base import Judgement
from corral.scorers.registry import scorer_named
from corral.verdicts import Verdict

MATH = scorer_named("math")
TARGETS = (
    "$42$", "$-3$", r"$\frac{1}{2}$", r"$\sqrt{2}$", "$x^2+2x+1$", "$(1,2)$", r"$\{1,2,3\}$",
    "$1234.5$", r"$50\%$", r"$\frac{\pi}{4}$", "$x=5$", r"$\begin{pmatrix}1\\2\end{pmatrix}$",
    r"$2\sqrt{3}$", "$10^{6}$", "18", "3/4", r"$[0,\infty)$",
)  # fmt: skip
WRITTEN = (
    "42", "-3", "0.5", "1/2", r"\frac12", r"\dfrac{1}{2}", r"2^{1/2}", "(x+1)^2", "1+2x+x^2",
    "(1, 2)", r"\{3,2,1\}", "1,234.50", r"50\%", r"\pi/4", "x=5", "5", r"\sqrt{12}", "1000000",
    "18", r"\$18", "0.75", r"[0, \infty)", r"\begin{pmatrix}1\\2\end{pmatrix}", r"\text{no}",
)  # fmt: skip
FRAMES = (
    "The answer is ${}$.", r"So we get \boxed{{{}}}", r"\({}\)", "First $7$, then ${}$",
    "The final answer is ${}$. I hope it is correct.", "= {}", "**Answer:** {}",
)  # fmt: skip


def rows(count: int) -> list[tuple[str, str]]:
    chance = random.Random(3)
    return [
        (chance.choice(FRAMES).format(chance.choice(WRITTEN)), chance.choice(TARGETS))
        for _ in range(count)
    ]


def test_verdicts_are_those_of_math_verify() -> None:
    right = 0
    for output, target in rows(400):
        gold, found = parse(target, parsing_timeout=None), parse(output, parsing_timeout=None)
        theirs = verify(gold, found, timeout_seconds=None)
        judged = MATH.score(output, target, {})
        assert (judged.score == 1) == theirs, (output, target)
        right += theirs
    assert right > 15


@pytest.mark.parametrize(
    ("output", "target"),
    [
        ("so $x = −3$", "-3"),
        ("The answer is **1,234**.", "1234"),
        (r"\boxed{1+x^2}", "x^2+1"),
        ("50%", r"50\%"),
        ("It costs $18.", "18"),
        ("\ud800\0 $2$", "2"),
    ],
)
def test_answer_that_is_right(output: str, target: str) -> None:
    assert MATH.check(target, {}) == []
    assert MATH.score(output, target, {}).score == 1


def test_judgements() -> None:
    assert MATH.score("It is $0.5$", ["1/3", "1/2"], {}) == Judgement(
        1.0,
        Verdict.CORRECT,
        r'The answer "\frac{1}{2}" equals "1/3" or "1/2".',
        r"\frac{1}{2}",
    )
    assert MATH.score("$2$", "3", {}) == Judgement(
        0.0, Verdict.WRONG, 'Expected "3", found "2".', "2"
    )
    assert MATH.score("no idea", "3", {}).explanation == (
        'Found no mathematical answer in "no idea".'
    )


def test_output_that_takes_for_ever_costs_that_output_only() -> None:
    assert MATH.score("The answer is 9^9^9^9^9^9", "3", {}) == Judgement(
        0.0, Verdict.WRONG, "The output can't be judged: it takes too long.", None
    )
    assert MATH.score("$3$", "3", {}).score == 1


@pytest.mark.parametrize("target", [r"\text{}", "!", ["3", "!"]])
def test_target_that_is_no_expression(target: Json) -> None:
    assert len(MATH.check(target, {})) == 1
    assert len(MATH.check("3", {"strict": True})) == 1


def test_process_that_was_killed_is_replaced_at_no_cost() -> None:
    apart = Apart()
    try:
        with pytest.raises(JobFailed, match=r"^can't be worked with \(KeyError\)$"):
            apart.ask("dance", {})
        assert apart.pid is not None
        os.kill(apart.pid, signal.SIGKILL)
        answer = apart.ask("score_math", {"output": "$3$", "targets": ["3"]})
        assert answer == {"right": True, "answer": "3"}
    finally:
        apart.close()
    assert apart.pid is None
