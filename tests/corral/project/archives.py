"""Archives built in memory for the tests, honest ones and broken ones."""

import gzip
import io
import stat
import tarfile
import zipfile
from pathlib import Path

import zstandard

MANIFEST = b"""
[project]
name = "Test"
kind = "program"
model = "tiny"

[program]
command = ["python", "main.py"]
"""
PROMPT_MANIFEST = b"""
[project]
name = "Test"
kind = "prompt"
model = "tiny"

[prompt]
system = "Be brief."
template = "prompt.txt"
"""
FILES = {"corral.toml": MANIFEST, "main.py": b"print('hello')\n"}


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return buffer.getvalue()


def zipped_with(mode: int, name: str, content: bytes) -> bytes:
    """A good archive and one more entry with these Unix mode bits."""
    buffer = io.BytesIO(zipped(FILES))
    with zipfile.ZipFile(buffer, "a") as archive:
        info = zipfile.ZipInfo(name)
        info.create_system = 3
        info.external_attr = mode << 16
        archive.writestr(info, content)
    return buffer.getvalue()


def zip_symlink(name: str, target: str) -> bytes:
    return zipped_with(stat.S_IFLNK | 0o777, name, target.encode())


def tarred(
    files: dict[str, bytes], *more: tarfile.TarInfo, form: int = tarfile.PAX_FORMAT
) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for info in more:
            archive.addfile(info, io.BytesIO(bytes(info.size)))
    return buffer.getvalue()


def tar_gz(
    files: dict[str, bytes], *more: tarfile.TarInfo, form: int = tarfile.PAX_FORMAT
) -> bytes:
    return gzip.compress(tarred(files, *more, form=form))


def tar_zst(files: dict[str, bytes], *more: tarfile.TarInfo) -> bytes:
    return zstandard.compress(tarred(files, *more))


def tar_entry(name: str, kind: bytes, link: str = "", size: int = 0) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = link
    info.size = size
    return info


def saved(folder: Path, content: bytes, name: str = "archive") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path
