"""Starts sandboxes for a worker: a small process of its own, in which a fork is cheap.

The worker hands over stalls: a stall is a socket, and open `cgroup.procs` files to join. For each
a child is forked at once, which joins, waits for one request, starts bwrap by it, and then watches
over that one sandbox; so a start does not wait for the kernel to move a process between groups.

Run as a script, isolated, by the platform's interpreter; see `stalls` for the worker's side.
Replies are JSON; descriptors travel beside them, close-on-exec until bwrap is to have them.
"""

import contextlib
import ctypes
import fcntl
import gc
import json
import os
import resource
import select
import signal
import socket
import sys
from typing import Any

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
NS_GET_USERNS = 0xB701  # ioctl_ns(2)
IP_FREEBIND = 15  # ip(7)
GATEWAY = ("127.0.0.1", 8080)
BACKLOG = 128
MOST_DESCRIPTORS = 16
MESSAGE_BYTES = 4096
# What bwrap finds where, beside its standard streams; what a request adds follows.
INFO_FD, BLOCK_FD, FIRST_GIVEN_FD = 3, 4, 5
ABOVE_ALL = 100  # where descriptors wait while those of bwrap are put in their places

libc = ctypes.CDLL(None, use_errno=True)


def receive(channel: socket.socket) -> "tuple[bytes, list[int]]":
    """One message with its descriptors; empty at the end."""
    message, packed, _, _ = channel.recvmsg(
        MESSAGE_BYTES, socket.CMSG_SPACE(MOST_DESCRIPTORS * 4), socket.MSG_CMSG_CLOEXEC
    )
    found: list[int] = []
    for level, kind, data in packed:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            whole = len(data) - len(data) % 4
            found += [int.from_bytes(data[at : at + 4], sys.byteorder) for at in range(0, whole, 4)]
    return message, found


