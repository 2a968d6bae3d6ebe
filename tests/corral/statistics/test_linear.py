import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral.statistics.linear import inverse, solve


def definite(n: int) -> "st.SearchStrategy[list[list[float]]]":
    """A·Aᵀ + I for any A: symmetric and positive definite."""
    row = st.lists(st.floats(-3, 3), min_size=n, max_size=n)
    return st.lists(row, min_size=n, max_size=n).map(
        lambda a: [
            [
                math.fsum(x * y for x, y in zip(a[i], a[j], strict=True)) + float(i == j)
                for j in range(n)
            ]
            for i in range(n)
        ]
    )


matrices = st.integers(1, 6).flatmap(definite)


def times(matrix: list[list[float]], x: list[float]) -> list[float]:
    return [math.fsum(a * b for a, b in zip(row, x, strict=True)) for row in matrix]


def test_two_equations() -> None:
    assert solve([[4, 2], [2, 3]], [10, 9]) == pytest.approx([1.5, 2])


@pytest.mark.parametrize("matrix", [[[0.0]], [[1, 2], [2, 1]], [[-1.0]], [[math.nan]]])
def test_what_is_not_definite_is_refused(matrix: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="positive definite"):
        solve(matrix, [1.0] * len(matrix))


@given(matrices, st.data())
def test_the_solution_solves(matrix: list[list[float]], data: st.DataObject) -> None:
    right = data.draw(st.lists(st.floats(-5, 5), min_size=len(matrix), max_size=len(matrix)))
    assert times(matrix, solve(matrix, right)) == pytest.approx(right, abs=1e-8)


@given(matrices)
def test_the_inverse_inverts(matrix: list[list[float]]) -> None:
    for i, column in enumerate(inverse(matrix)):
        unit = [float(i == j) for j in range(len(matrix))]
        assert times(matrix, column) == pytest.approx(unit, abs=1e-8)
