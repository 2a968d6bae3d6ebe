"""Archives of projects: looked through whole before a single byte of them is unpacked to disk."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from corral.errors import ProjectRefused
from corral.project.entries import ArchiveStop, Entry, Kind
from corral.project.manifest import Manifest, ProgramSection, ProjectKind, parse_manifest
from corral.project.names import Parts, parts_of, shown
from corral.project.prompt import MAX_TEMPLATE_BYTES, template_problems
from corral.project.requirements import (
    MAX_REQUIREMENTS_BYTES,
    parse_requirements,
    requirements_file,
)
from corral.project.survey import (
    MANIFEST,
    MAX_MANIFEST_BYTES,
    Survey,
    open_reader,
    read_member,
    survey_archive,
)
from corral.project.tree import LinkBroken, hardlink_target, resolve

_INTERPRETERS = ("python", "python3")


@dataclass(frozen=True, slots=True)
class Inspection:
    """An archive that may be stored and unpacked. `files` are relative to the project's root."""

    manifest: Manifest
    files: tuple[str, ...]
    unpacked_bytes: int
    format: str
    prompt_template: str | None


def inspect_archive(path: Path, file_name: str) -> Inspection:
    """Check a whole archive and its project, streaming, without unpacking it to disk.

    `file_name` is what the team calls the archive, for the sentences.

    Raises:
        ProjectRefused: every problem that could be found.
    """
    with path.open("rb") as file:
        survey = survey_archive(file, file_name)
        problems: list[str] = []
        manifest = parse_manifest(_decode(survey.manifest, MANIFEST, MAX_MANIFEST_BYTES))
        contents = _Contents.of(survey)
        template = None
        if manifest.kind is ProjectKind.PROMPT and manifest.prompt is not None:
            template = _template(file, survey, contents, manifest.prompt.template, problems)
        elif manifest.program is not None:
            problems += _program_problems(manifest.program, contents)
            problems += _requirements_problems(file, survey, contents, manifest.program)
    if problems:
        raise ProjectRefused(problems)
    files = tuple(sorted("/".join(place) for place in contents.files))
    return Inspection(manifest, files, survey.unpacked_bytes, survey.format, template)


def unpack_archive(path: Path, into: Path) -> None:
    """Unpack an archive into a folder that is new or empty, after all checks once more.

    Files become 0644 (0755 where executable) and folders 0755, whatever the archive and the umask
    say. Links are made last, so that nothing is ever written through one. On any error nothing is
    left in the folder.

    Raises:
        ProjectRefused: it breaks a rule.
        FileExistsError: the folder holds something.
    """
    into.mkdir(parents=True, exist_ok=True)
    if any(into.iterdir()):
        raise FileExistsError(into)
    with path.open("rb") as file:
        survey = survey_archive(file, path.name)
        try:
            _unpack(file, survey, into, path.name)
        except BaseException:
            _empty(into)
            raise


@dataclass(frozen=True, slots=True)
class _Contents:
    """The project's places: of its files (links are files here), its folders and its links."""

    files: frozenset[Parts]
    known: frozenset[Parts]
    links: dict[Parts, str]

    @classmethod
    def of(cls, survey: Survey) -> "_Contents":
        places = [(survey.inside(entry), entry) for entry in survey.entries]
        files = frozenset(p for p, e in places if p and e.kind is not Kind.FOLDER)
        known = frozenset(p[:depth] for p, _ in places if p for depth in range(len(p) + 1))
        links = {p: e.link for p, e in places if p and e.kind is Kind.SYMLINK}
        return cls(files, known, links)

    def find(self, name: str) -> Parts | None:
        """Where a name leads, through links; None if nowhere."""
        try:
            return resolve(tuple(name.split("/")), self.links, self.known)
        except LinkBroken:
            return None


def _decode(data: bytes, name: str, at_most: int) -> str:
    if len(data) > at_most:
        raise ProjectRefused([f"{name}: is larger than {at_most // 1024} KiB."])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ProjectRefused([f"{name}: is not UTF-8 text."]) from error


