"""Days as people write them."""

from datetime import datetime


def day_text(moment: datetime) -> str:
    """As in 3 May 2026."""
    return f"{moment.day} {moment:%B %Y}"
