"""Whether a run that is still going is settled: surely better, or worse, than the team's best."""

import math
from dataclasses import dataclass, replace
from enum import StrEnum


class Settled(StrEnum):
    """What the tasks so far say of a run against the team's own best one."""

    OPEN = "open"
    BETTER = "better"
    WORSE = "worse"


@dataclass(frozen=True, slots=True)
class Duel:
    """Tasks so far on which a run did better, worse, or as well as the team's best run."""

    wins: int = 0
    losses: int = 0
    ties: int = 0

    @property
    def asked(self) -> int:
        """How many tasks have been compared."""
        return self.wins + self.losses + self.ties


@dataclass(frozen=True, slots=True)
class Saving:
    """What stopping early saves: tasks asked, tasks left out, and their share from 0 to 1."""

    asked: int
    saved: int
    share: float


def compare(duel: Duel, score: float, best: float) -> Duel:
    """The duel after one more task, on which the run got `score` and the team's best run `best`.

    Raises:
        ValueError: a score that is not finite.
    """
    if not (math.isfinite(score) and math.isfinite(best)):
        raise ValueError("scores must be finite")
    if score == best:
        return replace(duel, ties=duel.ties + 1)
    if score > best:
        return replace(duel, wins=duel.wins + 1)
    return replace(duel, losses=duel.losses + 1)


def log_evidence(duel: Duel) -> float:
    """The natural logarithm of E = 2ⁿ·w!·l!/(n+1)!, n = w + l, against "as good as the best".

    What a bettor has who began with 1 and bet on each differing task at even odds, with Laplace's
    rule (w+1)/(n+2): a martingale where wins and losses are equally likely, whatever came before
    (Ville 1939; Waudby-Smith and Ramdas 2024, J. R. Stat. Soc. B 86:1).
    """
    n = duel.wins + duel.losses
    arrangements = math.lgamma(duel.wins + 1) + math.lgamma(duel.losses + 1) - math.lgamma(n + 2)
    return n * math.log(2) + arrangements


def settled(duel: Duel, alpha: float = 0.05) -> Settled:
    """Settled once E ≥ 1/alpha, for the side that has more tasks.

    It may be asked after every task, and a run stopped the first time: a run as good as the best
    one is settled with probability alpha at most, over all its tasks (Ville's inequality). The
    order of tasks must not depend on the answers.

    Raises:
        ValueError: alpha not between 0 and 1.
    """
    if not 0 < alpha < 1:
        raise ValueError("alpha must lie between 0 and 1")
    if log_evidence(duel) < -math.log(alpha):
        return Settled.OPEN
    return Settled.BETTER if duel.wins > duel.losses else Settled.WORSE


def saving(duel: Duel, planned: int) -> Saving:
    """What was saved of so many planned tasks by stopping now.

    Raises:
        ValueError: fewer tasks planned than asked.
    """
    if planned < duel.asked:
        raise ValueError("no more tasks can be asked than were planned")
    saved = planned - duel.asked
    return Saving(duel.asked, saved, saved / planned if planned else 0.0)
