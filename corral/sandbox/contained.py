"""What every process 1 of a container does: calls the worker, takes its orders, runs the project.

The engine hands a container three streams, and those are the project's: orders come and reports go
by a Unix socket of their own, which nobody can connect to twice. When the worker hangs up, be it
by its death, this process ends, and with it all that is in the container.

Runs under the sandbox interpreter, from Python 3.9 on. Orders are the number of their bytes on a
line, then what `inside` describes. `handing_over` and `forwarder` say how the gateway comes in.
"""

# mypy: disable-error-code="import-not-found"
import _socket
import ctypes
import os

from corral.sandbox import inside

CONTROL = "/corral/control.sock"
FILTER = "/corral/kit/filter"
PROJECT = "/project"
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
STEP_BYTES = 8


class Program(ctypes.Structure):
    """The kernel's sock_fprog."""

    _fields_ = (("steps", ctypes.c_ushort), ("code", ctypes.c_char_p))


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


def begin() -> "tuple[_socket.socket, _socket.socket]":
    """The listener for the gateway and the connection to the worker, all else being ready.

    What cannot be had here is the platform's failure: then this process ends, with the reason.
    """
    try:
        prepare()
        return inside.listen(), call_worker()
    except OSError as error:
        os.write(2, f"corral: {error}\n".encode(errors="replace"))
        os._exit(1)


def prepare() -> None:
    """Look at the project's folder, and close this process to all others.

    Raises:
        OSError: something that the sandbox needs is not as it must be.
    """
    os.chdir(PROJECT)
    os.listdir(PROJECT)
    with open(FILTER, "rb") as file:
        filter_system_calls(file.read())
    # The project is the same user: who could write here could send the worker any descriptor.
    inside.show_or_hide(0)


def serve(worker: "_socket.socket", orders: inside.Orders, loop: inside.Loop) -> None:
    """Run the project until it ends and the worker has seen it, or is gone."""
    status = inside.run(orders, worker.fileno(), loop)
    inside.report(worker.fileno(), inside.describe(status))
    # Held until the worker has counted the kills of the kernel: the count ends with the container.
    worker.recv(1)
    inside.leave(status)