def serve(worker: socket.socket) -> None:
    """Fork a child for each stall, until the worker is gone."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    while True:
        message, descriptors = receive(worker)
        if not message:
            return
        if os.fork() == 0:
            worker.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            stall, *doors = descriptors
            keep(socket.socket(fileno=stall), doors)
            os._exit(0)
        for descriptor in descriptors:
            os.close(descriptor)


def keep(worker: socket.socket, doors: "list[int]") -> None:
    """One stall: join its groups, start one sandbox in them when asked, and see it end."""
    try:
        for door in doors:
            os.write(door, b"0")
            os.close(door)
        message, descriptors = receive(worker)
        if message:
            told, *others = descriptors
            with open(told, "rb") as file:
                request = json.loads(file.read())
            stand(worker, request, others)
    except (OSError, ValueError) as error:
        say(worker, failed=str(error))


def stand(worker: socket.socket, request: "dict[str, Any]", descriptors: "list[int]") -> None:
    """Start a sandbox, hand over what the worker needs of it, let it begin, and await its end.

    Raises:
        OSError, ValueError: it could not be started as it must be.
    """
    informed, info = os.pipe()
    block, gate = os.pipe()
    bwrap = os.fork()
    if bwrap == 0:
        become_bwrap(request, descriptors, info, block)
    become_nobody(request["uid"])
    for descriptor in (*descriptors, info, block):
        os.close(descriptor)
    first = first_process(informed)
    if first is None:
        say(worker, failed="")  # the reason is on its stderr
        os.waitpid(bwrap, 0)
        return
    watched = os.pidfd_open(first)
    limit(first, request["limits"])
    with listen_inside(first) as listener:
        say(worker, [listener.fileno(), watched], first=first)
    os.write(gate, b"1")
    await_end(worker, bwrap, watched)


def become_nobody(uid: "int | None") -> None:
    """Become an unprivileged user for good; None: stay who we are.

    Who watches over a sandbox is its own user, too: then the kernel lets it limit and enter it
    without any privilege, which root inside a container may lack.
    """
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    require(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))


def become_bwrap(
    request: "dict[str, Any]", descriptors: "list[int]", info: int, block: int
) -> None:
    """Turn this child into bwrap, with an empty environment and no descriptor of ours."""
    parent = os.getppid()
    try:
        standard, given = descriptors[:3], descriptors[3:]
        place([*standard, info, block, *given])
        for number in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        volunteer_for_the_oom_killer()
        become_nobody(request["uid"])
        require(libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))
        if os.getppid() != parent:  # it died before it could take us along
            os._exit(1)
        if os.geteuid() == 0:
            raise PermissionError("bwrap is never started as root")
        os.execve(request["command"][0], request["command"], {})
    except (OSError, ValueError) as error:
        os.write(2, f"bwrap could not be started: {error}\n".encode(errors="replace"))
    finally:
        os._exit(1)


def place(descriptors: "list[int]") -> None:
    """Put descriptors at 0, 1, 2 and so on, to be inherited."""
    waiting = [fcntl.fcntl(each, fcntl.F_DUPFD_CLOEXEC, ABOVE_ALL) for each in descriptors]
    for number, descriptor in enumerate(waiting):
        os.dup2(descriptor, number, inheritable=True)


def volunteer_for_the_oom_killer() -> None:
    """A sandbox is to die of its memory, not who watches over it."""
    file = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
    os.write(file, b"1000")
    os.close(file)


def first_process(informed: int) -> "int | None":
    """The pid of process 1 inside, as bwrap says it; None if it ended before."""
    said = b""
    while b"}" not in said:
        piece = os.read(informed, 4096)
        if not piece:
            return None
        said += piece
    os.close(informed)
    return int(json.loads(said)["child-pid"])


def limit(pid: int, limits: "dict[str, int]") -> None:
    """Limit a process and all that it will start; what is already lower stays."""
    for name, soft in limits.items():
        number = getattr(resource, "RLIMIT_" + name)
        _, ceiling = resource.prlimit(pid, number)
        # One more before the CPU time ends in SIGKILL: SIGXCPU says what happened.
        hard = soft + 1 if name == "CPU" else soft
        if ceiling != resource.RLIM_INFINITY:
            hard = min(hard, ceiling)
        resource.prlimit(pid, number, (min(soft, hard), hard))


def listen_inside(pid: int) -> socket.socket:
    """A socket that listens on the loopback of that process's network, which we move into.

    The user namespace that owns the network must be entered first: there is no way back, and none
    is needed.
    """
    network = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
    require(libc.setns(fcntl.ioctl(network, NS_GET_USERNS), CLONE_NEWUSER))
    require(libc.setns(network, CLONE_NEWNET))
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.IPPROTO_IP, IP_FREEBIND, 1)  # the loopback may not be up yet
    listener.bind(GATEWAY)
    listener.listen(BACKLOG)
    return listener


def await_end(worker: socket.socket, bwrap: int, watched: int) -> None:
    """Say how bwrap ended; kill all of it if the worker lets go before."""
    poll = select.poll()
    poll.register(worker, select.POLLIN)
    poll.register(os.pidfd_open(bwrap), select.POLLIN)
    events = dict(poll.poll())
    if worker.fileno() in events:  # it says nothing more: it lets go
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(watched, signal.SIGKILL)
    _, status = os.waitpid(bwrap, 0)
    say(worker, status=os.waitstatus_to_exitcode(status))


def say(worker: socket.socket, descriptors: "list[int] | None" = None, **message: object) -> None:
    try:
        socket.send_fds(worker, [json.dumps(message).encode()], descriptors or [])
    except OSError:
        return  # it is gone: nobody needs to know


def require(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


if __name__ == "__main__":
    os.set_inheritable(int(sys.argv[1]), False)
    gc.disable()  # every process here lives shortly, and is forked from this one's memory
    gc.freeze()
    serve(socket.socket(fileno=int(sys.argv[1])))
