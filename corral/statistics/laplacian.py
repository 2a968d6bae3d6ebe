"""Linear equations of a weighted graph, solved without a subtraction that could lose digits."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

Matrix = list[list[float]]


@dataclass(frozen=True, slots=True)
class Reduced:
    """A graph after its vertices were taken out one by one.

    `rows[i][k]`, k > i, is the weight between i and k when i was taken out, and `degrees[i]` the
    sum of these.
    """

    rows: tuple[tuple[float, ...], ...]
    degrees: tuple[float, ...]


def reduce_graph(weights: Sequence[Sequence[float]]) -> Reduced:
    """Take out all vertices but the last; `weights` is symmetric, 0 or more, and connected.

    When i goes, j and k are joined by w_ij·w_ik/Σw_i more (the star-mesh transform): Gaussian
    elimination of the Laplacian, in sums of positive numbers only (Grassmann, Taksar and Heyman
    1985, Oper. Res. 33:1107), so that weights of any sizes keep their digits.

    Raises:
        ZeroDivisionError: the graph is not connected.
    """
    rows = [list(row) for row in weights]
    degrees = []
    for i in range(len(rows) - 1):
        later = range(i + 1, len(rows))
        degree = math.fsum(rows[i][i + 1 :])
        degrees.append(degree)
        for j in later:
            part = rows[i][j] / degree
            for k in later:
                if k != j:
                    rows[j][k] += part * rows[i][k]
    return Reduced(tuple(map(tuple, rows)), tuple(degrees))


def solve(graph: Reduced, right: Sequence[float]) -> list[float]:
    """The x with Σ_j w_ij(x_i − x_j) = right_i for all i but the last, whose x is 0."""
    n = len(graph.rows)
    flows = list(right)
    for i, degree in enumerate(graph.degrees):
        for j in range(i + 1, n):
            flows[j] += flows[i] * (graph.rows[i][j] / degree)
    x = [0.0] * n
    for i in range(n - 2, -1, -1):
        known = math.fsum(graph.rows[i][k] * x[k] for k in range(i + 1, n))
        x[i] = (flows[i] + known) / graph.degrees[i]
    return x
