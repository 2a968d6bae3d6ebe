"""What is left of probes is found and named."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from socket import AF_UNIX, socket

import pytest

from tests.probes.footprint import Footprint, Ours, left_after


@pytest.fixture
def ours(tmp_path: Path) -> Ours:
    return Ours(tmp_path, frozenset(), set)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


async def test_nothing_is_left_of_nothing(ours: Ours) -> None:
    assert await left_after(Footprint.of(ours), ours) == []


def test_new_file_is_named(ours: Ours) -> None:
    before = Footprint.of(ours)
    (ours.state / "left").write_text("abc")

    found = Footprint.of(ours).more_than(before)

    assert found == [f"files: {ours.state / 'left'} (3 bytes)"]


def test_living_child_is_named(ours: Ours) -> None:
    before = Footprint.of(ours)
    with subprocess.Popen(["/bin/sleep", "60"]) as child:
        while Path(f"/proc/{child.pid}/comm").read_text() != "sleep\n":
            time.sleep(0.01)
        found = Footprint.of(ours).more_than(before)
        child.kill()

    assert found == [f"processes: {child.pid} sleep"]


def test_open_socket_is_named_by_its_path_and_as_a_descriptor(ours: Ours, stack: ExitStack) -> None:
    before = Footprint.of(ours)
    listener = stack.enter_context(socket(AF_UNIX))
    listener.bind(str(ours.state / "s"))

    found = Footprint.of(ours).more_than(before)

    assert f"sockets: {ours.state / 's'}" in found
    assert [each for each in found if "descriptor" in each] != []


def test_group_that_is_still_there_is_named(tmp_path: Path) -> None:
    groups: set[str] = set()
    ours = Ours(tmp_path, frozenset(), lambda: groups)
    before = Footprint.of(ours)
    groups.add("/sys/fs/cgroup/left")

    assert Footprint.of(ours).more_than(before) == ["cgroups: /sys/fs/cgroup/left"]
