import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral.statistics.laplacian import reduce_graph, solve

Matrix = list[list[float]]


@st.composite
def graphs(draw: st.DrawFn) -> Matrix:
    """A ring and any further edges, with weights of very different sizes."""
    n = draw(st.integers(2, 7))
    sizes = st.integers(-12, 12).map(lambda power: 10.0**power)
    weights = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(i):
            edge = draw(sizes) if j == i - 1 or draw(st.booleans()) else 0.0
            weights[i][j] = weights[j][i] = edge
    return weights


def exact(weights: Matrix, right: list[float]) -> list[float]:
    """Gauss's elimination in fractions, the last at 0."""
    n = len(weights) - 1
    rows = [
        [sum(map(Fraction, weights[i])) if i == j else -Fraction(weights[i][j]) for j in range(n)]
        + [Fraction(right[i])]
        for i in range(n)
    ]
    for i in range(n):
        rows[i] = [value / rows[i][i] for value in rows[i]]
        for j in range(n):
            if j != i:
                factor = rows[j][i]
                rows[j] = [a - factor * b for a, b in zip(rows[j], rows[i], strict=True)]
    return [float(row[-1]) for row in rows] + [0.0]


def test_two_wires_in_a_row() -> None:
    """One unit from the first to the last, through weights 1 and 2: potentials 1.5 and 0.5."""
    graph = reduce_graph([[0, 1, 0], [1, 0, 2], [0, 2, 0]])
    assert solve(graph, [1, 0, -1]) == [1.5, 0.5, 0]


def test_a_graph_in_two_parts_is_refused() -> None:
    with pytest.raises(ZeroDivisionError):
        reduce_graph([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]])


@given(graphs(), st.data())
def test_all_digits_are_kept_whatever_the_weights(weights: Matrix, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(weights) - 1))
    right = [float(i == place) for i in range(len(weights))]
    assert solve(reduce_graph(weights), right) == pytest.approx(exact(weights, right), rel=1e-12)


@given(graphs(), st.data())
def test_what_flows_in_flows_on(weights: Matrix, data: st.DataObject) -> None:
    n = len(weights)
    right = data.draw(st.lists(st.floats(-5, 5), min_size=n, max_size=n))
    x = solve(reduce_graph(weights), right)
    for i in range(n - 1):
        parts = [weights[i][j] * (x[i] - x[j]) for j in range(n)]
        size = math.fsum(weights[i][j] * (abs(x[i]) + abs(x[j])) for j in range(n))
        assert math.fsum(parts) == pytest.approx(right[i], abs=1e-9 + size * 1e-12)
