import math
import random
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corral.statistics.holm import holm
from corral.statistics.paired import paired_difference
from corral.statistics.ranks import RankRange, TeamScores, rank_ranges

Scores = dict[str, float]


def scored(solved: str) -> Scores:
    """Scores by task key, a digit each in tenths of 5; a dot is a task without a score."""
    return {f"t{i:03}": int(c) / 5 for i, c in enumerate(solved) if c != "."}


def lined_up(*runs: Scores) -> list[TeamScores]:
    """Teams in the plain order: by their mean, best first."""
    teams = [TeamScores(f"team {i}", scores) for i, scores in enumerate(runs)]
    return sorted(teams, key=lambda t: -math.fsum(t.scores.values()) / max(1, len(t.scores)))


def slowly(
    teams: list[TeamScores],
    weights: "Scores | None" = None,
    clusters: "dict[str, str] | None" = None,
) -> list[tuple[int, int]]:
    """The ranges from every pair's p-value, one by one."""
    pairs = list(combinations(range(len(teams)), 2))
    p_values = []
    for i, j in pairs:
        found = teams[i].scores.keys() & teams[j].scores.keys() and paired_difference(
            teams[i].scores, teams[j].scores, weights, clusters
        )
        p_values.append(found.p_value if found and found.mean > 0 else 1.0)
    ranges = [[1, len(teams)] for _ in teams]
    for (i, j), rejected in zip(pairs, holm(p_values), strict=True):
        if rejected:
            ranges[i][1] -= 1
            ranges[j][0] += 1
    return [(best, worst) for best, worst in ranges]


runs = st.integers(1, 25).flatmap(
    lambda tasks: st.lists(
        st.text("05", min_size=tasks, max_size=tasks)
        | st.text("012345", min_size=tasks, max_size=tasks),
        max_size=7,
    )
)


def test_no_team_and_one_team() -> None:
    assert rank_ranges([]) == []
    assert rank_ranges(lined_up(scored("5"))) == [RankRange("team 0", 1, 1, 1)]


def test_two_teams_that_are_told_apart() -> None:
    ranges = rank_ranges(lined_up(scored("5" * 6), scored("0" * 6)))
    assert ranges == [RankRange("team 0", 1, 1, 1), RankRange("team 1", 2, 2, 2)]


def test_two_teams_that_are_not() -> None:
    """Of five tasks even five to nothing is one chance in sixteen."""
    ranges = rank_ranges(lined_up(scored("5" * 5), scored("0" * 5)))
    assert ranges == [RankRange("team 0", 1, 2, 1), RankRange("team 1", 1, 2, 1)]


def test_more_pairs_ask_for_more() -> None:
    """Six to nothing tells two teams apart, but not the first of three from the others."""
    teams = lined_up(scored("5" * 6), scored("0" * 6), scored("0" * 6))
    assert [(r.best, r.worst, r.band) for r in rank_ranges(teams)] == [(1, 3, 1)] * 3


def test_one_task_tells_nobody_apart() -> None:
    ranges = rank_ranges(lined_up(scored("5"), scored("3"), scored("0")))
    assert [(r.best, r.worst, r.band) for r in ranges] == [(1, 3, 1)] * 3


def test_equal_teams_share_a_band() -> None:
    ranges = rank_ranges(lined_up(*[scored("05" * 50)] * 4))
    assert [(r.best, r.worst, r.band) for r in ranges] == [(1, 4, 1)] * 4


def test_a_chain_of_teams_is_cut_into_bands_in_which_nobody_is_told_apart() -> None:
    """First and third are told apart, the second from neither: it stays with the first."""
    teams = lined_up(scored("5" * 24), scored("5" * 18 + "0" * 6), scored("5" * 12 + "0" * 12))
    assert [(r.best, r.worst, r.band) for r in rank_ranges(teams)] == [
        (1, 2, 1),
        (1, 3, 1),
        (2, 3, 2),
    ]


def test_a_band_holds_no_two_that_are_told_apart() -> None:
    """The second beats the third on every task that they differ in; the first is from afar."""
    first = {f"a{i}": 1.0 for i in range(20)}
    second = {f"b{i}": 1.0 if i < 19 else 0.0 for i in range(20)}
    third = {f"b{i}": 1.0 if i < 5 else 0.0 for i in range(20)}
    ranges = rank_ranges(lined_up(first, second, third))
    assert [(r.best, r.worst, r.band) for r in ranges] == [(1, 3, 1), (1, 2, 1), (2, 3, 2)]


def test_teams_are_compared_on_the_tasks_that_both_have() -> None:
    ranges = rank_ranges(lined_up(scored("5" * 6 + "...."), scored("0" * 6 + "0000")))
    assert [r.band for r in ranges] == [1, 2]
    apart = rank_ranges(lined_up(scored("55555....."), scored(".....00000")))
    assert [(r.best, r.worst) for r in apart] == [(1, 2), (1, 2)]


def test_a_team_without_a_score_can_have_any_rank() -> None:
    ranges = rank_ranges(lined_up(scored("5" * 9), scored("0" * 9), {}))
    assert ranges[-1] == RankRange("team 2", 1, 3, 2)


