"""The beginnings of process 1, outside of a container."""

import socket
import subprocess
import sys
import threading
from pathlib import Path

from corral.sandbox.base import Launch
from corral.sandbox.contained import take_orders
from corral.sandbox.container import orders
from tests.corral.sandbox.workshop import FakeDoor

ROOT = Path(__file__).parents[3]
LAUNCH = Launch(
    Path("/project"), ("python", "a\nb"), FakeDoor(Path("/gateway.sock")), {"NAME": "value"}
)
FILTERED = """
import ctypes, errno, platform
from corral.sandbox.contained import filter_system_calls
from corral.sandbox.seccomp import deny_list

libc = ctypes.CDLL(None, use_errno=True)
libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS, as the engine does
filter_system_calls(deny_list(platform.machine()))
unshare, statmount = ((272, 457), (97, 457))[platform.machine() == "aarch64"]
for number in (unshare, statmount):
    print(libc.syscall(number, 0, 0, 0, 0), errno.errorcode[ctypes.get_errno()])
"""


def test_orders_may_come_in_any_pieces() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        pieces = [orders(LAUNCH)[at : at + 3] for at in range(0, len(orders(LAUNCH)), 3)]
        sending = threading.Thread(target=lambda: [ours.send(piece) for piece in pieces])
        sending.start()
        taken = take_orders(theirs)
        sending.join()
    assert taken.command == [b"python", b"a\nb"]
    assert taken.environment[b"NAME"] == b"value"


def test_filter_is_in_force_for_calls_that_profiles_cannot_name() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FILTERED], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "-1 EPERM\n-1 ENOSYS\n"
