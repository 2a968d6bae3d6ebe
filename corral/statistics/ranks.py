"""Ranks that the data can vouch for: from each team's best rank to its worst, and tie bands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from corral.statistics.holm import holm
from corral.statistics.lineup import FLIPS_MANY, Run, line_up
from corral.statistics.sign_tests import EXACT, flip_test, normal_p_value, sign_test

# No sign change test of up to EXACT differences has a smaller p-value.
LEAST_EXACT = 2.0 ** (1 - EXACT)


@dataclass(frozen=True, slots=True)
class TeamScores:
    """A team's scores by task key; a task that it has no score for is left out."""

    team: str
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class RankRange:
    """The ranks that the tests cannot exclude for a team, both included, from 1.

    `band` numbers the tie bands from 1: no two teams of one band can be told apart.
    """

    team: str
    best: int
    worst: int
    band: int


def rank_ranges(
    teams: Sequence[TeamScores],
    weights: Mapping[str, float] | None = None,
    clusters: Mapping[str, str] | None = None,
    alpha: float = 0.05,
) -> list[RankRange]:
    """The rank range and tie band of each team; `teams` come best first, and so do the ranges.

    Every two teams are tested on the tasks that both have, as `paired_difference` does, and
    Holm's procedure decides over all pairs at once. The best rank is 1 + the number of teams
    told to be better, the worst is the number of teams − those told to be worse (Mogstad,
    Romano, Shaikh and Wilhelm 2024, Rev. Econ. Stud. 91:476, with Holm's step-down): with
    probability 1 − alpha or more all ranges are right at once. Where the tasks that two teams
    share speak against the order given, the two are not told apart: a range holds the team's
    own place, always.

    Raises:
        ValueError: a team twice, a task without a weight, a score that is not finite, or alpha
            not between 0 and 1.
    """
    if len({team.team for team in teams}) != len(teams):
        raise ValueError("each team must be named once")
    apart = _told_apart(line_up([team.scores for team in teams], weights, clusters), alpha)
    bands = _bands(apart)
    return [
        RankRange(
            team=team.team,
            best=1 + (apart[place] & ((1 << place) - 1)).bit_count(),
            worst=len(teams) - (apart[place] >> place).bit_count(),
            band=bands[place],
        )
        for place, team in enumerate(teams)
    ]


def _told_apart(runs: Sequence[Run], alpha: float) -> list[int]:
    """For each run the set of those told apart from it, bit i for the run at place i."""
    pairs = list(combinations(range(len(runs)), 2))
    p_values = [_p_value(runs[ahead], runs[behind]) for ahead, behind in pairs]
    apart = [0] * len(runs)
    for (ahead, behind), rejected in zip(pairs, _decide(runs, pairs, p_values, alpha), strict=True):
        if rejected:
            apart[ahead] |= 1 << behind
            apart[behind] |= 1 << ahead
    return apart


def _decide(
    runs: Sequence[Run],
    pairs: Sequence[tuple[int, int]],
    p_values: Sequence["float | None"],
    alpha: float,
) -> list[bool]:
    """Holm's decision; what still has no p-value gets one only where it may be rejected.

    Holm rejects more the smaller p-values are, so what it keeps with the smallest possible ones
    it keeps with the true ones too. That way few sign changes are counted.
    """
    hopeful = holm([LEAST_EXACT if p is None else p for p in p_values], alpha)
    exact = []
    for (ahead, behind), p, may_be in zip(pairs, p_values, hopeful, strict=True):
        if p is None:
            p = flip_test(runs[ahead].differences(runs[behind])) if may_be else 1.0
        exact.append(p)
    return holm(exact, alpha)


def _p_value(ahead: Run, behind: Run) -> float | None:
    """The p-value of a pair; None where its sign changes may have to be counted."""
    if ahead.solved is not None and behind.solved is not None:
        common = ahead.answered & behind.answered
        wins = (ahead.solved & ~behind.solved & common).bit_count()
        losses = (behind.solved & ~ahead.solved & common).bit_count()
        return sign_test(wins, losses) if wins > losses else 1.0
    z = ahead.z_score(behind)
    if z <= 0:
        return 1.0
    return normal_p_value(z) if z > FLIPS_MANY else None


def _bands(apart: Sequence[int]) -> list[int]:
    """Number the tie bands: a team opens a new one if it is told apart from any in the last."""
    bands: list[int] = []
    members = 0
    for place, others in enumerate(apart):
        opens = not bands or others & members
        members = 1 << place if opens else members | 1 << place
        bands.append((bands[-1] if bands else 0) + 1 if opens else bands[-1])
    return bands
