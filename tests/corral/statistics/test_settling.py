import math
import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral.statistics.settling import (
    Duel,
    Saving,
    Settled,
    compare,
    log_evidence,
    saving,
    settled,
)

counts = st.integers(0, 300)


def played(chance: float, tasks: int, generator: random.Random, alpha: float) -> Duel:
    """A run stopped as soon as it is settled; `chance` is that a differing task is won."""
    duel = Duel()
    for _ in range(tasks):
        best = float(generator.random() < 0.5)
        won = generator.random() < chance
        score = best if generator.random() < 0.5 else float(won)
        duel = compare(duel, score, best)
        if settled(duel, alpha) is not Settled.OPEN:
            break
    return duel


def test_tasks_are_counted() -> None:
    duel = Duel()
    for score, best in ((1, 0), (0, 1), (0.5, 0.5), (0.6, 0.5)):
        duel = compare(duel, score, best)
    assert duel == Duel(wins=2, losses=1, ties=1)
    assert duel.asked == 4


@pytest.mark.parametrize(("score", "best"), [(math.nan, 0), (0, math.nan), (math.inf, 0)])
def test_scores_without_a_meaning(score: float, best: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        compare(Duel(), score, best)


@pytest.mark.parametrize("alpha", [0, 1, -0.1, math.nan])
def test_alpha_without_a_meaning(alpha: float) -> None:
    with pytest.raises(ValueError, match="alpha"):
        settled(Duel(), alpha)


def test_nothing_seen_settles_nothing() -> None:
    assert log_evidence(Duel()) == log_evidence(Duel(ties=100)) == 0.0
    assert settled(Duel(ties=100)) is Settled.OPEN


def test_a_row_of_losses_settles_at_the_eighth() -> None:
    """2⁷/8 = 16 falls short of 20; 2⁸/9 = 28.4 does not."""
    assert settled(Duel(losses=7)) is Settled.OPEN
    assert settled(Duel(losses=8)) is Settled.WORSE
    assert settled(Duel(wins=8)) is Settled.BETTER


def test_what_was_saved() -> None:
    assert saving(Duel(3, 20, 27), 200) == Saving(asked=50, saved=150, share=0.75)
    assert saving(Duel(), 0) == Saving(asked=0, saved=0, share=0.0)
    with pytest.raises(ValueError, match="planned"):
        saving(Duel(wins=2), 1)


@given(counts, counts, counts)
def test_evidence_equals_exact_arithmetic(wins: int, losses: int, ties: int) -> None:
    n = wins + losses
    exact = Fraction(2**n * math.factorial(wins) * math.factorial(losses), math.factorial(n + 1))
    logarithm = math.log(exact.numerator) - math.log(exact.denominator)
    assert log_evidence(Duel(wins, losses, ties)) == pytest.approx(logarithm, abs=1e-9)


@given(counts, counts)
def test_evidence_is_a_fair_bet(wins: int, losses: int) -> None:
    """The mean of what a win and a loss would make of it is what it is: a martingale."""
    here = log_evidence(Duel(wins, losses))
    ahead = [math.exp(log_evidence(Duel(wins + w, losses + 1 - w)) - here) for w in (0, 1)]
    assert sum(ahead) / 2 == pytest.approx(1, abs=1e-9)


@given(counts, counts)
def test_sides_are_alike(wins: int, losses: int) -> None:
    assert log_evidence(Duel(wins, losses)) == log_evidence(Duel(losses, wins))
    opposite = {Settled.BETTER: Settled.WORSE, Settled.WORSE: Settled.BETTER}
    one, other = settled(Duel(wins, losses)), settled(Duel(losses, wins))
    assert other == opposite.get(one, Settled.OPEN)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=60), st.randoms())
def test_the_order_of_tasks_changes_no_count(
    tasks: list[tuple[float, float]], shuffler: random.Random
) -> None:
    shuffled = list(tasks)
    shuffler.shuffle(shuffled)
    one = other = Duel()
    for pair, moved in zip(tasks, shuffled, strict=True):
        one, other = compare(one, *pair), compare(other, *moved)
    assert one == other
    assert one.asked == len(tasks)


@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.2])
def test_the_exact_chance_of_a_false_stop_is_below_alpha(alpha: float) -> None:
    """Over 500 differing tasks, asked after each: all paths, by dynamic programming."""
    going, stopped = {0: 1.0}, 0.0
    for n in range(1, 501):
        following: dict[int, float] = {}
        for wins, chance in going.items():
            for more in (0, 1):
                following[wins + more] = following.get(wins + more, 0.0) + chance / 2
        going = {}
        for wins, chance in following.items():
            if settled(Duel(wins, n - wins), alpha) is Settled.OPEN:
                going[wins] = chance
            else:
                stopped += chance
    assert 0 < stopped <= alpha


def test_runs_as_good_as_the_best_are_rarely_stopped() -> None:
    generator = random.Random(1)
    duels = [played(0.5, 400, generator, 0.05) for _ in range(1000)]
    assert sum(settled(duel) is not Settled.OPEN for duel in duels) / 1000 <= 0.05


def test_runs_that_are_worse_are_stopped_and_most_of_their_tasks_saved() -> None:
    generator = random.Random(1)
    duels = [played(0.1, 400, generator, 0.05) for _ in range(200)]
    assert all(settled(duel) is Settled.WORSE for duel in duels)
    assert sum(saving(duel, 400).share for duel in duels) / 200 > 0.8
