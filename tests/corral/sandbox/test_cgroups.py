"""Control groups, on folders that look like the kernel's."""

import errno
from pathlib import Path

import pytest

from corral.errors import SandboxUnavailable
from corral.sandbox import places
from corral.sandbox.cgroups import Cgroup, Cgroups
from corral.sandbox.limits import Limits
from corral.sandbox.places import Mount, Place, base_folder, make_v2, parse_mounts, parse_own
from corral.sandbox.slots import reserve_slot

MOUNTINFO = """\
30 23 0:26 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
31 30 0:27 / /sys/fs/cgroup/cpu rw,relatime shared:9 - cgroup cgroup rw,cpu
32 30 0:28 /docker/1 /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
33 30 0:29 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw,nsdelegate
"""
OWN = "4:memory:/docker/1/worker\n3:cpu,cpuacct:/\n0::/user.slice/a:b\n"


def v2_folder(path: Path, controllers: str, enabled: str = "") -> Path:
    path.mkdir(exist_ok=True)
    (path / "cgroup.controllers").write_text(f"{controllers}\n")
    (path / "cgroup.subtree_control").write_text(f"{enabled}\n")
    (path / "cgroup.procs").write_text("")
    return path


def test_mounts_are_read_with_their_controllers() -> None:
    assert parse_mounts(MOUNTINFO) == [
        Mount(Path("/sys/fs/cgroup/cpu"), "/", 1, frozenset({"cpu"})),
        Mount(Path("/sys/fs/cgroup/memory"), "/docker/1", 1, frozenset({"memory"})),
        Mount(Path("/sys/fs/cgroup/unified"), "/", 2, frozenset()),
    ]


def test_own_groups_are_read_by_controller() -> None:
    assert parse_own(OWN) == {
        "memory": "/docker/1/worker",
        "cpu": "/",
        "cpuacct": "/",
        "": "/user.slice/a:b",
    }


@pytest.mark.parametrize(
    ("own", "as_root", "expected"),
    [
        ("/docker/1/worker", True, "/m"),
        ("/docker/1/worker", False, "/m/worker"),
        ("/docker/1/worker/corral-workers", False, "/m/worker"),
        ("/elsewhere", False, "/m"),
    ],
)
def test_base_is_the_top_for_root_and_the_own_group_for_others(
    own: str, as_root: bool, expected: str
) -> None:
    mount = Mount(Path("/m"), "/docker/1", 1, frozenset({"memory"}))
    assert base_folder(mount, own, as_root=as_root) == Path(expected)


def test_v2_folder_hands_the_controller_down(tmp_path: Path) -> None:
    base = v2_folder(tmp_path / "base", "cpu memory pids")
    folder = v2_folder(base / "ours", "memory")
    assert make_v2(folder, "memory") is True
    assert (base / "cgroup.subtree_control").read_text() == "+memory"
    assert (folder / "cgroup.subtree_control").read_text() == "+memory"


def test_v2_folder_without_the_controller_is_of_no_use(tmp_path: Path) -> None:
    base = v2_folder(tmp_path / "base", "cpu")
    assert make_v2(base / "ours", "memory") is False


def test_v2_processes_move_out_of_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = v2_folder(tmp_path / "base", "memory")
    workers = v2_folder(base / places.WORKERS, "")
    folder = v2_folder(base / "ours", "memory", enabled="memory")
    (base / "cgroup.procs").write_text("71\n72\n")
    write_text = Path.write_text
    moved: list[str] = []

    def as_the_kernel(path: Path, text: str) -> int:
        if path == base / "cgroup.subtree_control" and len(moved) < 2:
            raise OSError(errno.EBUSY, "busy")
        if path == workers / "cgroup.procs":
            moved.append(text)
        return write_text(path, text)

    monkeypatch.setattr(Path, "write_text", as_the_kernel)
    assert make_v2(folder, "memory") is True
    assert moved == ["71", "72"]


V1 = {
    "memory.limit_in_bytes": "1000",
    "memory.memsw.limit_in_bytes": "1000",
    "pids.max": "9",
    "cpu.cfs_period_us": "100000",
    "cpu.cfs_quota_us": "50000",
}
V2 = {"memory.max": "1000", "memory.swap.max": "0", "pids.max": "9", "cpu.max": "50000 100000"}


@pytest.mark.parametrize(("version", "expected"), [(1, V1), (2, V2)])
def test_limits_are_written(tmp_path: Path, version: int, expected: dict[str, str]) -> None:
    cgroup = make_group(tmp_path, version, *expected)
    cgroup.limit(Limits(memory_bytes=1000, pids=5, cpus=0.5))
    (folder,) = cgroup.folders
    assert {file.name: file.read_text() for file in folder.iterdir()} == expected


def test_kernel_without_swap_is_limited_all_the_same(tmp_path: Path) -> None:
    files = V2.keys() - {"memory.swap.max"}
    cgroup = make_group(tmp_path, 2, *files)
    cgroup.limit(Limits())
    (folder,) = cgroup.folders
    assert {file.name for file in folder.iterdir()} == files


def make_group(folder: Path, version: int, *files: str) -> Cgroup:
    """A group with the files that the kernel would have made."""
    everywhere = Place(folder, version)
    places = dict.fromkeys(("memory", "pids", "cpu"), everywhere)
    cgroup = Cgroups(places).create(reserve_slot(folder.parent / f"slots-{folder.name}", 0))
    for name in files:
        (folder / cgroup.name / name).touch()
    return cgroup


def test_group_that_cannot_be_made_is_the_platforms_fault(tmp_path: Path) -> None:
    cgroups = Cgroups({"pids": Place(tmp_path / "gone", 1)})
    with pytest.raises(SandboxUnavailable, match="No cgroup can be made"):
        cgroups.create(reserve_slot(tmp_path / "slots", 0))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("oom_kill_disable 0\nunder_oom 0\noom_kill 0\n", False),
        ("oom_kill_disable 0\nunder_oom 0\noom_kill 2\n", True),
        ("low 0\nmax 9\noom 1\noom_kill 1\noom_group_kill 0\n", True),
        ("oom_kill_disable 0\n", False),
    ],
)
def test_out_of_memory_is_read_from_the_kernels_count(
    tmp_path: Path, text: str, expected: bool
) -> None:
    cgroup = make_group(tmp_path, 2)
    (tmp_path / cgroup.name / "memory.events").write_text(text)
    assert cgroup.out_of_memory() is expected


def test_lacks_names_each_missing_controller(tmp_path: Path) -> None:
    assert len(Cgroups({}).lacks()) == 3
    place = Place(tmp_path, 1)
    (sentence,) = Cgroups({"memory": place, "cpu": place}).lacks()
    assert sentence.startswith("No cgroup can be made for pids:")
