"""The sandbox of somebody who is not root, started by root under another uid where need be."""

import os
import tempfile
from pathlib import Path

from tests.corral.sandbox.hosts import ORDINARY_UID, copy_engine, run_script

SCRIPT = """
import os, sys
from pathlib import Path
from corral.sandbox.bubblewrap import BubblewrapSandbox
from corral.sandbox.self_test import self_test

sandbox = BubblewrapSandbox(state=Path(sys.argv[1]), interpreter=Path(sys.executable),
                            base_environment=None, slot=0, degraded=True)
print(os.getuid() != 0, sandbox.owner())
print([each for each in sandbox.lacks() if "cgroup" not in each])
print(self_test(sandbox))
"""


def test_sandbox_holds_for_an_ordinary_user(open_folder: Path) -> None:
    uid = ORDINARY_UID if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(dir=open_folder))
    engine = copy_engine(folder / "engine")
    if uid is not None:
        os.chown(folder, uid, uid)
    with run_script(SCRIPT, engine, str(folder / "state"), uid=uid) as script:
        out, err = script.communicate(timeout=60)
    assert (out.splitlines(), err) == (["True None", "[]", "[]"], "")


def test_root_never_starts_bwrap_as_root(open_folder: Path) -> None:
    """The last line before exec refuses, whatever came before it."""
    script = """
import asyncio, os
from corral.errors import SandboxUnavailable
from corral.sandbox.cgroups import Cgroup
from corral.sandbox.stalls import Request, Spawner

async def main():
    stall = Spawner().make_stall(Cgroup("none", {}))
    with open(os.devnull, "r+b") as null, open("/dev/stderr", "wb", 0) as stderr:
        as_root = Request(["/bin/echo", "started"], None, {})
        stall.ask(as_root, [null.fileno(), null.fileno(), stderr.fileno()])
        print(await stall.standing())
    await stall.close()

asyncio.run(main())
"""
    engine = copy_engine(Path(tempfile.mkdtemp(dir=open_folder)))
    with run_script(script, engine) as process:
        out, err = process.communicate(timeout=30)
    refusal = "bwrap could not be started: bwrap is never started as root\n"
    assert (out, err) == ("None\n", refusal if os.geteuid() == 0 else "")
