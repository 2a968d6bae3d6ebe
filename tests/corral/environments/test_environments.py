"""Environments: built once, held, shared and contained; real uv, real sandbox, an index of ours."""

import asyncio
import os
import stat
from pathlib import Path

import pytest

from corral.environments.build import Bounds, index_answers
from corral.environments.confined import variables_of
from corral.environments.order import Base, Order, Source
from corral.errors import EnvironmentFailed, EnvironmentUnavailable
from corral.sandbox.interpreter import describe_interpreter
from tests.corral.environments.yard import PYTHON, Yard
from tests.corral.sandbox.workshop import Workshop
from tests.fakes.index import Answering, wheel
from tests.processes import wait_for

NEEDS_DEP = ("dep>=1",)
SLOW = "/files/slow-1.0-py3-none-any.whl"


async def test_project_imports_what_it_requires(yard: Yard, workshop: Workshop) -> None:
    yard.index.add("happy", requires=NEEDS_DEP)
    yard.index.add("dep", "2.0")
    async with yard.environments.held(["happy==1.0"], uid=yard.uid) as environment:
        ran = await workshop.run(
            "import dep, happy; print(happy.version, dep.version, happy.__cached__)",
            packages=environment.packages,
        )
    version, other, cached = ran.stdout.split()
    assert (version, other, environment.pins) == ("1.0", "2.0", ("dep==2.0", "happy==1.0"))
    assert cached.startswith("/environment/__pycache__/happy.")


async def test_second_time_nothing_is_built_and_the_index_is_not_asked(yard: Yard) -> None:
    yard.index.add("happy")
    first = await yard.made("happy")
    yard.index.asked.clear()

    second = await yard.made("happy")

    assert (first.built, second.built, yard.index.asked) == (True, False, [])
    assert (first.packages, first.digest) == (second.packages, second.digest)


async def test_two_at_once_build_once(yard: Yard) -> None:
    yard.index.add("happy")

    made = await asyncio.gather(*(yard.made("happy") for _ in range(4)))

    assert sorted(each.built for each in made) == [False, False, False, True]
    assert yard.index.asked.count("/simple/happy/") == 2  # to resolve, and to install


async def test_base_is_in_it_with_the_versions_of_its_lock(yard: Yard) -> None:
    for version in ("1.0", "2.0", "3.0"):
        yard.index.add("client", version)
    yard.index.add("happy")
    based = yard.but(base=Base(("client",), ("client==2.0",)))

    assert (await based.made("happy")).pins == ("client==2.0", "happy==1.0")
    assert (await based.made("client>2")).pins == ("client==3.0",)
    assert (await based.made("client<2", "happy")).pins == ("client==1.0", "happy==1.0")


async def test_what_is_installed_is_ours_and_only_to_be_read(yard: Yard) -> None:
    yard.index.add("happy")
    environment = await yard.made("happy")
    for path in (environment.packages, *environment.packages.rglob("*")):
        found = path.lstat()
        assert found.st_uid == os.getuid()
        assert stat.S_IMODE(found.st_mode) == (0o755 if path.is_dir() else 0o644)
    assert yard.shelved() == [environment.packages.parent.name]


async def test_marker_that_says_no_leaves_nothing_to_install(yard: Yard) -> None:
    environment = await yard.made('happy ; sys_platform == "win32"')
    assert (environment.pins, list(environment.packages.iterdir())) == ((), [])


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["nowhere"], "not in the package index"),
        (["happy==9"], "version does not exist"),
        (["sourced"], "no wheel for the sandbox's Python 3."),
        (["windows"], "no wheel for the sandbox's Python 3."),
        (["future"], "needs another Python: the sandbox has 3."),
        (["old", "new"], "can't be had together: two requirements conflict"),
        (["broken"], "is broken"),
        (["leads-out"], "from somewhere else than the index"),
        (["reads-host"], "is broken"),
    ],
)
async def test_what_cannot_be_had_is_said(yard: Yard, lines: list[str], said: str) -> None:
    index = yard.index
    index.add("happy")
    index.add("dep")
    index.add("dep", "2.0")
    index.add("old", requires=["dep<2"])
    index.add("new", requires=["dep>=2"])
    index.add("windows", tag="cp313-cp313-win_amd64")
    index.add("future", python=">=3.99")
    index.files["sourced-1.0.tar.gz"] = b"import os; os.abort()"
    index.files["broken-1.0-py3-none-any.whl"] = b"no archive"
    index.files["leads_out-1.0-py3-none-any.whl"] = wheel(
        "leads_out", requires=["evil @ http://127.0.0.1:9/evil-1.0-py3-none-any.whl"]
    )
    index.files["reads_host-1.0-py3-none-any.whl"] = wheel(
        "reads_host", requires=["evil @ file:///etc/passwd"]
    )

    with pytest.raises(EnvironmentFailed) as failed:
        await yard.made(*lines)

    assert said in str(failed.value)
    assert "127.0.0.1" not in str(failed.value)
    assert yard.shelved() == []