def test_shared_tasks_that_speak_against_the_order_tell_nobody_apart() -> None:
    """The first is ahead by easy tasks that the second never had."""
    first = scored("0" * 10 + "5" * 90)
    second = scored("5" * 8 + "00" + "." * 90)
    ranges = rank_ranges(lined_up(first, second))
    assert [(r.team, r.best, r.worst) for r in ranges] == [("team 0", 1, 2), ("team 1", 1, 2)]


def test_tasks_of_one_passage_count_once() -> None:
    teams = lined_up(scored("5" * 12), scored("0" * 12))
    passages = {f"t{i:03}": f"passage {i // 4}" for i in range(12)}
    assert [r.band for r in rank_ranges(teams)] == [1, 2]
    assert [r.band for r in rank_ranges(teams, clusters=passages)] == [1, 1]


@pytest.mark.parametrize(
    ("teams", "weights", "alpha", "match"),
    [
        ([TeamScores("a", {}), TeamScores("a", {})], None, 0.05, "once"),
        ([TeamScores("a", {"t": math.nan})], None, 0.05, "finite"),
        ([TeamScores("a", {"t": 1.0})], {}, 0.05, "no weight"),
        ([TeamScores("a", {"t": 1.0})], {"t": 0.0}, 0.05, "above 0"),
        ([TeamScores("a", {"t": 1.0})], None, 1.0, "alpha"),
    ],
)
def test_what_has_no_meaning_is_refused(
    teams: list[TeamScores], weights: "Scores | None", alpha: float, match: str
) -> None:
    with pytest.raises(ValueError, match=match):
        rank_ranges(teams, weights, alpha=alpha)


@given(runs)
def test_it_agrees_with_every_pair_tested_by_itself(solved: list[str]) -> None:
    teams = lined_up(*map(scored, solved))
    assert [(r.best, r.worst) for r in rank_ranges(teams)] == slowly(teams)


@given(runs, st.data())
@settings(max_examples=60)
def test_it_agrees_with_weights_clusters_and_gaps(solved: list[str], data: st.DataObject) -> None:
    teams = lined_up(
        *(
            {key: score for key, score in scored(run).items() if data.draw(st.integers(0, 7))}
            for run in solved
        )
    )
    keys = [f"t{i:03}" for i in range(25)]
    weights = {key: data.draw(st.sampled_from([1.0, 2.0, 0.5])) for key in keys}
    clusters = data.draw(
        st.none() | st.fixed_dictionaries({key: st.sampled_from("abcdefgh") for key in keys[:12]})
    )
    ranges = rank_ranges(teams, weights, clusters)
    assert [(r.best, r.worst) for r in ranges] == slowly(teams, weights, clusters)


@given(runs)
def test_ranges_hold_each_place_and_bands_follow_the_order(solved: list[str]) -> None:
    teams = lined_up(*map(scored, solved))
    ranges = rank_ranges(teams)
    assert [r.team for r in ranges] == [team.team for team in teams]
    for place, r in enumerate(ranges, start=1):
        assert 1 <= r.best <= place <= r.worst <= len(teams)
    bands = [r.band for r in ranges]
    assert all(0 <= b - a <= 1 for a, b in zip([1, *bands], bands, strict=False))


@given(runs, st.randoms())
def test_the_order_of_tasks_changes_nothing(solved: list[str], shuffler: random.Random) -> None:
    teams = lined_up(*map(scored, solved))
    ranges = rank_ranges(teams)
    places = list(range(25))
    shuffler.shuffle(places)
    renamed = [
        TeamScores(team.team, {f"t{places[int(key[1:])]:03}": x for key, x in team.scores.items()})
        for team in teams
    ]
    assert rank_ranges(renamed) == ranges


@given(runs)
def test_a_smaller_alpha_never_narrows(solved: list[str]) -> None:
    teams = lined_up(*map(scored, solved))
    for strict, lax in zip(
        rank_ranges(teams, alpha=0.01), rank_ranges(teams, alpha=0.2), strict=True
    ):
        assert strict.best <= lax.best
        assert lax.worst <= strict.worst


def test_equal_teams_are_rarely_told_apart() -> None:
    """Ten equally able teams in each of 150 events: in 5 % at most are any two told apart."""
    generator = random.Random(2)
    wrong = 0
    for _ in range(150):
        level = [generator.random() for _ in range(60)]
        teams = lined_up(
            *(
                {f"t{i}": float(generator.random() < p) for i, p in enumerate(level)}
                for _ in range(10)
            )
        )
        wrong += rank_ranges(teams)[-1].band > 1
    assert wrong / 150 <= 0.05


def test_able_teams_are_told_from_poor_ones() -> None:
    generator = random.Random(4)
    able = [{f"t{i}": float(generator.random() < 0.8) for i in range(300)} for _ in range(5)]
    poor = [{f"t{i}": float(generator.random() < 0.4) for i in range(300)} for _ in range(5)]
    ranges = rank_ranges(lined_up(*able, *poor))
    assert [(r.best, r.worst, r.band) for r in ranges] == [(1, 5, 1)] * 5 + [(6, 10, 2)] * 5
