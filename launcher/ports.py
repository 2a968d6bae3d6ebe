"""Free ports of this machine."""

import random
import socket
from pathlib import Path

from launcher.errors import LauncherError

LOWEST = 20_000
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens.

    It lies below the range from which the kernel takes the ports of outgoing connections, so
    that a service which is started again finds its port still free.
    """
    highest = _lowest_outgoing() - 1
    for _ in range(200):
        port = random.randint(LOWEST, highest)
        if is_free(port):
            return port
    raise LauncherError(f"No free port between {LOWEST} and {highest} was found.")


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def answers(port: int) -> bool:
    """Whether somebody accepts connections on this port of 127.0.0.1."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.5).close()
    except OSError:
        return False
    return True


def _lowest_outgoing() -> int:
    try:
        lowest = int(_RANGE.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        lowest = 32_768
    return lowest if lowest > LOWEST + 1000 else 65_536