def _template(
    file: BinaryIO, survey: Survey, contents: _Contents, name: str, problems: list[str]
) -> str | None:
    place = contents.find(name)
    if place is None or place not in contents.files:
        problems.append(_not_there("[prompt] template", name))
        return None
    try:
        data = read_member(file, survey, _first_name(survey, place), MAX_TEMPLATE_BYTES + 1)
        text = _decode(data, name, MAX_TEMPLATE_BYTES)
    except ProjectRefused as refused:
        problems += refused.problems
        return None
    problems += template_problems(text, name)
    return text


def _first_name(survey: Survey, place: Parts) -> Parts:
    """The place that holds the bytes, for a place that may be a hard link."""
    targets = {
        survey.inside(entry): hardlink_target(entry, survey.root)
        for entry in survey.entries
        if entry.kind is Kind.HARDLINK
    }
    while (target := targets.get(place)) is not None:
        place = target
    return place


def _program_problems(program: ProgramSection, contents: _Contents) -> list[str]:
    script = _script(program.command)
    if script is not None and contents.find(script) is None:
        return [_not_there("[program] command", script)]
    return []


def _requirements_problems(
    file: BinaryIO, survey: Survey, contents: _Contents, program: ProgramSection
) -> list[str]:
    at_root = {place[0] for place in contents.files if len(place) == 1}
    name = requirements_file(program.requirements, at_root)
    if name is None:
        return []
    place = contents.find(name)
    if place is None or place not in contents.files:
        return [_not_there("[program] requirements", name)]
    try:
        found = _first_name(survey, place)
        parse_requirements(read_member(file, survey, found, MAX_REQUIREMENTS_BYTES + 1), name)
    except ProjectRefused as refused:
        return refused.problems
    return []


def _not_there(field: str, name: str) -> str:
    return f"corral.toml: {field} names {shown(name)}, which is not in the archive."


def _script(command: tuple[str, ...]) -> str | None:
    """The file of the project that a command starts, where that is plain to see."""
    first, rest = command[0], command[1:]
    if first in _INTERPRETERS and rest and not rest[0].startswith(("-", "/")):
        return rest[0]
    if "/" in first and not first.startswith("/"):
        return first
    return None


def _unpack(file: BinaryIO, survey: Survey, into: Path, name: str) -> None:
    try:
        for entry, data in _same_again(file, survey):
            place = survey.inside(entry)
            if place is not None:
                _write(entry, data, into.joinpath(*place))
    except ArchiveStop as stop:
        raise ProjectRefused([f"{name}: {stop}."]) from stop
    for entry in survey.entries:
        place = survey.inside(entry)
        if place is not None:
            _link(entry, into, into.joinpath(*place), survey.root)
    into.chmod(0o755)


def _same_again(file: BinaryIO, survey: Survey) -> Iterator[tuple[Entry, Iterator[bytes]]]:
    """A second pass that stops where it isn't what the first one saw."""
    planned = iter(survey.entries)
    written = 0
    for entry, data in open_reader(file, survey.format).entries():
        if entry != next(planned, None):
            raise ArchiveStop("changed while it was being unpacked")
        if entry.kind is Kind.FILE:
            written += entry.size
        if written > survey.unpacked_bytes:
            raise ArchiveStop("changed while it was being unpacked")
        yield entry, data


def _write(entry: Entry, data: Iterator[bytes], target: Path) -> None:
    if entry.kind is Kind.FOLDER:
        _make_folders(target)
    elif entry.kind is Kind.FILE:
        _make_folders(target.parent)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with os.fdopen(os.open(target, flags, 0o600), "wb") as out:
            for chunk in data:
                out.write(chunk)
            os.fchmod(out.fileno(), 0o755 if entry.executable else 0o644)


def _link(entry: Entry, into: Path, target: Path, root: Parts) -> None:
    if entry.kind is Kind.SYMLINK:
        _make_folders(target.parent)
        target.symlink_to(entry.link)
    elif entry.kind is Kind.HARDLINK:
        _make_folders(target.parent)
        source = hardlink_target(entry, root)
        target.hardlink_to(into.joinpath(*(source or parts_of(entry.link))))


def _make_folders(folder: Path) -> None:
    """Make a folder and those above it, 0755 under any umask."""
    if not folder.is_dir():
        _make_folders(folder.parent)
        folder.mkdir()
        folder.chmod(0o755)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
