"""One whole pass over an archive that writes nothing and finds everything that breaks a rule."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from corral.errors import ProjectRefused
from corral.project.entries import ArchiveReader, ArchiveStop, Entry, Kind
from corral.project.names import Parts, is_clutter, name_problem, parts_of, shown
from corral.project.streams import GzipSource, ZstdSource
from corral.project.tar import TarReader
from corral.project.tree import link_problems, name_clashes
from corral.project.zip import ZipReader

MB = 1_000_000
MAX_PACKED_BYTES = 50 * MB
MAX_UNPACKED_BYTES = 200 * MB
MAX_FILES = 5_000
MAX_FOLDERS = 5_000
MAX_MANIFEST_BYTES = 64 * 1024
MANIFEST = "corral.toml"
# Headers and padding of a tar archive come on top of its files.
_TAR_OVERHEAD = 32 * MB
_MAX_PROBLEMS = 20
_MAGICS = ((b"PK\x03\x04", "zip"), (b"\x1f\x8b", "tar.gz"), (b"\x28\xb5\x2f\xfd", "tar.zst"))


@dataclass(frozen=True, slots=True)
class Survey:
    """An archive that broke no rule. `root` is the folder that wraps everything, or ()."""

    format: str
    entries: tuple[Entry, ...]
    root: Parts
    manifest: bytes
    unpacked_bytes: int

    def inside(self, entry: Entry) -> Parts | None:
        """The entry's place in the project; None where it isn't unpacked."""
        parts = parts_of(entry.name)
        return None if is_clutter(parts) else parts[len(self.root) :] or None


@dataclass(slots=True)
class _Pass:
    """What one pass has seen so far."""

    file_name: str
    entries: list[Entry] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    manifests: dict[Parts, bytes] = field(default_factory=dict)
    unpacked: int = 0
    files: int = 0
    folders: int = 0

    def refuse(self, sentence: str) -> None:
        if sentence not in self.problems:
            self.problems.append(sentence)

    def refuse_entry(self, entry: Entry, what: str) -> None:
        self.refuse(f"{self.file_name}: {shown(entry.name)} {what}.")

    def end(self) -> None:
        """Raise what was found, if anything was."""
        hidden = len(self.problems) - _MAX_PROBLEMS
        if hidden > 0:
            self.problems[_MAX_PROBLEMS:] = [f"{self.file_name}: and {hidden} more problems."]
        if self.problems:
            raise ProjectRefused(self.problems)


def survey_archive(file: BinaryIO, file_name: str) -> Survey:
    """Look at every entry and every byte of an archive, without writing any.

    Raises:
        ProjectRefused: with every problem that could be found.
    """
    seen = _Pass(file_name)
    try:
        archive_format = archive_format_of(file)
        for entry, data in open_reader(file, archive_format).entries():
            _take(seen, entry, data)
    except ArchiveStop as stop:
        seen.refuse(f"{file_name}: {stop}.")
        seen.end()
    places = [(parts_of(entry.name), entry) for entry in seen.entries]
    for entry, what in name_clashes(places):
        seen.refuse_entry(entry, what)
    seen.end()
    kept = [(parts, entry) for parts, entry in places if parts and not is_clutter(parts)]
    root = _find_root(seen, [parts for parts, _ in kept])
    for entry, what in link_problems([(p[len(root) :], e) for p, e in kept], root):
        seen.refuse_entry(entry, what)
    seen.end()
    manifest = seen.manifests[(*root, MANIFEST)]
    return Survey(archive_format, tuple(seen.entries), root, manifest, seen.unpacked)


def archive_format_of(file: BinaryIO) -> str:
    """Tell the format by the first bytes, whatever the file is called.

    Raises:
        ArchiveStop: empty, too large, or none that is accepted.
    """
    size = file.seek(0, 2)
    file.seek(0)
    head = file.read(4)
    if size > MAX_PACKED_BYTES:
        raise ArchiveStop(
            f"has {size / MB:.1f} MB; at most {MAX_PACKED_BYTES // MB} MB are allowed"
        )
    for magic, name in _MAGICS:
        if head.startswith(magic):
            return name
    if head == b"PK\x05\x06":
        raise ArchiveStop("is an empty zip file")
    raise ArchiveStop("is none of the accepted formats: .zip, .tar.gz and .tar.zst")


def open_reader(file: BinaryIO, archive_format: str) -> ArchiveReader:
    """A reader for one pass from the start."""
    file.seek(0)
    if archive_format == "zip":
        reader = ZipReader(file)
        if reader.declared_bytes() > MAX_UNPACKED_BYTES:
            raise ArchiveStop(_too_large())
        return reader
    source = GzipSource(file) if archive_format == "tar.gz" else ZstdSource(file)
    return TarReader(source, max_stream_bytes=MAX_UNPACKED_BYTES + _TAR_OVERHEAD)


def _too_large() -> str:
    return f"is larger than {MAX_UNPACKED_BYTES // MB} MB when unpacked"


def _take(seen: _Pass, entry: Entry, data: Iterator[bytes]) -> None:
    _count(seen, entry)
    seen.entries.append(entry)
    problem = name_problem(entry.name) if parts_of(entry.name) else None
    problem = problem or entry.trouble
    if problem:
        seen.refuse_entry(entry, problem)
    if entry.size > MAX_UNPACKED_BYTES:
        raise ArchiveStop(_too_large())
    wanted = _may_be_manifest(seen, entry)
    text = bytearray()
    for chunk in data:
        seen.unpacked += len(chunk)
        if seen.unpacked > MAX_UNPACKED_BYTES:
            raise ArchiveStop(_too_large())
        if wanted and len(text) <= MAX_MANIFEST_BYTES:
            text += chunk
    if wanted:
        seen.manifests[parts_of(entry.name)] = bytes(text)


def _count(seen: _Pass, entry: Entry) -> None:
    if entry.kind is Kind.FOLDER:
        seen.folders += 1
    else:
        seen.files += 1
    if seen.files > MAX_FILES:
        raise ArchiveStop(f"holds more than {MAX_FILES:,} files")
    if seen.folders > MAX_FOLDERS:
        raise ArchiveStop(f"holds more than {MAX_FOLDERS:,} folders")


def _may_be_manifest(seen: _Pass, entry: Entry) -> bool:
    """Only the root's and that of the first folder are kept, so that memory stays small."""
    parts = parts_of(entry.name)
    wrapped = len(parts) == 2 and not any(len(known) == 2 for known in seen.manifests)
    named = parts[-1:] == (MANIFEST,) and entry.kind is Kind.FILE
    return named and (len(parts) == 1 or wrapped)


def _find_root(seen: _Pass, paths: list[Parts]) -> Parts:
    if (MANIFEST,) in seen.manifests:
        return ()
    tops = {parts[0] for parts in paths}
    if len(tops) == 1 and (*tops, MANIFEST) in seen.manifests:
        return (tops.pop(),)
    rule = "it must be a file at the root of the archive or of its only folder"
    elsewhere = next((p for p in paths if p[-1].casefold() == MANIFEST), None)
    hint = f" (there is {shown('/'.join(elsewhere))})" if elsewhere else ""
    seen.refuse(f"{seen.file_name}: corral.toml is missing: {rule}{hint}.")
    seen.end()
    return ()


def read_member(file: BinaryIO, survey: Survey, place: Parts, at_most: int) -> bytes:
    """The first `at_most` bytes of a file of the project, by a further pass."""
    for entry, data in open_reader(file, survey.format).entries():
        if survey.inside(entry) == place:
            text = bytearray()
            for chunk in data:
                text += chunk
                if len(text) > at_most:
                    break
            return bytes(text[:at_most])
    raise FileNotFoundError(Path(*place))
