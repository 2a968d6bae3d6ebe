"""Reads one section of a `corral.toml` field by field and notes every problem in a sentence."""

import math
import unicodedata
from collections.abc import Sequence

from corral.project.names import name_problem, shown

_MISSING = object()


class Fields:
    """One section. A field that breaks its rule is noted and read as something harmless."""

    def __init__(self, section: str, content: dict[str, object], problems: list[str]) -> None:
        self._section = section
        self._content = content
        self._problems = problems
        self._asked: set[str] = set()

    def has(self, key: str) -> bool:
        """Whether the field is given."""
        return key in self._content

    def section(self, key: str, *, required: bool) -> "Fields":
        """A section below this one; an empty one where it is missing or not a section."""
        self._asked.add(key)
        path = f"{self._section}.{key}" if self._section else key
        content = self._content.get(key)
        if content is None and required:
            self._problems.append(f"corral.toml: the section [{path}] is missing.")
        elif content is not None and not isinstance(content, dict):
            self._problems.append(f"corral.toml: {path} must be a section [{path}].")
        if isinstance(content, dict):
            return Fields(path, content, self._problems)
        return Fields(path, {}, self._problems if content is None and not required else [])

    def text(
        self, key: str, *, longest: int, default: str | None = None, lines: bool = False
    ) -> str:
        """A string of 1 to `longest` characters; with `lines` also of several lines, or empty."""
        value = self._get(key, default)
        if not isinstance(value, str):
            self._must(key, "be a string", value)
            return ""
        if len(value) > longest or not (value.strip() or lines):
            self._must(key, f"have {0 if lines else 1} to {longest} characters", _MISSING)
        elif not _clean(value, lines=lines):
            self._must(key, "hold no control characters", _MISSING)
        return value

    def one_of(self, key: str, allowed: Sequence[str]) -> str:
        """One of a few strings."""
        value = self._get(key)
        if isinstance(value, str) and value in allowed:
            return value
        self._must(key, "be " + " or ".join(f'"{word}"' for word in allowed), value)
        return ""

    def whole(self, key: str, least: int, most: int, *, default: int | None = None) -> int:
        """A whole number; true and 4.0 are none."""
        value = self._get(key, default)
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self._must(key, f"be a whole number from {least} to {most}", value)
        return least

    def number(self, key: str, least: float, most: float) -> int | float:
        """A finite number."""
        value = self._get(key)
        if (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and math.isfinite(value)
            and least <= value <= most
        ):
            return value
        self._must(key, f"be a number from {least} to {most}", value)
        return least

    def texts(self, key: str, *, most: int) -> tuple[str, ...]:
        """A list of 1 to `most` strings without control characters but line ends and tabs."""
        value = self._get(key)
        if (
            not isinstance(value, list)
            or not 1 <= len(value) <= most
            or not all(isinstance(one, str) for one in value)
        ):
            self._must(key, f"be a list of 1 to {most} strings", value)
            return ("",)
        if not value[0] or not all(len(one) <= 4096 and _clean(one, lines=True) for one in value):
            self._must(
                key,
                "hold strings of at most 4096 characters, the first not empty, "
                "without control characters",
                _MISSING,
            )
        return tuple(value)

    def modules(self, key: str, *, most: int) -> tuple[str, ...]:
        """A list of 1 to `most` names of Python modules, such as `openai` or `os.path`."""
        value = self._get(key)
        if (
            not isinstance(value, list)
            or not 1 <= len(value) <= most
            or not all(isinstance(one, str) and _is_module(one) for one in value)
        ):
            self._must(key, f"be a list of 1 to {most} names of Python modules", value)
            return ()
        return tuple(value)

    def path(self, key: str, *, longest: int) -> str:
        """The name of a file of the project."""
        value = self.text(key, longest=longest)
        problem = name_problem(value) if value else None
        if problem:
            self._problems.append(f"{self._name(key)} names {shown(value)}, which {problem}.")
        return value

    def no_others(self) -> None:
        """Note every field that nothing asked for: most are spelling mistakes."""
        for key in sorted(self._content.keys() - self._asked):
            known = ", ".join(sorted(self._asked))
            self._problems.append(
                f"{self._name(shown(key))} is not known here; known are: {known}."
            )

    def _get(self, key: str, default: object = None) -> object:
        self._asked.add(key)
        return self._content.get(key, default)

    def _must(self, key: str, rule: str, value: object) -> None:
        if value is None:
            self._problems.append(f"{self._name(key)} is missing; it must {rule}.")
        elif value is _MISSING:
            self._problems.append(f"{self._name(key)} must {rule}.")
        else:
            self._problems.append(f"{self._name(key)} must {rule}, not {_brief(value)}.")

    def _name(self, key: str) -> str:
        return f"corral.toml: [{self._section}] {key}" if self._section else f"corral.toml: {key}"


def _brief(value: object) -> str:
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    if isinstance(value, dict):
        return "a section"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and abs(value) > 10**20:
        return "a number so large"
    return str(value)


def _clean(text: str, *, lines: bool) -> bool:
    allowed = "\n\t\r" if lines else ""
    return all(unicodedata.category(c) not in ("Cc", "Cs") or c in allowed for c in text)


def _is_module(name: str) -> bool:
    return len(name) <= 100 and name.isascii() and all(map(str.isidentifier, name.split(".")))
