"""The base environment: the packages that every project may import, mounted read-only."""

import hashlib
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

from corral.errors import SandboxUnavailable
from corral.sandbox.folders import ensure_folder
from corral.sandbox.interpreter import Interpreter, describe_interpreter

INSTALL_SECONDS = 600.0


def ensure_base_environment(state: Path, interpreter: Path, lock: Path) -> Path:
    """A folder with what `lock` names, installed for `interpreter`; the second call only looks.

    `lock` is a hashed requirements file. The folder is named by its content and the interpreter's
    kind, readable for every uid, and never half made.

    Raises:
        SandboxUnavailable: it could not be installed; the message has the installer's last words.
    """
    described = describe_interpreter(interpreter)
    try:
        digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:32]
        folder = state.absolute() / "environments" / f"{digest}-{described.tag}"
        return ensure_folder(folder, partial(_install, described, lock))
    except (OSError, subprocess.SubprocessError) as error:
        raise SandboxUnavailable(f"The base environment cannot be installed: {error}") from error


def _install(interpreter: Interpreter, lock: Path, folder: Path) -> None:
    uv = find_uv()
    options = ("--require-hashes", "--only-binary", ":all:", "--compile-bytecode")
    # Copied, not linked: a linked file would change its permissions in the cache, too.
    target = ("--target", str(folder), "--link-mode", "copy", "--no-progress")
    done = subprocess.run(
        [uv, "pip", "install", "--python", interpreter.executable, *target, *options, "-r", lock],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=INSTALL_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise SandboxUnavailable(
            f"The base environment cannot be installed from {lock.name}: {_last_words(done.stderr)}"
        )


def find_uv() -> str:
    """The uv beside this interpreter, else the one on the PATH.

    Raises:
        SandboxUnavailable: there is none.
    """
    beside = shutil.which("uv", path=str(Path(sys.executable).parent))
    found = beside or shutil.which("uv")
    if found is None:
        raise SandboxUnavailable("uv is missing: install the wheel uv.")
    return found


def _last_words(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " ".join(lines[-5:]) or "uv said nothing."
