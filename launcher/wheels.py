"""Finds programs and files inside installed wheels, without importing what is in them."""

import hashlib
import importlib.util
import shutil
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from corral.sandbox.folders import ensure_folder
from launcher.errors import LauncherError


def package_folder(package: str, wheel: str) -> Path:
    """Where a package's files lie; the package itself is not imported.

    Raises:
        LauncherError: it is not installed; the sentence names the wheel.
    """
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise LauncherError(f"The wheel {wheel} is not installed: run make install.")
    return Path(next(iter(found.submodule_search_locations)))


def wheel_version(wheel: str) -> str:
    """The version of an installed wheel."""
    try:
        return distribution(wheel).version
    except PackageNotFoundError:
        raise LauncherError(f"The wheel {wheel} is not installed: run make install.") from None


def wheel_digest(wheel: str) -> str:
    """Names a wheel's content: its RECORD lists the SHA-256 of every file."""
    record = distribution(wheel).read_text("RECORD") or ""
    return hashlib.sha256(record.encode()).hexdigest()[:12]


def copied(wheel: str, site: Path, parts: tuple[str, ...], into: Path) -> Path:
    """A copy of some of a wheel's folders and files, made once for its content.

    A dropped user can't traverse a private home, where the wheel may be installed. Paths keep
    their place relative to each other, since programs find their libraries by it.
    """
    name = f"{wheel}-{wheel_version(wheel)}-{wheel_digest(wheel)}"

    def fill(folder: Path) -> None:
        for part in parts:
            _copy(site / part, folder / part)

    return ensure_folder(into / name, fill)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True)
    else:
        shutil.copy2(source, target)
