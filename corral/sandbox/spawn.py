"""Starts bwrap: joined to its cgroups, as an unprivileged user, with nothing of ours."""

import ctypes
import os
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38

# Looked up now: between fork and exec nothing may be imported or allocated at leisure.
_prctl = ctypes.CDLL(None, use_errno=True).prctl


@dataclass(frozen=True, slots=True)
class Entry:
    """What the child does before it becomes bwrap.

    `doors` are open `cgroup.procs` files to write to, `uid` is whom to become (None: stay).
    """

    uid: int | None
    doors: tuple[int, ...]
    parent: int

    def __call__(self) -> None:
        """Runs in the child, in this order: each step takes away what the one before needed."""
        for door in self.doors:
            os.write(door, b"0")
        if self.uid is not None:
            os.setgroups([])
            os.setresgid(self.uid, self.uid, self.uid)
            os.setresuid(self.uid, self.uid, self.uid)
        _require(_prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        _require(_prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))
        if os.getppid() != self.parent:  # it died before it could take us along
            os._exit(1)
        if os.geteuid() == 0:
            raise PermissionError("bwrap is never started as root")


def spawn(
    command: Sequence[str], *, uid: int | None, doors: tuple[int, ...], keep: Sequence[int]
) -> subprocess.Popen[bytes]:
    """Start `command` with an empty environment; `keep` are descriptors that it inherits.

    It dies with the thread that calls this, so call it from one that lives as long as the worker.

    Raises:
        OSError, subprocess.SubprocessError: it could not be started, or not as it must be.
    """
    return subprocess.Popen(
        command,
        env={},
        cwd="/",
        umask=0o022,
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=tuple(keep),
        start_new_session=True,
        preexec_fn=Entry(uid, doors, os.getpid()),
    )


def _require(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), "prctl")
