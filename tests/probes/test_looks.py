"""The host sees the processes of a sandbox."""

import os
import subprocess
import sys

from tests.probes.looks import UNLIMITED, Watch, memory_limit_of

MIB = 1024 * 1024
TAKE = "x = bytearray(b'x' * (32 << 20)); print('ready', flush=True); input()"


def test_process_with_the_token_is_looked_at() -> None:
    watch = Watch("token-of-a-test", None, apart=0)
    command = [sys.executable, "-S", "-c", TAKE, "token-of-a-test"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        look = watch.look()
        child.communicate(b"\n")

    assert look is not None
    assert (look.processes, look.uids) == (1, frozenset({os.geteuid()}))
    assert 32 * MIB <= look.memory_bytes < 64 * MIB
    assert watch.look() is None


def test_process_that_was_not_buried_is_dead() -> None:
    watch = Watch("token-of-a-test", None, apart=0)
    with subprocess.Popen(["/bin/true", "token-of-a-test"]) as child:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert watch.pids() == []


def test_memory_limit_of_a_process_that_is_gone_is_none() -> None:
    assert memory_limit_of(2**22 + 1) == UNLIMITED
