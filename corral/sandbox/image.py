"""What the containers of one machine share: an image without a file, and a kit to mount in it."""

import hashlib
import io
import os
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from corral.errors import SandboxUnavailable
from corral.sandbox import contained, forwarder, handing_over, inside, seccomp
from corral.sandbox.arguments import ALIASES, SYSTEM
from corral.sandbox.engine import Engine
from corral.sandbox.folders import ensure_folder
from corral.sandbox.interpreter import Interpreter
from corral.sandbox.toolkit import ETC

REPOSITORY = "corral-sandbox"
SCRATCH = "tmp"
FOLDERS = ("corral", "corral/bin", "corral/kit", "environment", "etc", "project", SCRATCH, "usr")
DIGEST_CHARACTERS = 32


@dataclass(frozen=True, slots=True)
class Kit:
    """A folder that every uid can read: a minimal /etc, the program inside, and its filter."""

    folder: Path

    @property
    def etc(self) -> Path:
        return self.folder / "etc"


def aliases() -> tuple[Path, ...]:
    """The machine's folders beside /usr that belong to it; mostly links into it."""
    return tuple(path for name in ALIASES if (path := Path("/", name)).is_dir())


def ensure_kit(state: Path, machine: str) -> Kit:
    """The kit in the state folder, made there if anything of it is new.

    Raises:
        SandboxUnavailable: the state folder cannot be written.
    """
    files = dict(_files(machine))
    content = b"".join(b"%s %d\n%s" % (n.encode(), len(c), c) for n, c in sorted(files.items()))
    folder = state / "sandbox" / f"kit-{_digest(content)}"
    try:
        return Kit(ensure_folder(folder, partial(_fill, files)))
    except OSError as error:
        raise SandboxUnavailable(f"The sandbox cannot be set up in {state}: {error}.") from error


async def ensure_image(engine: Engine, interpreter: Interpreter) -> str:
    """The name of the image for this interpreter on this machine, imported if it is new.

    Raises:
        SandboxUnavailable: the engine does not answer, or refuses.
    """
    tar = make_tar(interpreter)
    tag = _digest(tar)
    name = f"{REPOSITORY}:{tag}"
    if not await engine.has_image(name):
        await engine.import_image(REPOSITORY, tag, tar)
    return name


def make_tar(interpreter: Interpreter) -> bytes:
    """Empty folders to mount on, and links: the same bytes every time."""
    links = {f"corral/bin/{name}": str(interpreter.executable) for name in ("python", "python3")}
    places = dict.fromkeys(FOLDERS, "") | links
    for path in aliases():
        places[path.name] = os.readlink(path) if path.is_symlink() else ""
    for prefix in interpreter.outside(SYSTEM):
        places |= {str(each)[1:]: "" for each in (*list(prefix.parents)[-2::-1], prefix)}
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for place, target in places.items():
            tar.addfile(_entry(place, target))
    return file.getvalue()


def _entry(place: str, target: str) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(place)
    entry.type, entry.linkname = (tarfile.SYMTYPE if target else tarfile.DIRTYPE), target
    # runc gives what it mounts on a folder the folder's own mode.
    entry.mode = 0o1777 if place == SCRATCH else 0o755
    return entry


def _files(machine: str) -> Iterator[tuple[str, bytes]]:
    for name, text in ETC.items():
        yield f"etc/{name}", text.encode()
    yield "filter", seccomp.deny_list(machine) if machine in seccomp.ARCHITECTURES else b""
    for package in ("corral", "corral/sandbox"):
        yield f"library/{package}/__init__.py", b""
    for module in (contained, forwarder, handing_over, inside):
        name = f"{module.__name__.replace('.', '/')}.py"
        yield f"library/{name}", Path(str(module.__file__)).read_bytes()


def _fill(files: Mapping[str, bytes], folder: Path) -> None:
    for place, content in files.items():
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:DIGEST_CHARACTERS]