async def test_too_large_is_stopped_while_it_is_unpacked(yard: Yard) -> None:
    many = {f"large/{number}.bin": bytes(2_000_000) for number in range(40)}
    yard.index.add("large", files=many)
    with pytest.raises(EnvironmentFailed, match="take more than 19 MB when unpacked"):
        await yard.but(bounds=Bounds(bytes=20_000_000)).made("large")
    assert yard.shelved() == []


async def test_one_file_that_is_too_large_is_stopped(yard: Yard) -> None:
    yard.index.add("bomb", files={"bomb.bin": bytes(60_000_000)})
    with pytest.raises(EnvironmentFailed, match="too large|take more than"):
        await yard.but(bounds=Bounds(bytes=20_000_000)).made("bomb")


async def test_too_many_files_are_refused(yard: Yard) -> None:
    yard.index.add("crumbs", files={f"crumbs/{number}": "" for number in range(300)})
    with pytest.raises(EnvironmentFailed, match="more than 200 files"):
        await yard.but(bounds=Bounds(entries=200)).made("crumbs")


async def test_too_slow_is_the_projects_doing_while_the_index_answers(yard: Yard) -> None:
    yard.index.add("slow")
    yard.index.special[SLOW] = hang
    with pytest.raises(EnvironmentFailed, match="not be installed within 2 seconds"):
        await yard.but(bounds=Bounds(seconds=2.0)).made("slow")
    assert yard.shelved() == []


async def test_index_that_is_silent_is_the_platforms(yard: Yard) -> None:
    yard.index.special.update({"/simple/slow/": hang, "/simple/uv/": unwell})
    with pytest.raises(EnvironmentUnavailable, match="does not answer"):
        await yard.but(bounds=Bounds(seconds=2.0)).made("slow")


def test_index_that_nobody_named_is_uvs_own(yard: Yard) -> None:
    order = order_from("")

    assert "UV_DEFAULT_INDEX" not in variables_of(order)
    assert "UV_DEFAULT_INDEX" in variables_of(order_from(yard.index.url))


def test_index_that_nobody_named_is_silent_until_something_of_it_is_cached(
    tmp_path: Path,
) -> None:
    order = order_from("")
    assert not index_answers(order, tmp_path)

    page = tmp_path / "cache" / "simple-v16" / "index" / "happy.rkyv"
    page.parent.mkdir(parents=True)
    page.touch()

    assert index_answers(order, tmp_path)


def order_from(index_url: str) -> Order:
    return Order(("happy",), Base(), describe_interpreter(PYTHON), Source(index_url))


async def test_offline_is_the_platforms_and_names_no_address(yard: Yard) -> None:
    away = Source("http://team:hunter2secret@127.0.0.1:9/simple")
    with pytest.raises(EnvironmentUnavailable) as failed:
        await yard.but(source=away).made("happy")
    assert str(failed.value).startswith("The package index could not be asked: Request failed")
    assert not any(secret in str(failed.value) for secret in ("hunter2secret", "127.0.0.1"))


async def test_index_with_a_failing_server_is_the_platforms(yard: Yard) -> None:
    yard.index.special["/simple/happy/"] = unwell
    with pytest.raises(EnvironmentUnavailable, match="could not be asked: .*503"):
        await yard.made("happy")


async def test_mirror_with_credentials_works_and_they_are_nowhere(yard: Yard) -> None:
    yard.index.password = "hunter2secret"
    yard.index.add("happy")

    environment = await yard.made("happy")

    assert environment.pins == ("happy==1.0",)
    for path in environment.packages.parent.rglob("*"):
        assert path.is_dir() or b"hunter2secret" not in path.read_bytes()
    for line in ("nowhere", "happy==9"):
        with pytest.raises(EnvironmentFailed) as failed:
            await yard.made(line)
        assert "hunter2secret" not in str(failed.value)


async def test_mirror_that_refuses_us_is_the_platforms(yard: Yard) -> None:
    yard.index.password = "hunter2secret"
    wrong = yard.index.url.replace("hunter2secret", "wr0ngwr0ng")
    with pytest.raises(EnvironmentUnavailable) as failed:
        await yard.but(source=Source(wrong)).made("happy")
    assert "wr0ngwr0ng" not in str(failed.value)


async def test_cancelled_build_is_dead_and_leaves_nothing(yard: Yard) -> None:
    yard.index.add("slow")
    yard.index.special[SLOW] = hang
    building = asyncio.ensure_future(yard.made("slow"))
    await asyncio.to_thread(wait_for, lambda: SLOW in yard.index.asked, 20)

    building.cancel()
    with pytest.raises(asyncio.CancelledError):
        await building

    assert (yard.shelved(), processes_in(yard)) == ([], [])


def hang(answering: Answering) -> None:
    """Say nothing until the other end has gone."""
    answering.close_connection = True
    answering.connection.settimeout(30)
    answering.connection.recv(1)


def unwell(answering: Answering) -> None:
    answering.answer(b"", status=503)


def processes_in(yard: Yard) -> list[str]:
    """Of what is going on: the command lines that name this yard."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/cmdline", "rb") as file:
                line = file.read()
        except OSError:
            continue
        if os.fsencode(yard.state) in line:
            found.append(line.decode())
    return found
