"""Speaks to the host's Unix sockets by their paths: Docker, D-Bus, systemd, PostgreSQL."""

import socket
from functools import partial

from tests.probes.inside import Facts, connect, tried

HELD_BY = ("mounts",)
PLACES = (
    "/var/run/docker.sock",
    "/run/containerd/containerd.sock",
    "/run/dbus/system_bus_socket",
    "/run/systemd/private",
    "/run/postgresql/.s.PGSQL.5432",
    "/run/redis/redis.sock",
)


def send(path: str) -> int:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
        return client.sendto(b"x", path)


def attempt(facts: Facts) -> str:
    return tried(
        {path: partial(connect, path, socket.AF_UNIX) for path in PLACES}
        | {
            "canary": lambda: send(facts["datagram"]),
            "notify": lambda: send("/run/systemd/notify"),
            "log": lambda: send("/dev/log"),
        }
    )
