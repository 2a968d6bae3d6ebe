"""Where in the cgroup hierarchies this process may make groups."""

import errno
import os
from dataclasses import dataclass
from pathlib import Path

CONTROLLERS = ("memory", "pids", "cpu")
WORKERS = "corral-workers"  # version 2: where our own processes move, out of the way


@dataclass(frozen=True, slots=True)
class Place:
    """A folder in which groups can be made, and the version of its hierarchy."""

    folder: Path
    version: int

    def oom_file(self, name: str) -> Path:
        """The file of the group `name` that has a line `oom_kill <count>`."""
        file = "memory.events" if self.version == 2 else "memory.oom_control"
        return self.folder / name / file


@dataclass(frozen=True, slots=True)
class Mount:
    """A mounted hierarchy: `controllers` are those of version 1, empty for version 2."""

    point: Path
    root: str
    version: int
    controllers: frozenset[str]


def find_places(name: str) -> dict[str, Place]:
    """For each controller that can be used, where; there a folder `name` is made."""
    mounts = parse_mounts(Path("/proc/self/mountinfo").read_text())
    own = parse_own(Path("/proc/self/cgroup").read_text())
    found: dict[str, Place] = {}
    for mount in mounts:
        for controller in CONTROLLERS:
            if controller not in found and (place := _place(mount, controller, own, name)):
                found[controller] = place
    return found


def parse_mounts(text: str) -> list[Mount]:
    """The cgroup mounts in a /proc/<pid>/mountinfo; see proc_pid_mountinfo(5)."""
    mounts = []
    for line in text.splitlines():
        left, _, right = line.partition(" - ")
        kind, _, options = right.split(" ", 2)
        if kind in ("cgroup", "cgroup2"):
            root, point = left.split(" ")[3:5]
            version = 2 if kind == "cgroup2" else 1
            names = frozenset(options.split(",")) & frozenset(CONTROLLERS)
            mounts.append(Mount(Path(point), root, version, names))
    return mounts


def parse_own(text: str) -> dict[str, str]:
    """The caller's group by controller, "" for version 2, from a /proc/<pid>/cgroup."""
    own = {}
    for line in text.splitlines():
        _, controllers, path = line.split(":", 2)
        own.update(dict.fromkeys(controllers.split(","), path))
    return own


def _place(mount: Mount, controller: str, own: dict[str, str], name: str) -> Place | None:
    if mount.version == 1 and controller not in mount.controllers:
        return None
    path = own.get(controller if mount.version == 1 else "", "/")
    try:
        folder = base_folder(mount, path, as_root=os.geteuid() == 0) / name
        usable = _make_v1(folder) if mount.version == 1 else make_v2(folder, controller)
    except OSError:
        return None
    return Place(folder, mount.version) if usable else None


def base_folder(mount: Mount, own: str, *, as_root: bool) -> Path:
    """Under which folder to make groups: root's is the top, another user's is its own group."""
    if as_root:
        return mount.point
    inside = os.path.relpath(own, mount.root)
    base = mount.point if inside.startswith("..") else mount.point / inside
    return base.parent if base.name == WORKERS else base


def _make_v1(folder: Path) -> bool:
    folder.mkdir(exist_ok=True)
    return os.access(folder, os.W_OK)


def make_v2(folder: Path, controller: str) -> bool:
    """Make `folder` so that groups in it have `controller`; False: the kernel does not offer it."""
    if controller not in (folder.parent / "cgroup.controllers").read_text().split():
        return False
    _enable(folder.parent, controller)
    folder.mkdir(exist_ok=True)
    _enable(folder, controller)
    return True


def _enable(folder: Path, controller: str) -> None:
    """Hand a controller down; first nobody may live in the folder itself any more."""
    switch = folder / "cgroup.subtree_control"
    if controller in switch.read_text().split():
        return
    try:
        switch.write_text(f"+{controller}")
    except OSError as error:
        if error.errno != errno.EBUSY:
            raise
        _move_out(folder)
        switch.write_text(f"+{controller}")


def _move_out(folder: Path) -> None:
    workers = folder / WORKERS
    workers.mkdir(exist_ok=True)
    for pid in (folder / "cgroup.procs").read_text().split():
        try:
            (workers / "cgroup.procs").write_text(pid)
        except ProcessLookupError:
            continue
