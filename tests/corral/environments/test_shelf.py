"""What is built stays whole, is built once by all processes, and is removed when it is too much."""

import asyncio
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from corral.environments.environments import Environment
from corral.environments.locks import NameLock
from tests.corral.environments.test_environments import SLOW, hang, processes_in
from tests.corral.environments.yard import Yard
from tests.corral.sandbox.workshop import Workshop
from tests.processes import wait_for

BYTES = 400_000


@contextmanager
def builder(yard: Yard, *lines: str) -> Iterator["subprocess.Popen[str]"]:
    """Another process that wants an environment, and holds it until its stdin ends."""
    command = [sys.executable, "-m", "tests.corral.environments.builder"]
    process = subprocess.Popen(
        [*command, str(yard.state), str(yard.index.port), str(yard.uid), *lines],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def said_by(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_two_processes_build_once(yard: Yard) -> None:
    yard.index.add("happy")
    with builder(yard, "happy") as one, builder(yard, "happy") as other:
        assert sorted((said_by(one), said_by(other))) == ["built", "found"]
    assert yard.index.asked.count("/simple/happy/") == 2  # to resolve, and to install


async def test_builder_killed_in_the_middle_leaves_nothing_half_made(yard: Yard) -> None:
    yard.index.add("slow")
    yard.index.special[SLOW] = hang
    with builder(yard, "slow") as process:
        await asyncio.to_thread(wait_for, lambda: SLOW in yard.index.asked, 20)
        process.kill()
        process.wait()
    assert [name for name in yard.shelved() if not name.startswith(".making-")] == []
    await asyncio.to_thread(wait_for, lambda: not processes_in(yard), 20)
    yard.index.special.clear()

    environment = await yard.made("slow")

    assert (environment.built, environment.pins) == (True, ("slow==1.0",))
    assert yard.shelved() == [environment.packages.parent.name]


async def test_what_a_killed_builder_left_goes_with_the_next_build_of_anything(yard: Yard) -> None:
    yard.index.add("happy")
    left = yard.shelf.folder / ".making-0123-abc"
    gone = yard.shelf.folder / ".gone-abc"
    for folder in (left, gone):
        folder.mkdir(parents=True)

    environment = await yard.made("happy")

    assert yard.shelved() == [environment.packages.parent.name]


async def test_what_was_not_used_for_longest_goes_first(yard: Yard) -> None:
    small = yard.but(cache_bytes=int(2.5 * BYTES))
    first, second = await sized(small, "one"), await sized(small, "two")
    used_at(small, first, 2000)
    used_at(small, second, 1000)

    third = await sized(small, "three")

    assert names(small) == sorted(key_of(each) for each in (first, third))
    assert (await sized(small, "two")).built


async def test_what_is_in_use_is_never_removed(yard: Yard, workshop: Workshop) -> None:
    small = yard.but(cache_bytes=BYTES)
    add(small, "one")
    async with small.environments.held(["one"], uid=small.uid) as held:
        used_at(small, held, 1000)
        other = await sized(small, "two")
        assert names(small) == sorted((key_of(held), key_of(other)))
        ran = await workshop.run("import one; print(one.size)", packages=held.packages)
        assert ran.stdout == f"{BYTES}\n"

    third = await sized(small, "three")
    assert names(small) == [key_of(third)]


async def test_what_another_process_uses_is_never_removed_until_it_dies(yard: Yard) -> None:
    small = yard.but(cache_bytes=BYTES)
    add(small, "one")
    with builder(small, "one") as process:
        assert said_by(process) == "built"
        await sized(small, "two")
        assert len(names(small)) == 2
    third = await sized(small, "three")
    assert names(small) == [key_of(third)]


async def test_rebuilt_environment_has_another_folder(yard: Yard) -> None:
    """So that a sandbox that stands ready with the old one is not taken for one with the new."""
    small = yard.but(cache_bytes=BYTES)
    first = await sized(small, "one")
    await sized(small, "two")
    again = await small.made("one")
    assert (again.built, again.digest) == (True, first.digest)
    assert again.packages != first.packages


async def test_one_that_another_process_has_just_removed_is_passed_over(yard: Yard) -> None:
    small = yard.but(cache_bytes=BYTES)
    first = await sized(small, "one")
    assert small.shelf._evict(key_of(first))
    assert not small.shelf._evict(key_of(first))
    assert list(small.shelf.folder.iterdir()) == []


async def test_one_that_another_process_is_about_to_shelve_is_left_alone(yard: Yard) -> None:
    """Its builder has the lock of its name, not of its folder's."""
    small = yard.but(cache_bytes=BYTES)
    making = small.shelf.begin("0" * 32)
    (making / "built.json").write_text('{"packages": "p", "bytes": 1}')
    builds = small.shelf.lock("0" * 32, shared=False)
    assert builds is not None
    with builds:
        await sized(small, "one")
        await sized(small, "two")
        assert making.is_dir()


async def test_unreadable_one_is_built_anew(yard: Yard) -> None:
    yard.index.add("happy")
    first = await yard.made("happy")
    (first.packages.parent / "built.json").write_text("{")
    assert (await yard.made("happy")).built


def test_lock_that_was_removed_while_it_was_awaited_is_taken_anew(tmp_path: Path) -> None:
    path = tmp_path / "name.lock"
    first = NameLock.take(path, shared=False)
    assert first is not None
    assert NameLock.take(path, shared=True) is None
    first.remove()
    second = NameLock.take(path, shared=True)
    assert second is not None
    assert os.path.samestat(path.stat(), os.fstat(second._descriptor))
    first.close()
    third = NameLock.take(path, shared=True)
    assert third is not None
    for lock in (second, third):
        lock.close()


def add(yard: Yard, name: str) -> None:
    content = {f"{name}.py": f"size = {BYTES}\n", f"{name}.bin": random.randbytes(BYTES)}
    yard.index.add(name, files=content)


async def sized(yard: Yard, name: str) -> Environment:
    """One of about BYTES."""
    add(yard, name)
    return await yard.made(name)


def used_at(yard: Yard, environment: Environment, moment: int) -> None:
    os.utime(yard.shelf.folder / f".{key_of(environment)}.lock", (moment, moment))


def key_of(environment: Environment) -> str:
    return environment.packages.parent.name


def names(yard: Yard) -> list[str]:
    return [name for name in yard.shelved() if not name.startswith(".")]


@pytest.fixture(autouse=True)
def shelf_exists(yard: Yard) -> None:
    """Tests put things on it that killed processes could have left."""
    yard.shelf.folder.mkdir(parents=True, exist_ok=True)
    for folder in (yard.shelf.folder, yard.shelf.folder.parent):
        folder.chmod(0o755)
