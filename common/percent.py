"""How scores are rounded: as JavaScript's toFixed does, so that pages and live boards agree."""

from decimal import ROUND_HALF_UP, Decimal


def percent_text(share: float) -> str:
    """A share from 0 to 1 in percent with one decimal: 0.5625 is "56.3"."""
    return str(Decimal(100 * share).quantize(Decimal("0.1"), ROUND_HALF_UP))
