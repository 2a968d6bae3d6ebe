"""What process 1 of a container does: run the project's command, and a loop beside it.

Runs under the sandbox interpreter, from Python 3.9 on, and is started once for every container:
it and what it works with import only what is compiled into the interpreter, and ctypes (`socket`
costs more than all of it). Orders are lines `<kind> <hex>`: `argument`, `environment` (NAME=value)
and `limit` (NAME=number) as bytes. Reports are lines: `started`, then `exit <status>` or
`signal <number>`.
"""

# mypy: disable-error-code="import-not-found"
import _signal
import _socket
import ctypes
import errno
import os
import resource
import select

NOT_FOUND, CANNOT_RUN = 127, 126  # as shells say it
PR_SET_DUMPABLE = 4
GATEWAY = ("127.0.0.1", 8080)
BACKLOG = 128


class Loop:
    """Waits beside the project, and ends this process when the worker is gone."""

    def __init__(self, worker: "_socket.socket") -> None:
        self.poll = select.epoll()
        self.worker = worker
        self.poll.register(worker.fileno(), select.EPOLLIN | select.EPOLLRDHUP)

    def turn(self) -> None:
        """Wait for something to happen, and do what it asks for."""
        self.poll.poll()
        self.leave_without_worker()

    def leave_without_worker(self) -> None:
        """There is nothing to do in here then."""
        if has_hung_up(self.worker):
            os._exit(1)


class Orders:
    """What to run, with which environment, under which resource limits."""

    def __init__(self, text: bytes) -> None:
        values: dict[bytes, list[bytes]] = {b"argument": [], b"environment": [], b"limit": []}
        for line in text.splitlines():
            kind, _, value = line.partition(b" ")
            values[kind].append(bytes.fromhex(value.decode()))
        pairs = [value.partition(b"=") for value in values[b"environment"]]
        limits = [value.partition(b"=") for value in values[b"limit"]]
        self.command = values[b"argument"]
        self.environment = {name: value for name, _, value in pairs}
        self.limits = [(name.decode(), int(value)) for name, _, value in limits]


def start(orders: Orders) -> int:
    """Fork the project's command; its pid."""
    child = os.fork()
    if child:
        return child
    status = CANNOT_RUN
    try:
        become(orders)
    except (OSError, ValueError) as error:
        if isinstance(error, FileNotFoundError):
            status = NOT_FOUND
        name = os.fsdecode(orders.command[0]) if orders.command else ""
        os.write(2, f"corral: cannot start {name!r}: {error}\n".encode(errors="replace"))
    finally:
        os._exit(status)


def become(orders: Orders) -> None:
    """Turn this process into the project: never returns.

    Raises:
        OSError, ValueError: the command cannot be started.
    """
    _signal.set_wakeup_fd(-1)
    for number in (_signal.SIGPIPE, _signal.SIGXFSZ, _signal.SIGCHLD):
        _signal.signal(number, _signal.SIG_DFL)  # what Python or this program changed
    show_or_hide(1)
    volunteer_for_the_oom_killer()
    set_limits(orders)
    execute(orders.command, orders.environment)


def show_or_hide(shown: int) -> None:
    """Let processes of the same user into this one, or keep them out: PR_SET_DUMPABLE, prctl(2).

    Its files in /proc are root's while it is hidden: it can't write them itself.

    Raises:
        OSError: the kernel refused.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_DUMPABLE, shown, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "this process cannot be hidden")


def set_limits(orders: Orders) -> None:
    """Limit this process as the orders say, and all that come from it."""
    for name, limit in orders.limits:
        set_limit(getattr(resource, "RLIMIT_" + name), limit)


def set_limit(number: int, limit: int) -> None:
    """Limit this process, or leave a limit that is already lower."""
    _, ceiling = resource.getrlimit(number)
    # One more before the CPU time ends in SIGKILL: SIGXCPU says what happened.
    hard = limit + 1 if number == resource.RLIMIT_CPU else limit
    if ceiling != resource.RLIM_INFINITY:
        hard = min(hard, ceiling)
    resource.setrlimit(number, (min(limit, hard), hard))


def execute(command: "list[bytes]", environment: "dict[bytes, bytes]") -> None:
    """As execvpe, whose own search of the PATH imports more than all of this.

    Raises:
        OSError, ValueError: the command cannot be started.
    """
    name = command[0]
    problem: OSError = FileNotFoundError(errno.ENOENT, "no such command")
    folders = [b""] if b"/" in name else environment[b"PATH"].split(b":")
    for folder in folders:
        try:
            os.execve(os.path.join(folder, name), command, environment)
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTDIR):
                problem = error
    raise problem


def volunteer_for_the_oom_killer() -> None:
    """The project is to die of its memory, not this process."""
    try:
        file = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
        os.write(file, b"1000")
        os.close(file)
    except OSError:
        return


def watch_children(poll: "select.epoll") -> int:
    """Have SIGCHLD wake the loop; the descriptor to read away."""
    reader, writer = os.pipe()
    for end in (reader, writer):
        os.set_blocking(end, False)
    _signal.signal(_signal.SIGCHLD, lambda *_: None)
    _signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    poll.register(reader, select.EPOLLIN)
    return reader


def reap(project: int) -> "int | None":
    """Bury dead children, orphans of the project included; its wait status once it ended."""
    ended = None
    while True:
        try:
            child, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if child == 0:
            return ended
        if child == project:
            ended = status


def has_hung_up(worker: "_socket.socket") -> bool:
    """Whether the other side is closed; it says nothing after its orders."""
    try:
        return not worker.recv(1, _socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True


def listen() -> "_socket.socket":
    """A listener at the address that projects know the gateway by.

    Raises:
        OSError: there can be none.
    """
    listener = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
    listener.setsockopt(_socket.SOL_SOCKET, _socket.SO_REUSEADDR, 1)
    listener.bind(GATEWAY)
    listener.listen(BACKLOG)
    return listener


def read_away(descriptor: int) -> None:
    try:
        os.read(descriptor, 4096)
    except BlockingIOError:
        return


def report(descriptor: int, line: str) -> None:
    os.write(descriptor, line.encode() + b"\n")


def describe(status: int) -> str:
    """The report for a wait status."""
    if os.WIFSIGNALED(status):
        return f"signal {os.WTERMSIG(status)}"
    return f"exit {os.WEXITSTATUS(status)}"


def leave(status: int) -> None:
    """End as the project did: the kernel then kills all that is left in here."""
    if os.WIFSIGNALED(status):
        os._exit(128 + os.WTERMSIG(status))
    os._exit(os.WEXITSTATUS(status))


def run(orders: Orders, reports: int, loop: Loop) -> int:
    """Run the project beside the loop until it ends; its wait status."""
    wake = watch_children(loop.poll)
    report(reports, "started")
    project = start(orders)
    while True:
        status = reap(project)
        if status is not None:
            return status
        loop.turn()
        read_away(wake)
