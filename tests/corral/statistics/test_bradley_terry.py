import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corral.statistics.bradley_terry import Abilities, NotComparable, fit_abilities

Wins = dict[tuple[str, str], float]

# Agresti 2002, Categorical Data Analysis, table 10.10: the Eastern Division of the American
# League in 1987, home and away together; a row's wins against each column.
CLUBS = ["Milwaukee", "Detroit", "Toronto", "New York", "Boston", "Cleveland", "Baltimore"]
GAMES = [
    [0, 7, 9, 7, 7, 9, 11],
    [6, 0, 7, 5, 11, 9, 9],
    [4, 6, 0, 7, 7, 8, 12],
    [6, 8, 6, 0, 6, 7, 10],
    [6, 2, 6, 7, 0, 7, 12],
    [4, 4, 5, 6, 6, 0, 6],
    [2, 4, 1, 3, 1, 7, 0],
]
# The fit without home advantage, Baltimore at 0: table 10.11, with standard errors about 0.3.
LOG_ABILITIES = [1.581, 1.436, 1.294, 1.248, 1.108, 0.684]


def baseball() -> Wins:
    return {
        (one, other): GAMES[i][j]
        for i, one in enumerate(CLUBS)
        for j, other in enumerate(CLUBS)
        if i != j
    }


@st.composite
def seasons(draw: st.DrawFn) -> Wins:
    """Some results in which everybody beat the next and lost to the one before, at least."""
    n = draw(st.integers(2, 6))
    more = st.dictionaries(
        st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), st.floats(0.5, 50), max_size=12
    )
    wins = {(str(i), str((i + 1) % n)): draw(st.floats(0.5, 20)) for i in range(n)}
    for (i, j), count in draw(more).items():
        if i != j:
            wins[str(i), str(j)] = wins.get((str(i), str(j)), 0) + count
    return wins


def expected_wins(fit: Abilities, wins: Wins, name: str) -> float:
    games = {frozenset(pair) for pair in wins if name in pair}
    total = 0.0
    for pair in games:
        (other,) = pair - {name}
        count = wins.get((name, other), 0) + wins.get((other, name), 0)
        total += count * fit.advantage(name, other).probability
    return total


def test_each_two_clubs_played_13_games() -> None:
    assert all(GAMES[i][j] + GAMES[j][i] == 13 for i in range(7) for j in range(7) if i != j)


def test_baseball_as_published() -> None:
    fit = fit_abilities(baseball())
    advantages = [fit.advantage(club, "Baltimore") for club in CLUBS[:-1]]
    assert [round(a.value, 3) for a in advantages] == LOG_ABILITIES
    assert [round(a.stderr, 1) for a in advantages] == [0.3] * 6


def test_baseball_against_the_average() -> None:
    """The six advantages over Baltimore say the same as seven abilities that sum to 0."""
    fit = fit_abilities(baseball())
    middle = sum(LOG_ABILITIES) / 7
    for club, ability in zip(CLUBS, [*LOG_ABILITIES, 0.0], strict=True):
        assert fit.values[fit.names.index(club)] == pytest.approx(ability - middle, abs=1e-3)
        assert 0.2 < fit.stderr(club) < 0.24


def test_two_competitors_have_a_closed_form() -> None:
    """Log odds log(w/l) with variance 1/w + 1/l."""
    advantage = fit_abilities({("a", "b"): 30, ("b", "a"): 10}).advantage("a", "b")
    assert advantage.value == pytest.approx(math.log(3), rel=1e-12)
    assert advantage.stderr == pytest.approx(math.sqrt(1 / 30 + 1 / 10), rel=1e-9)
    assert advantage.probability == pytest.approx(0.75, rel=1e-12)
    interval = advantage.interval(0.95)
    assert interval.low == pytest.approx(math.log(3) - 1.959964 * advantage.stderr, abs=1e-6)
    assert interval.high == pytest.approx(math.log(3) + 1.959964 * advantage.stderr, abs=1e-6)


def test_a_draw_is_half_a_win_for_each() -> None:
    fit = fit_abilities({("a", "b"): 0.5, ("b", "a"): 0.5, ("b", "c"): 0.5, ("c", "b"): 0.5})
    assert fit.values == pytest.approx((0, 0, 0), abs=1e-12)


