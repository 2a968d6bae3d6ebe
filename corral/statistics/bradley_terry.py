"""Abilities from pairwise comparisons: who beat whom, and how often."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from corral.statistics.linear import inverse, solve
from corral.statistics.proportions import Interval

Matrix = list[list[float]]
# Hunter's steps come near quickly and arrive slowly; Newton's then need a handful.
MM_STEPS = 50
NEWTON_STEPS = 100
# What a step would add to the log-likelihood, for each game: below NEAR the step is taken whole,
# since rounding hides what it adds; below ARRIVED it was the last.
NEAR = 1e-7
ARRIVED = 1e-20


class NotComparable(ValueError):
    """No finite abilities explain the comparisons; the message says for whom, and why."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """Log-abilities that sum to 0, in the order of `names`, and their covariance.

    The odds that i beats j are exp(ability i − ability j).
    """

    names: tuple[str, ...]
    values: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]

    def stderr(self, name: str) -> float:
        """The standard error of an ability as such, measured from the average of all."""
        place = self.names.index(name)
        return math.sqrt(max(0.0, self.covariance[place][place]))

    def advantage(self, one: str, other: str) -> "Advantage":
        """How far one ability lies above another."""
        i, j = self.names.index(one), self.names.index(other)
        rows = self.covariance
        variance = rows[i][i] + rows[j][j] - 2 * rows[i][j]
        return Advantage(self.values[i] - self.values[j], math.sqrt(max(0.0, variance)))


@dataclass(frozen=True, slots=True)
class Advantage:
    """A difference of two log-abilities, and its standard error."""

    value: float
    stderr: float

    @property
    def probability(self) -> float:
        """That the one beats the other."""
        return _expected(self.value)

    def interval(self, confidence: float = 0.95) -> Interval:
        """value ± z·stderr: holds where both were compared often."""
        reach = NormalDist().inv_cdf((1 + confidence) / 2) * self.stderr
        return Interval(self.value - reach, self.value + reach)


def fit_abilities(wins: Mapping[tuple[str, str], float]) -> Abilities:
    """The abilities that make the comparisons most likely; `wins[a, b]` is how often a beat b.

    P(i beats j) = 1/(1 + exp(βj − βi)) (Bradley and Terry 1952, Biometrika 39:324), fitted by the
    MM algorithm (Hunter 2004, Ann. Stat. 32:384) and finished by Newton's method. The covariance
    is the inverse of the Fisher information. A draw counts half a win for each.

    Raises:
        NotComparable: nobody, one against itself, or a group that nobody else was compared with,
            or that never lost, or never won, against the others (Hunter's assumption 1).
        ValueError: a number of wins that is negative or not finite.
    """
    names = sorted({name for pair in wins for name in pair})
    table = _table(names, wins)
    _must_be_comparable(names, table)
    values = _finished(_approached(table), table)
    mean = math.fsum(values) / len(values)
    return Abilities(
        names=tuple(names),
        values=tuple(value - mean for value in values),
        covariance=_covariance(values, table),
    )


def _table(names: Sequence[str], wins: Mapping[tuple[str, str], float]) -> Matrix:
    places = {name: place for place, name in enumerate(names)}
    table = [[0.0] * len(names) for _ in names]
    for (winner, loser), count in wins.items():
        if not (math.isfinite(count) and count >= 0):
            raise ValueError("numbers of wins must be finite and 0 or more")
        if winner == loser:
            raise NotComparable(f"{winner} cannot be compared with itself.")
        table[places[winner]][places[loser]] += count
    return table


def _must_be_comparable(names: Sequence[str], wins: Matrix) -> None:
    """Everybody must have beaten everybody else, if only by way of others."""
    if len(names) < 2:
        raise NotComparable("Abilities need at least two to compare.")
    everybody = range(len(names))
    linked = _reached([[j for j in everybody if wins[i][j] + wins[j][i]] for i in everybody])
    if len(linked) < len(names):
        apart = next(i for i in everybody if i not in linked)
        raise NotComparable(f"No comparisons link {names[apart]} with {names[0]}.")
    beaten = _reached([[j for j in everybody if wins[i][j]] for i in everybody])
    if len(beaten) < len(names):
        group = _listed(names, beaten)
        raise NotComparable(f"No ability is low enough for {group}: no win against the others.")
    beaters = _reached([[j for j in everybody if wins[j][i]] for i in everybody])
    if len(beaters) < len(names):
        group = _listed(names, beaters)
        raise NotComparable(f"No ability is high enough for {group}: no loss to the others.")


def _reached(steps: Sequence[Sequence[int]]) -> set[int]:
    """All that the first can reach."""
    reached, waiting = {0}, [0]
    while waiting:
        new = set(steps[waiting.pop()]) - reached
        reached |= new
        waiting.extend(new)
    return reached


def _listed(names: Sequence[str], places: set[int]) -> str:
    shown = [names[place] for place in sorted(places)]
    return ", ".join(shown[:3]) + (f" and {len(shown) - 3} more" if len(shown) > 3 else "")


def _approached(wins: Matrix) -> list[float]:
    """Log-abilities after some of Hunter's steps: γi = wins of i / Σj games ij/(γi + γj)."""
    everybody = range(len(wins))
    total = [math.fsum(row) for row in wins]
    gamma = [1.0] * len(wins)
    for _ in range(MM_STEPS):
        gamma = [
            total[i]
            / math.fsum((wins[i][j] + wins[j][i]) / (gamma[i] + gamma[j]) for j in everybody)
            for i in everybody
        ]
        middle = math.exp(math.fsum(map(math.log, gamma)) / len(gamma))
        gamma = [value / middle for value in gamma]
    return [math.log(value) for value in gamma]


def _finished(values: list[float], wins: Matrix) -> list[float]:
    """Newton's steps; far away each is halved until it makes the comparisons no less likely."""
    games = math.fsum(map(math.fsum, wins))
    for _ in range(NEWTON_STEPS):
        surprise = _surprise(values, wins)
        # the last stays where it is, since only differences count
        step = [*solve(_information(values, wins), surprise[:-1]), 0.0]
        gain = math.fsum(s * g for s, g in zip(step, surprise, strict=True)) / games
        values = _moved(values, step, 1.0) if gain < NEAR else _searched(values, step, wins)
        if gain < ARRIVED:
            break
    return values


def _searched(values: list[float], step: list[float], wins: Matrix) -> list[float]:
    before = _log_likelihood(values, wins)
    part = 1.0
    while _log_likelihood(_moved(values, step, part), wins) < before:
        part /= 2
    return _moved(values, step, part)


def _moved(values: list[float], step: list[float], part: float) -> list[float]:
    return [value + part * s for value, s in zip(values, step, strict=True)]


def _log_likelihood(values: Sequence[float], wins: Matrix) -> float:
    return math.fsum(
        -count * _surprisal(values[i] - values[j])
        for i, row in enumerate(wins)
        for j, count in enumerate(row)
        if count
    )


def _surprise(values: Sequence[float], wins: Matrix) -> list[float]:
    """Wins beyond those expected: the gradient of the log-likelihood."""
    everybody = range(len(wins))
    return [
        math.fsum(
            wins[i][j] - (wins[i][j] + wins[j][i]) * _expected(values[i] - values[j])
            for j in everybody
            if j != i
        )
        for i in everybody
    ]


def _information(values: Sequence[float], wins: Matrix) -> Matrix:
    """The Fisher information of all but the last, who stays where it is."""
    everybody = range(len(wins))
    information = [[0.0] * len(wins) for _ in everybody]
    for i in everybody:
        for j in range(i):
            difference = values[i] - values[j]
            weight = (wins[i][j] + wins[j][i]) * _expected(difference) * _expected(-difference)
            information[i][j] = information[j][i] = -weight
            information[i][i] += weight
            information[j][j] += weight
    return [row[:-1] for row in information[:-1]]


def _covariance(values: Sequence[float], wins: Matrix) -> tuple[tuple[float, ...], ...]:
    """Of abilities that sum to 0: the inverse information, taken from its row and column means."""
    n = len(values)
    grounded = [[*row, 0.0] for row in inverse(_information(values, wins))] + [[0.0] * n]
    means = [math.fsum(row) / n for row in grounded]
    overall = math.fsum(means) / n
    return tuple(
        tuple(grounded[i][j] - means[i] - means[j] + overall for j in range(n)) for i in range(n)
    )


def _expected(difference: float) -> float:
    """1/(1 + exp(−difference)), without overflow."""
    if difference < 0:
        return math.exp(difference) / (1 + math.exp(difference))
    return 1 / (1 + math.exp(-difference))


def _surprisal(difference: float) -> float:
    """−log of that: log(1 + exp(−difference))."""
    return math.log1p(math.exp(-abs(difference))) + max(0.0, -difference)
