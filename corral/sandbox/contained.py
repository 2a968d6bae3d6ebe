"""Process 1 of a container: calls the worker, takes its orders, and runs the project by `inside`.

The engine hands a container three streams, and those are the project's: orders come and reports go
by a Unix socket of their own, which nobody can connect to twice. When the worker hangs up, be it
by its death, this process ends, and with it all that is in the container.

Runs under the sandbox interpreter, from Python 3.9 on. Orders are the number of their bytes on a
line, then what `inside` describes.
"""

# mypy: disable-error-code="import-not-found"
import _socket
import ctypes
import os
import select

from corral.sandbox import inside
from corral.sandbox.forwarder import Forwarder

CONTROL = "/corral/control.sock"
FILTER = "/corral/kit/filter"
PROJECT = "/project"
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
STEP_BYTES = 8


class Program(ctypes.Structure):
    """The kernel's sock_fprog."""

    _fields_ = (("steps", ctypes.c_ushort), ("code", ctypes.c_char_p))


class WatchfulForwarder(Forwarder):
    """A forwarder that ends this process when the worker is gone."""

    def __init__(self, worker: "_socket.socket") -> None:
        super().__init__()
        self.worker = worker
        self.poll.register(worker.fileno(), select.EPOLLIN | select.EPOLLRDHUP)

    def turn(self) -> None:
        super().turn()
        if has_hung_up(self.worker):
            os._exit(1)


def has_hung_up(worker: "_socket.socket") -> bool:
    """Whether the other side is closed; it says nothing after its orders."""
    try:
        return not worker.recv(1, _socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True


def filter_system_calls(code: bytes) -> None:
    """Put this process and all that come from it under a BPF program.

    Raises:
        OSError: the kernel refused.
    """
    program = Program(len(code) // STEP_BYTES, code)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "the seccomp filter cannot be installed")


def call_worker() -> "_socket.socket":
    """A connection to the worker.

    Raises:
        OSError: it cannot be reached.
    """
    worker = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    worker.connect(CONTROL)
    return worker


def take_orders(worker: "_socket.socket") -> inside.Orders:
    """What to do, as the worker says it."""
    text = b""
    while b"\n" not in text:
        text += receive(worker)
    size, _, text = text.partition(b"\n")
    while len(text) < int(size):
        text += receive(worker)
    return inside.Orders(text)


def receive(worker: "_socket.socket") -> bytes:
    """The next bytes; without a worker there is nothing to do in here."""
    part = worker.recv(65536)
    if not part:
        os._exit(1)
    return part


def prepare() -> "_socket.socket":
    """Get ready for the project; what cannot be had here is the platform's failure.

    Raises:
        OSError: something that the sandbox needs is not as it must be.
    """
    os.chdir(PROJECT)
    os.listdir(PROJECT)
    with open(FILTER, "rb") as file:
        filter_system_calls(file.read())
    return call_worker()


def main() -> None:
    """Serve until the project ends and the worker has seen it, or is gone."""
    try:
        worker = prepare()
    except OSError as error:
        os.write(2, f"corral: {error}\n".encode(errors="replace"))
        os._exit(1)
    orders = take_orders(worker)
    status = inside.run(orders, worker.fileno(), WatchfulForwarder(worker))
    inside.report(worker.fileno(), inside.describe(status))
    # Held until the worker has counted the kills of the kernel: the count ends with the container.
    worker.recv(1)
    inside.leave(status)
