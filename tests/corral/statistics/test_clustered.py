import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral.statistics.clustered import ClusteredEstimate, clustered_mean
from corral.statistics.mean import weighted_mean

rows = st.lists(
    st.tuples(st.floats(0, 1), st.floats(0.1, 10), st.sampled_from("abcd")), min_size=1, max_size=30
)


def columns(
    values: "list[tuple[float, float, str]]",
) -> "tuple[list[float], list[float], list[str | None]]":
    return [x for x, _, _ in values], [w for _, w, _ in values], [c for _, _, c in values]


def test_two_tasks_of_each_passage() -> None:
    estimate = clustered_mean([1, 1, 0, 0, 1, 0], [1] * 6, ["a", "a", "b", "b", "c", "c"])
    # cluster sums of x − 1/2: 1, −1 and 0
    assert estimate == ClusteredEstimate(0.5, pytest.approx(math.sqrt(3 / 2 * 2) / 6), 6, 3)


def test_one_cluster_has_no_error() -> None:
    assert clustered_mean([0, 1], [1, 1], ["a", "a"]) == ClusteredEstimate(0.5, None, 2, 1)


def test_tasks_without_a_cluster_stand_alone() -> None:
    alone = clustered_mean([0.0, 1.0, 0.5], [1, 2, 3], [None, None, None])
    named = clustered_mean([0.0, 1.0, 0.5], [1, 2, 3], ["a", "b", "c"])
    assert alone == named
    assert alone.clusters == 3


def test_another_number_of_clusters_is_refused() -> None:
    with pytest.raises(ValueError, match="one cluster"):
        clustered_mean([1, 0], [1, 1], ["a"])


@given(rows)
def test_clusters_of_one_give_the_plain_error(values: "list[tuple[float, float, str]]") -> None:
    scores, weights, _ = columns(values)
    estimate = clustered_mean(scores, weights, [str(i) for i in range(len(values))])
    plain = weighted_mean(scores, weights)
    assert estimate.mean == plain.mean
    assert estimate.stderr == (plain.stderr and pytest.approx(plain.stderr, rel=1e-12))


@given(rows)
def test_it_adds_the_products_within_clusters_as_miller_does(
    values: "list[tuple[float, float, str]]",
) -> None:
    scores, _, clusters = columns(values)
    estimate = clustered_mean(scores, [1.0] * len(scores), clusters)
    if estimate.stderr is None:
        return
    n, groups = len(scores), estimate.clusters
    deviations = [x - estimate.mean for x in scores]
    squares = sum(d * d for d in deviations)
    products = sum(
        deviations[i] * deviations[j]
        for i in range(n)
        for j in range(n)
        if i != j and clusters[i] == clusters[j]
    )
    uncorrected = (squares + products) / n**2
    assert estimate.stderr**2 * (groups - 1) / groups == pytest.approx(uncorrected, abs=1e-12)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=12), st.integers(1, 5))
def test_copies_of_a_task_add_nothing(scores: list[float], copies: int) -> None:
    once = weighted_mean(scores, [1.0] * len(scores))
    clusters: list[str | None] = [str(i) for i in range(len(scores)) for _ in range(copies)]
    many = [x for x in scores for _ in range(copies)]
    estimate = clustered_mean(many, [1.0] * len(many), clusters)
    assert estimate.stderr == pytest.approx(once.stderr, abs=1e-9)


@given(rows, st.randoms(), st.floats(1e-3, 1e3))
def test_neither_order_nor_scale_changes_anything(
    values: "list[tuple[float, float, str]]", shuffler: random.Random, factor: float
) -> None:
    one = clustered_mean(*columns(values))
    shuffled = [(x, w * factor, c) for x, w, c in values]
    shuffler.shuffle(shuffled)
    two = clustered_mean(*columns(shuffled))
    assert two.mean == pytest.approx(one.mean, abs=1e-9)
    assert two.stderr == (
        None if one.stderr is None else pytest.approx(one.stderr, rel=1e-6, abs=1e-9)
    )


def test_the_error_is_right_where_tasks_fail_together() -> None:
    """Over many suites of 40 passages with 5 tasks each, errors agree with the true spread."""
    generator = random.Random(5)
    clusters: list[str | None] = [str(i // 5) for i in range(200)]
    means, clustered, plain = [], [], []
    for _ in range(300):
        known = [generator.random() for _ in range(40)]
        scores = [float(generator.random() < known[i // 5]) for i in range(200)]
        estimate = clustered_mean(scores, [1.0] * 200, clusters)
        means.append(estimate.mean)
        clustered.append(estimate.stderr or 0)
        plain.append(weighted_mean(scores, [1.0] * 200).stderr or 0)
    middle = sum(means) / len(means)
    spread = math.sqrt(sum((m - middle) ** 2 for m in means) / (len(means) - 1))
    assert sum(clustered) / len(clustered) == pytest.approx(spread, rel=0.1)
    assert sum(plain) / len(plain) < 0.75 * spread
