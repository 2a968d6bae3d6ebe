"""Whatever the bytes, an archive is accepted or refused: nothing else ever comes out."""

import gzip
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corral.errors import ProjectRefused
from corral.project.archive import Inspection, inspect_archive, unpack_archive
from tests.corral.project.archives import (
    FILES,
    saved,
    tar_entry,
    tar_gz,
    tar_zst,
    tarred,
    zip_symlink,
    zipped,
)

SOUND = (
    zipped(FILES),
    zip_symlink("link", "main.py"),
    tar_gz({**FILES, "ä" * 90: b"x"}, tar_entry("l", b"2", "main.py")),
    tar_zst(FILES),
)
MAGICS = (b"", b"PK\x03\x04", b"\x1f\x8b\x08\x00", b"\x28\xb5\x2f\xfd")
quick = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


def inspection_or_problems(path: Path) -> Inspection | list[str]:
    try:
        return inspect_archive(path, "p.zip")
    except ProjectRefused as refused:
        return refused.problems


def accept_or_refuse(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = saved(Path(folder), content)
        inspection = inspection_or_problems(path)
        if isinstance(inspection, list):
            assert inspection
            assert all(problem.endswith(".") for problem in inspection)
            return
        into = Path(folder, "into")
        unpack_archive(path, into)
        files = {str(p.relative_to(into)) for p in into.rglob("*") if p.is_symlink() or p.is_file()}
        assert files == set(inspection.files)
        assert all(p.resolve().is_relative_to(into.resolve()) for p in into.rglob("*"))


@quick
@given(st.sampled_from(MAGICS), st.binary(max_size=2_000))
def test_random_bytes_are_refused_in_a_sentence(magic: bytes, rest: bytes) -> None:
    accept_or_refuse(magic + rest)


@quick
@given(st.sampled_from(SOUND), st.data())
def test_mutated_archives_are_accepted_or_refused(sound: bytes, data: st.DataObject) -> None:
    content = bytearray(sound)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    accept_or_refuse(bytes(content))


@quick
@given(st.data())
def test_mutated_tar_inside_is_accepted_or_refused(data: st.DataObject) -> None:
    """Below the compression, with its checksum made right, so that the tar reader meets it."""
    content = bytearray(tarred({**FILES, "ä" * 90: b"x"}, tar_entry("l", b"2", "main.py")))
    start = 512 * data.draw(st.integers(0, 8))
    for _ in range(data.draw(st.integers(1, 3))):
        content[start + data.draw(st.integers(0, 511))] = data.draw(st.integers(0, 255))
    header = content[start : start + 512]
    header[148:156] = b" " * 8
    content[start + 148 : start + 156] = b"%06o\0 " % sum(header)
    accept_or_refuse(gzip.compress(bytes(content), 1))


@quick
@given(st.lists(st.text(min_size=1, max_size=20), max_size=6, unique=True))
def test_any_names_are_accepted_or_refused(names: list[str]) -> None:
    accept_or_refuse(tar_gz({**FILES, **{name: b"x" for name in names if "\0" not in name}}))


@quick
@given(st.text("ab./", min_size=1, max_size=12), st.text("ab./", max_size=12))
def test_any_links_are_accepted_or_refused(name: str, target: str) -> None:
    accept_or_refuse(tar_gz({**FILES, "a/b/x": b"x"}, tar_entry(name, b"2", target)))
