"""Every problem of a suite at once, each with the place that it is at."""

from dataclasses import dataclass, field

from corral.errors import ProjectRefused

MAX_PROBLEMS = 200
_LONGEST = 400


@dataclass(slots=True)
class Report:
    """Collects problems; every one says where: file, line and field.

    The first 200 are kept, the rest counted: a file with a million bad rows is refused as well.
    """

    problems: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, where: str, sentence: str) -> None:
        """Note one problem; the sentence starts with the field and ends with a full stop."""
        self.count += 1
        if self.count <= MAX_PROBLEMS:
            self.problems.append(_printable(f"{where}: {sentence}"))

    def end(self) -> None:
        """Raise ProjectRefused with all problems, if there are any."""
        if not self.problems:
            return
        more = self.count - len(self.problems)
        rest = [f"There are {more} more problems like these."] if more else []
        raise ProjectRefused([*self.problems, *rest])


def _printable(sentence: str) -> str:
    """Short, and without what no terminal or database takes: a file's own words may be in it."""
    if len(sentence) > _LONGEST:
        sentence = f"{sentence[: _LONGEST - 2]}…."
    kept = "".join(mark if mark.isprintable() else "�" for mark in sentence)
    return kept.encode("utf-8", "replace").decode()
