"""What people write, made fit to be shown."""


def one_line(text: str) -> str:
    """One line of printable characters; empty where nothing of it would be seen."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
