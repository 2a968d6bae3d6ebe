"""The whole journey of a submission, wired on one page."""


def connect() -> None:
    """Connect every signal to what follows from it."""
