"""What must not be touched: put up on the host for one probe, looked at after it."""

import asyncio
import contextlib
import os
import secrets
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SYSCTLS = (
    *("kernel/core_pattern", "kernel/modprobe", "kernel/hostname", "kernel/domainname"),
    *("kernel/sysrq", "kernel/panic", "kernel/randomize_va_space", "kernel/pid_max"),
    *("kernel/dmesg_restrict", "kernel/unprivileged_bpf_disabled", "kernel/threads-max"),
    *("fs/suid_dumpable", "fs/file-max", "vm/overcommit_memory", "vm/swappiness"),
    *("net/ipv4/ip_forward", "user/max_user_namespaces"),
)


@dataclass(slots=True)
class Canaries:
    """Listeners, files and a process of the sandbox's own user, all outside of it.

    `mark` is in the names of all that has one, and tells one battery of probes from another.
    """

    mark: str
    token: str
    folder: Path
    owner: int | None
    secret: str = field(default_factory=lambda: secrets.token_hex(16))
    touched: list[str] = field(default_factory=list)
    sockets: dict[str, socket.socket] = field(default_factory=dict)
    victim: "subprocess.Popen[bytes] | None" = None
    sysctls: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def put_up(self) -> Iterator["Canaries"]:
        """Have all of them out; gone at the end."""
        with ExitStack() as stack:
            (self.folder / "secret").write_text(self.secret)
            (self.folder / "secret").chmod(0o644)
            for name, (family, kind, address) in self._addresses().items():
                self.sockets[name] = stack.enter_context(_listening(family, kind, address))
            self.datagram_path.chmod(0o777)
            self.victim = stack.enter_context(self._victim())
            self.sysctls = read_sysctls()
            yield self

    @property
    def datagram_path(self) -> Path:
        """A Unix socket that everybody on the host may write to."""
        return self.folder / "datagram.sock"

    @property
    def abstract(self) -> str:
        """The name of an abstract socket, without the NUL before it."""
        return f"{self.mark}-{self.token}"

    def facts(self) -> dict[str, Any]:
        """Where they are: an attacker may know, but not what the secret says."""
        assert self.victim is not None
        return {
            "mark": self.mark,
            "token": self.token,
            "secret_file": str(self.folder / "secret"),
            "port": self.sockets["TCP listener"].getsockname()[1],
            "udp_port": self.sockets["UDP listener"].getsockname()[1],
            "abstract": self.abstract,
            "datagram": str(self.datagram_path),
            "victim": self.victim.pid,
            "worker": os.getpid(),
        }

    def changes(self) -> list[str]:
        """One sentence for each that was touched."""
        found = list(self.touched)
        for name, listener in self.sockets.items():
            if _was_reached(listener):
                found.append(f"the host's {name} was reached")
        assert self.victim is not None
        if self.victim.poll() is not None or _is_stopped(self.victim.pid):
            found.append("a process of the host got a signal")
        now = read_sysctls()
        found += [f"{name} was changed" for name, was in self.sysctls.items() if now[name] != was]
        return found

    def _addresses(self) -> dict[str, tuple[socket.AddressFamily, socket.SocketKind, Any]]:
        abstract = "\0" + self.abstract
        stream, datagram = socket.SOCK_STREAM, socket.SOCK_DGRAM
        return {
            "TCP listener": (socket.AF_INET, stream, ("127.0.0.1", 0)),
            "UDP listener": (socket.AF_INET, datagram, ("127.0.0.1", 0)),
            "abstract socket": (socket.AF_UNIX, stream, abstract),
            "abstract datagram socket": (socket.AF_UNIX, datagram, abstract + "-datagram"),
            "datagram socket": (socket.AF_UNIX, datagram, str(self.datagram_path)),
        }

    @contextmanager
    def _victim(self) -> Iterator["subprocess.Popen[bytes]"]:
        """A process of the sandbox's user; its environment holds the secret."""
        as_whom: dict[str, Any] = {}
        if self.owner is not None:
            as_whom = {"user": self.owner, "group": self.owner, "extra_groups": []}
        process = subprocess.Popen(
            ["/bin/cat"],
            env={"SECRET": self.secret},
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            **as_whom,
        )
        try:
            yield process
        finally:
            process.kill()
            process.communicate()


@contextmanager
def _listening(
    family: socket.AddressFamily, kind: socket.SocketKind, address: Any
) -> Iterator[socket.socket]:
    with socket.socket(family, kind) as listener:
        listener.bind(address)
        if kind is socket.SOCK_STREAM:
            listener.listen(64)
        listener.setblocking(False)
        yield listener


def _was_reached(listener: socket.socket) -> bool:
    """Whether a connection or a datagram waits."""
    with contextlib.suppress(BlockingIOError):
        if listener.type is socket.SOCK_STREAM:
            listener.accept()[0].close()
        else:
            listener.recv(1)
        return True
    return False


def _is_stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "Tt"


def read_sysctls() -> dict[str, str]:
    """The kernel's settings that an attacker would change, by name; "" where there is none."""
    found = {}
    for name in SYSCTLS:
        try:
            found[name] = Path("/proc/sys", name).read_text()
        except OSError:
            found[name] = ""
    return found


async def answers(port: int) -> bool:
    """Whether anybody listens on a port of the host's loopback."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
