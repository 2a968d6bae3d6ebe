"""What the names and links of an archive mean together, without a file system."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from corral.project.entries import Entry, Kind
from corral.project.names import Parts, folded, shown, text_problem

MAX_HOPS = 40
Place = tuple[Parts, Entry]


class LinkBroken(Exception):
    """A path that can't be followed; the message is the rest of a sentence."""


def name_clashes(places: Iterable[Place]) -> Iterator[tuple[Entry, str]]:
    """Entries that would overwrite another, or that only upper and lower case tell apart."""
    kinds: dict[Parts, Kind] = {}
    spellings: dict[Parts, Parts] = {}
    for parts, entry in places:
        problem = _clash(parts, entry, kinds, spellings) if parts else None
        if problem:
            yield entry, problem
        for depth in range(1, len(parts)):
            kinds.setdefault(parts[:depth], Kind.FOLDER)
            spellings.setdefault(folded(parts[:depth]), parts[:depth])
        kinds.setdefault(parts, entry.kind)
        spellings.setdefault(folded(parts), parts)


def _clash(
    parts: Parts, entry: Entry, kinds: Mapping[Parts, Kind], spellings: Mapping[Parts, Parts]
) -> str | None:
    for depth in range(1, len(parts) + 1):
        known = spellings.get(folded(parts[:depth]), parts[:depth])
        if known != parts[:depth]:
            return f"differs from {shown('/'.join(known))} only in upper and lower case"
    for depth in range(1, len(parts)):
        if kinds.get(parts[:depth], Kind.FOLDER) is not Kind.FOLDER:
            return f"lies below {shown('/'.join(parts[:depth]))}, which is not a folder"
    if parts in kinds and not kinds[parts] is entry.kind is Kind.FOLDER:
        return "is there twice"
    return None


def link_problems(places: Sequence[Place], root: Parts) -> Iterator[tuple[Entry, str]]:
    """Links that leave the project, lead nowhere or in a circle; places are the project's own."""
    links = {parts: entry.link for parts, entry in places if entry.kind is Kind.SYMLINK}
    known = {parts[:depth] for parts, _ in places for depth in range(len(parts) + 1)}
    files: set[Parts] = set()
    for parts, entry in places:
        problem: str | None = None
        if entry.kind is Kind.SYMLINK:
            problem = symlink_problem(parts, links, known)
        elif entry.kind is Kind.HARDLINK:
            problem = _hardlink_problem(entry, files, root)
        if problem:
            yield entry, problem
        if entry.kind in (Kind.FILE, Kind.HARDLINK):
            files.add(parts)


def hardlink_target(entry: Entry, root: Parts) -> Parts | None:
    """The file that a hard link names; tar gives it from the archive's root."""
    target = tuple(part for part in entry.link.split("/") if part not in ("", "."))
    if entry.link.startswith("/") or ".." in target or target[: len(root)] != root:
        return None
    return target[len(root) :]


def _hardlink_problem(entry: Entry, files: AbstractSet[Parts], root: Parts) -> str | None:
    if text_problem(entry.link):
        return "is a hard link to a name that is not allowed"
    target = hardlink_target(entry, root)
    if target is None:
        return f"is a hard link to {shown(entry.link)}, which leaves the project"
    if target not in files:
        return f"is a hard link to {shown(entry.link)}, which is no earlier file of the archive"
    return None


def symlink_problem(
    place: Parts, links: Mapping[Parts, str], known: AbstractSet[Parts]
) -> str | None:
    """Why a symbolic link may not be unpacked, as the rest of a sentence; None: it may."""
    target = links[place]
    if text_problem(target):
        return "is a link to a name that is not allowed"
    try:
        resolve(place, links, known)
    except LinkBroken as broken:
        return f"is a link to {shown(target)}, which {broken}"
    return None


def resolve(path: Parts, links: Mapping[Parts, str], known: AbstractSet[Parts]) -> Parts:
    """Follow every symbolic link in a path, as a kernel would.

    Raises:
        LinkBroken: it leaves the project, is not there, or never ends.
    """
    here: list[str] = []
    ahead = list(reversed(path))
    hops = 0
    while ahead:
        part = ahead.pop()
        if part == "..":
            _go_up(here)
        elif part not in ("", "."):
            here.append(part)
            target = links.get(tuple(here))
            if target is not None:
                hops += 1
                ahead += _follow(here, target, hops)
            elif tuple(here) not in known:
                raise LinkBroken("is not in the archive")
    return tuple(here)


def _go_up(here: list[str]) -> None:
    if not here:
        raise LinkBroken("leaves the project")
    here.pop()


def _follow(here: list[str], target: str, hops: int) -> list[str]:
    if target.startswith("/"):
        raise LinkBroken("leaves the project")
    if hops > MAX_HOPS:
        raise LinkBroken("never comes to an end")
    here.pop()
    return list(reversed(target.split("/")))
