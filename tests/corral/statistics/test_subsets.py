import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral.statistics.subsets import stratified_subset

names = st.text(st.characters(exclude_categories=()), min_size=1, max_size=6)
suites = st.dictionaries(names, st.lists(st.sampled_from(["a", "b", "c"]), max_size=3), max_size=40)
SUITE = {f"task-{i:02}": ["hard" if i % 4 == 0 else "easy"] for i in range(24)}


def strata_of(tags: "dict[str, list[str]]") -> "dict[frozenset[str], list[str]]":
    strata: dict[frozenset[str], list[str]] = {}
    for key, of in tags.items():
        strata.setdefault(frozenset(of), []).append(key)
    return strata


def test_the_same_subset_on_every_machine() -> None:
    assert stratified_subset(SUITE, 8, seed=1) == [
        "task-03",
        "task-08",
        "task-09",
        "task-13",
        "task-14",
        "task-17",
        "task-20",
        "task-22",
    ]


def test_the_mix_of_tags_stays() -> None:
    drawn = stratified_subset(SUITE, 12, seed=3)
    assert sum(SUITE[key] == ["hard"] for key in drawn) == 3


def test_another_seed_draws_others() -> None:
    assert stratified_subset(SUITE, 8, seed=1) != stratified_subset(SUITE, 8, seed=2)


def test_tags_in_any_order_are_one_stratum() -> None:
    tags = {"a": ["x", "y"], "b": ["y", "x", "x"], "c": [], "d": []}
    for seed in range(20):
        assert sum(key in "ab" for key in stratified_subset(tags, 2, seed)) == 1


def test_tags_that_look_alike_when_joined_are_two_strata() -> None:
    tags = {"1": ["a", "b"], "2": ["a\0b"], "3": ['a", "b'], "4": ["a, b"]}
    assert stratified_subset(tags, 4) == ["1", "2", "3", "4"]


@pytest.mark.parametrize("size", [-1, 25])
def test_sizes_without_a_meaning(size: int) -> None:
    with pytest.raises(ValueError, match="of 24 tasks"):
        stratified_subset(SUITE, size)


@given(suites, st.data())
def test_it_has_the_size_and_each_stratum_its_share(
    tags: "dict[str, list[str]]", data: st.DataObject
) -> None:
    size = data.draw(st.integers(0, len(tags)))
    drawn = stratified_subset(tags, size, data.draw(st.integers()))
    assert len(drawn) == len(set(drawn)) == size
    for keys in strata_of(tags).values():
        share = size * len(keys) / len(tags)
        assert abs(len(set(keys) & set(drawn)) - share) < 1


@given(suites, st.data())
def test_the_largest_remainders_get_what_remains(
    tags: "dict[str, list[str]]", data: st.DataObject
) -> None:
    size = data.draw(st.integers(0, len(tags)))
    drawn = set(stratified_subset(tags, size))
    raised, lowered = [], []
    for keys in strata_of(tags).values():
        remainder = size * len(keys) % len(tags)
        more = len(drawn & set(keys)) > size * len(keys) // len(tags)
        (raised if more else lowered).append(remainder)
    assert min(raised, default=1) >= max(lowered, default=0)
    assert min(raised, default=1) > 0


@given(suites, st.randoms(), st.data())
def test_order_changes_only_the_order(
    tags: "dict[str, list[str]]", shuffler: random.Random, data: st.DataObject
) -> None:
    size = data.draw(st.integers(0, len(tags)))
    keys = list(tags)
    shuffler.shuffle(keys)
    one = stratified_subset(tags, size)
    other = stratified_subset({key: tags[key] for key in keys}, size)
    assert one == [key for key in tags if key in set(one)]
    assert set(one) == set(other)


def test_over_many_seeds_each_task_is_drawn_as_often() -> None:
    counts = dict.fromkeys(SUITE, 0)
    for seed in range(600):
        for key in stratified_subset(SUITE, 8, seed):
            counts[key] += 1
    # each in a third of 600: five standard deviations are 58
    assert all(abs(count - 200) < 58 for count in counts.values())
