"""Small systems of linear equations, symmetric and positive definite."""

import math
from collections.abc import Sequence

Matrix = list[list[float]]


def solve(matrix: Sequence[Sequence[float]], right: Sequence[float]) -> list[float]:
    """The x of matrix·x = right, by Cholesky's factors; n³/6 multiplications.

    Raises:
        ValueError: the matrix is not positive definite.
    """
    return _back(_factor(matrix), right)


def inverse(matrix: Sequence[Sequence[float]]) -> Matrix:
    """The inverse matrix; n³ multiplications or so.

    Raises:
        ValueError: the matrix is not positive definite.
    """
    lower = _factor(matrix)
    n = len(lower)
    return [_back(lower, [float(i == j) for j in range(n)]) for i in range(n)]


def _factor(matrix: Sequence[Sequence[float]]) -> Matrix:
    """The lower triangle L of matrix = L·Lᵀ."""
    lower: Matrix = []
    for i, given in enumerate(matrix):
        row: list[float] = []
        for j in range(i):
            known = math.fsum(a * b for a, b in zip(row, lower[j], strict=False))
            row.append((given[j] - known) / lower[j][j])
        left = given[i] - math.fsum(a * a for a in row)
        if not left > 0:
            raise ValueError("the matrix is not positive definite")
        lower.append([*row, math.sqrt(left)])
    return lower


def _back(lower: Matrix, right: Sequence[float]) -> list[float]:
    """Solve L·Lᵀ·x = right, forwards and then backwards."""
    x: list[float] = []
    for row, value in zip(lower, right, strict=True):
        known = math.fsum(a * b for a, b in zip(row, x, strict=False))
        x.append((value - known) / row[-1])
    for i in range(len(x) - 1, -1, -1):
        x[i] /= lower[i][i]
        for j in range(i):
            x[j] -= lower[i][j] * x[i]
    return x
