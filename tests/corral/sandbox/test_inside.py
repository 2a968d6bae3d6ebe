"""What process 1 of a container does beside the project, outside of one."""

import socket
import subprocess
import sys
from pathlib import Path

from corral.sandbox.inside import has_hung_up

ROOT = Path(__file__).parents[3]
HIDDEN = """
import os
from corral.sandbox.inside import show_or_hide

os.setuid(os.getuid() or 64123)
show_or_hide(0)
hidden = os.stat("/proc/self/stat").st_uid
show_or_hide(1)
print(hidden, os.stat("/proc/self/stat").st_uid == os.getuid())
"""
LIMITED = """
import resource
from corral.sandbox.inside import Orders, set_limits

lines = [f"limit {limit.encode().hex()}" for limit in ("NOFILE=8", "CPU=9")]
for _ in range(2):
    set_limits(Orders("\\n".join(lines).encode()))
    print([resource.getrlimit(each) for each in (resource.RLIMIT_NOFILE, resource.RLIMIT_CPU)])
"""


def test_worker_has_hung_up_only_when_it_has() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        assert not has_hung_up(theirs)
        ours.close()
        assert has_hung_up(theirs)


def test_hidden_process_belongs_to_root_in_the_eyes_of_others() -> None:
    assert said_by(HIDDEN) == "0 True\n"


def test_limits_that_process_1_has_are_those_of_the_project() -> None:
    assert said_by(LIMITED) == "[(8, 8), (9, 10)]\n[(8, 8), (9, 10)]\n"


def said_by(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout
