"""The interpreter that projects run under: where it lies and what must be mounted for it."""

import json
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from corral.errors import SandboxUnavailable

OLDEST = (3, 9)
PRIVATE = (Path("/home"), Path("/root"))
QUERY = """
import json, os, platform, sys
print(json.dumps({
    "executable": os.path.realpath(sys.executable),
    "prefixes": sorted({os.path.realpath(p) for p in (sys.base_prefix, sys.base_exec_prefix)}),
    "version": list(sys.version_info[:3]),
    "tag": f"{sys.implementation.cache_tag}-{platform.machine()}",
}))
"""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """`prefixes` are the folders of its library; `tag` changes when wheels must be others."""

    executable: Path
    prefixes: tuple[Path, ...]
    version: tuple[int, ...]
    tag: str

    def outside(self, system: Path) -> tuple[Path, ...]:
        """The prefixes that do not lie in `system`."""
        return tuple(each for each in self.prefixes if not each.is_relative_to(system))


def describe_interpreter(path: Path) -> Interpreter:
    """What the interpreter at `path` says of itself.

    Raises:
        SandboxUnavailable: it is not there, does not run, is too old, or lies in a private home.
    """
    try:
        changed = path.stat().st_mtime_ns
    except OSError as error:
        raise SandboxUnavailable(f"SANDBOX_PYTHON: {path}: {error.strerror}.") from error
    return _describe(path, changed)


@cache
def _describe(path: Path, _changed: int) -> Interpreter:
    said = _ask(path)
    found = Interpreter(
        executable=Path(said["executable"]),
        prefixes=tuple(Path(each) for each in said["prefixes"]),
        version=tuple(said["version"]),
        tag=said["tag"],
    )
    _check(path, found)
    return found


def _check(path: Path, found: Interpreter) -> None:
    if found.version < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        raise SandboxUnavailable(f"SANDBOX_PYTHON: {path} is older than Python {wanted}.")
    for home in PRIVATE:
        if any(prefix.is_relative_to(home) for prefix in found.prefixes):
            raise SandboxUnavailable(f"SANDBOX_PYTHON: {path} lies in a private home, {home}.")


def _ask(path: Path) -> dict[str, Any]:
    try:
        answer = subprocess.run(
            [path, "-I", "-S", "-c", QUERY], env={}, capture_output=True, check=True, timeout=30
        )
        said: dict[str, Any] = json.loads(answer.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise SandboxUnavailable(f"SANDBOX_PYTHON: {path} is not a working Python.") from error
    return said
