"""Process 1 of a container on the machine's own kernel: hands the gateway's listener to the worker.

It carries no bytes then, and needs no more descriptors than a project. See `inside` for what may
be imported here.
"""

# mypy: disable-error-code="import-not-found"
import _socket
import sys

from corral.sandbox import contained, inside

DESCRIPTOR_BYTES = 4


def hand_over(listener: "_socket.socket", worker: "_socket.socket") -> None:
    """Send the listener to the worker, and let go of it.

    Raises:
        OSError: it cannot be sent.
    """
    descriptor = listener.fileno().to_bytes(DESCRIPTOR_BYTES, sys.byteorder)
    worker.sendmsg([b"L"], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, descriptor)])
    listener.close()


def main() -> None:
    """Serve until the project ends and the worker has seen it, or is gone.

    The project's limits are this process's own, too: who takes it over has gained nothing.
    """
    listener, worker = contained.begin()
    hand_over(listener, worker)
    orders = contained.take_orders(worker)
    inside.set_limits(orders)
    contained.serve(worker, orders, inside.Loop(worker))
