"""Who builds an environment: never root, and an ordinary user as well."""

import os
import shutil
import tempfile
from pathlib import Path

import packaging
import pytest

from corral.errors import EnvironmentUnavailable
from corral.sandbox.environment import find_uv
from tests.corral.environments.yard import Yard
from tests.corral.sandbox.hosts import ORDINARY_UID, copy_engine, run_script
from tests.fakes.index import Index

SCRIPT = """
import asyncio, os, sys
from pathlib import Path
from corral.environments.build import Bounds
from corral.environments.environments import Environments
from corral.environments.order import Base, Source

os.environ["PATH"] += ":" + sys.argv[3]
environments = Environments(Path(sys.argv[1]), Path(sys.executable), Base(), Source(sys.argv[2]),
                            Bounds(), 10**9)

async def main():
    async with environments.held(["happy"], uid=None) as environment:
        print(os.getuid() != 0, environment.pins, (environment.packages / "happy.py").exists())

asyncio.run(main())
"""


def test_ordinary_user_builds_as_itself(open_folder: Path, index: Index) -> None:
    index.add("happy")
    uid = ORDINARY_UID if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(dir=open_folder))
    engine = copy_engine(folder / "engine")
    shutil.copytree(Path(str(packaging.__file__)).parent, engine / "packaging")
    shutil.copy(find_uv(), engine / "uv")
    if uid is not None:
        os.chown(folder, uid, uid)
    state = str(folder / "state")
    with run_script(SCRIPT, engine, state, index.url, str(engine), uid=uid) as script:
        out, err = script.communicate(timeout=60)
    assert (out.splitlines(), err) == (["True ('happy==1.0',) True"], "")


async def test_root_never_builds_as_root(yard: Yard) -> None:
    if os.geteuid() == 0:
        with pytest.raises(EnvironmentUnavailable, match="never built as root"):
            await yard.but(uid=None).made("happy")
    assert yard.shelved() == []
