"""Wheels that want more than to be unpacked: nothing of theirs runs or leaves its folder."""

from pathlib import Path

import pytest

from corral.errors import EnvironmentFailed
from tests.corral.environments.yard import Yard
from tests.corral.sandbox.workshop import Workshop

TOUCH = "import pathlib; pathlib.Path({path!r}).touch()\n"


@pytest.fixture
def canary(open_folder: Path) -> Path:
    """A file that must not appear, in a folder in which everybody may write."""
    folder = open_folder / "canary"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o777)
    return folder / "sang"


async def test_nothing_of_a_package_runs_while_it_is_installed(yard: Yard, canary: Path) -> None:
    touch = TOUCH.format(path=str(canary))
    yard.index.add(
        "sly",
        files={
            "sly.py": touch,
            "sly.pth": touch,
            "sitecustomize.py": touch,
            "usercustomize.py": touch,
            "setup.py": touch,
            "encodings/__init__.py": touch,
            "compileall.py": touch,
            "sly-1.0.data/scripts/uv": "#!/bin/sh\ntouch " + str(canary),
            "sly-1.0.dist-info/entry_points.txt": "[console_scripts]\nsh = sly:main\n",
        },
    )
    await yard.made("sly")
    await yard.made("sly")
    assert not canary.exists()


async def test_source_is_refused_and_its_setup_never_runs(yard: Yard, canary: Path) -> None:
    yard.index.files["sourced-1.0.tar.gz"] = b""
    with pytest.raises(EnvironmentFailed, match="no wheel"):
        await yard.made("sourced")
    assert not canary.exists()


async def test_names_that_lead_out_lead_nowhere(yard: Yard, canary: Path) -> None:
    up = "../" * 12 + str(canary).lstrip("/")
    yard.index.add(
        "outward",
        files={
            "outward.py": "",
            up: "up",
            str(canary): "absolute",
            f"outward-1.0.data/data/{up}": "up",
            "outward-1.0.data/scripts/../../../../x": "up",
        },
    )
    environment = await yard.made("outward")
    assert not canary.exists()
    inside = {path.name for path in environment.packages.parent.iterdir()}
    assert inside == {environment.packages.name, "resolved.txt", "built.json"}


async def test_links_are_not_followed_and_not_kept(yard: Yard, canary: Path) -> None:
    links = {"linked/file": "/etc/passwd", "linked/folder": str(canary.parent)}
    yard.index.add("linked", files={"linked/__init__.py": ""}, links=links)
    environment = await yard.made("linked")
    assert not any(path.is_symlink() for path in environment.packages.rglob("*"))


async def test_environment_is_read_only_inside_and_its_pth_files_do_nothing(
    yard: Yard, workshop: Workshop
) -> None:
    yard.index.add("calm", files={"calm.py": "", "calm.pth": "import os; os.abort()\n"})
    async with yard.environments.held(["calm"], uid=yard.uid) as environment:
        ran = await workshop.run(
            """
            import calm, errno, os, pathlib
            for act in (
                lambda: pathlib.Path("/environment/new").touch(),
                lambda: pathlib.Path(calm.__file__).write_text("changed"),
                lambda: os.unlink(calm.__file__),
                lambda: os.chmod(calm.__file__, 0o777),
            ):
                try:
                    act()
                except OSError as error:
                    print(errno.errorcode[error.errno])
            """,
            packages=environment.packages,
        )
    assert (ran.stdout.split(), ran.stderr) == (["EROFS"] * 4, "")


async def test_folders_nested_deeper_than_anybody_needs_are_refused_and_gone(yard: Yard) -> None:
    yard.index.add("deep", files={"a/" * 1900 + "b.py": ""})
    with pytest.raises(EnvironmentFailed, match="deep"):
        await yard.made("deep")
    assert yard.shelved() == []
    yard.index.add("happy")
    environment = await yard.made("happy")
    assert yard.shelved() == [environment.packages.parent.name]
