"""The result as an aligned table."""

from collections.abc import Iterator, Sequence

from corral.verification.checks import Line

_HEADER = ("suite", "check", "items", "agreement", "accuracy", "wanted", "")


def table(lines: Sequence[Line]) -> str:
    """One line each, columns aligned, numbers to the right."""
    rows = [_HEADER, *map(_cells, lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
    return "\n".join(_aligned(row, widths) for row in rows)


def disagreements(lines: Sequence[Line]) -> Iterator[str]:
    """A sentence for each line that is not as it should be, naming the first tasks."""
    for line in lines:
        if not line.fine:
            named = f" First tasks: {', '.join(line.disagreeing)}." if line.disagreeing else ""
            yield f"{line.suite}, {line.check}: wanted {line.wanted}.{named}"


def _cells(line: Line) -> tuple[str, ...]:
    return (
        line.suite,
        line.check,
        str(line.items),
        _share(line.agreement),
        _share(line.accuracy),
        line.wanted,
        "" if line.fine else "DISAGREES",
    )


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.2%}"


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        cell.rjust(width) if column in (2, 3, 4) else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()
