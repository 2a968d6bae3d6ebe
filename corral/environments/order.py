"""What an environment is made from, and the name that follows from it."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from corral.errors import EnvironmentUnavailable, ProjectRefused
from corral.project.requirements import parse_requirements
from corral.sandbox.interpreter import Interpreter

FORMAT = 1  # of the folders in the cache: another one is another name
_PIN = re.compile(r"([A-Za-z0-9._-]+)==([A-Za-z0-9.!+_-]+)")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s`'\")]*")
_LONG_ENOUGH = 4  # what is shorter stands in too many words to be struck out


@dataclass(frozen=True, slots=True)
class Source:
    """Where packages come from: an index's address, which may hold credentials; "": uv's own.

    `cutoff` (a date or a moment, RFC 3339) hides everything that was published later; "" nothing.
    """

    index_url: str = ""
    cutoff: str = ""

    @property
    def public_address(self) -> str:
        """The address without who asks."""
        parts = urlsplit(self.index_url)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()

    def without_addresses(self, text: str) -> str:
        """The text with neither credentials nor any address in it, fit to be shown to anybody."""
        text = _ADDRESS.sub("the package index", text)
        for secret in self._secrets():
            text = text.replace(secret, "****")
        return text

    def _secrets(self) -> Iterator[str]:
        user, _, password = urlsplit(self.index_url).netloc.rpartition("@")[0].partition(":")
        for secret in (password, user):
            yield from {each for each in (secret, unquote(secret)) if len(each) >= _LONG_ENOUGH}


@dataclass(frozen=True, slots=True)
class Base:
    """What every environment holds: `lines` are required, `pins` preferred where they fit."""

    lines: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()

    @classmethod
    def of(cls, required: Path, lock: Path) -> "Base":
        """Read from a requirements file and the lock that was compiled from it.

        Raises:
            EnvironmentUnavailable: one of them cannot be read.
        """
        try:
            lines = parse_requirements(required.read_bytes(), required.name)
            found = map(_PIN.match, lock.read_text().splitlines())
        except (OSError, ProjectRefused) as error:
            raise EnvironmentUnavailable(f"The base environment is unknown: {error}") from error
        return cls(lines, tuple(each.group() for each in found if each))


@dataclass(frozen=True, slots=True)
class Order:
    """One environment that is wanted; `lines` are as `parse_requirements` writes them."""

    lines: tuple[str, ...]
    base: Base
    interpreter: Interpreter
    source: Source

    @property
    def requirements(self) -> tuple[str, ...]:
        """All that must be in it."""
        return tuple(sorted({*self.lines, *self.base.lines}))

    @property
    def key(self) -> str:
        """Its name in the cache: the same for what must be the same; no secret is in it."""
        interpreter = self.interpreter
        made_from = {
            "format": FORMAT,
            "requirements": self.requirements,
            "preferred": self.base.pins,
            "python": [interpreter.tag, interpreter.version, str(interpreter.executable)],
            "index": self.source.public_address,
            "cutoff": self.source.cutoff,
        }
        text = json.dumps(made_from, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]
