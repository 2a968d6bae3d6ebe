"""Looks for network interfaces and changes them, and makes one of its own."""

import fcntl
import socket
import struct

from tests.probes.inside import Facts, Harmless, tried

HELD_BY = ("network", "uid")
SIOCSIFADDR, SIOCSIFFLAGS = 0x8916, 0x8914
TUNSETIFF, IFF_TUN = 0x400454CA, 1


def others() -> object:
    with open("/proc/net/dev") as file:
        names = {line.partition(":")[0].strip() for line in file if ":" in line}
    if names == {"lo"}:
        raise Harmless("only lo")
    return sorted(names)


def change(request: int, rest: bytes) -> object:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        return fcntl.ioctl(client, request, struct.pack("16s16s", b"lo", rest))


def make_one() -> object:
    with open("/dev/net/tun", "rb") as device:
        return fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH14x", b"probe", IFF_TUN))


def attempt(facts: Facts) -> str:
    address = struct.pack("=HH4s8x", socket.AF_INET, 0, socket.inet_aton("10.9.8.7"))
    return tried(
        {
            "interfaces": others,
            "address": lambda: change(SIOCSIFADDR, address),
            "flags": lambda: change(SIOCSIFFLAGS, struct.pack("=H14x", 0x49)),
            "tun": make_one,
        }
    )