def test_a_long_thin_chain_arrives() -> None:
    """Where Hunter's steps alone would need thousands."""
    wins: Wins = {}
    for i in range(29):
        wins[f"{i:02}", f"{i + 1:02}"] = 1000
        wins[f"{i + 1:02}", f"{i:02}"] = 1
    fit = fit_abilities(wins)
    assert fit.advantage("00", "29").value == pytest.approx(29 * math.log(1000), rel=1e-9)


@pytest.mark.parametrize(
    ("wins", "sentence"),
    [
        ({}, "Abilities need at least two to compare."),
        ({("a", "a"): 1}, "a cannot be compared with itself."),
        (
            {("a", "b"): 1, ("b", "a"): 1, ("c", "d"): 1, ("d", "c"): 1},
            "No comparisons link c with a.",
        ),
        ({("a", "b"): 0, ("b", "a"): 0}, "No comparisons link b with a."),
        ({("a", "b"): 3}, "No ability is high enough for a: no loss to the others."),
        ({("b", "a"): 3}, "No ability is low enough for a: no win against the others."),
        (
            {("a", "b"): 1, ("b", "a"): 1, ("c", "a"): 1, ("c", "d"): 1, ("d", "c"): 1},
            "No ability is low enough for a, b: no win against the others.",
        ),
        (
            {(f"a{i}", f"a{(i + 1) % 5}"): 1 for i in range(5)} | {("a0", "z"): 1},
            "No ability is high enough for a0, a1, a2 and 2 more: no loss to the others.",
        ),
    ],
)
def test_what_has_no_finite_ability_is_refused(wins: Wins, sentence: str) -> None:
    with pytest.raises(NotComparable) as refused:
        fit_abilities(wins)
    assert str(refused.value) == sentence


@pytest.mark.parametrize("count", [-1, math.nan, math.inf])
def test_wins_without_a_meaning(count: float) -> None:
    with pytest.raises(ValueError, match="numbers of wins"):
        fit_abilities({("a", "b"): count})


@given(seasons())
def test_everybody_won_as_often_as_expected(wins: Wins) -> None:
    """The equations of the maximum likelihood; and only differences count, so they sum to 0."""
    fit = fit_abilities(wins)
    assert math.fsum(fit.values) == pytest.approx(0, abs=1e-9)
    for name in fit.names:
        won = math.fsum(count for (winner, _), count in wins.items() if winner == name)
        assert expected_wins(fit, wins, name) == pytest.approx(won, rel=1e-7)


@given(seasons())
def test_lost_games_mirror_won_ones(wins: Wins) -> None:
    forth = fit_abilities(wins)
    back = fit_abilities({(loser, winner): count for (winner, loser), count in wins.items()})
    assert back.values == pytest.approx([-value for value in forth.values], abs=1e-7)


@given(seasons(), st.integers(2, 9))
def test_so_many_times_the_games_say_the_same_more_surely(wins: Wins, times: int) -> None:
    once = fit_abilities(wins)
    often = fit_abilities({pair: count * times for pair, count in wins.items()})
    assert often.values == pytest.approx(once.values, abs=1e-7)
    for name in once.names:
        assert often.stderr(name) == pytest.approx(once.stderr(name) / math.sqrt(times), rel=1e-6)


@given(seasons(), st.randoms())
@settings(max_examples=40)
def test_names_and_order_change_nothing(wins: Wins, shuffler: random.Random) -> None:
    pairs = list(wins.items())
    shuffler.shuffle(pairs)
    renamed = fit_abilities(
        {(f"x{9 - int(a)}", f"x{9 - int(b)}"): count for (a, b), count in pairs}
    )
    fit = fit_abilities(wins)
    for name in fit.names[1:]:
        one = fit.advantage(name, fit.names[0])
        other = renamed.advantage(f"x{9 - int(name)}", f"x{9 - int(fit.names[0])}")
        assert other.value == pytest.approx(one.value, abs=1e-7)
        assert other.stderr == pytest.approx(one.stderr, rel=1e-5)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    generator = random.Random(1987)
    truth = {"a": 0.8, "b": 0.3, "c": 0.0, "d": -0.6}
    held = 0
    for _ in range(200):
        wins: Wins = {}
        for one in truth:
            for other in truth:
                if one < other:
                    chance = 1 / (1 + math.exp(truth[other] - truth[one]))
                    won = sum(generator.random() < chance for _ in range(40))
                    wins[one, other], wins[other, one] = won, 40 - won
        interval = fit_abilities(wins).advantage("a", "c").interval(0.9)
        held += interval.low <= 0.8 <= interval.high
    assert 0.84 <= held / 200 <= 0.96
