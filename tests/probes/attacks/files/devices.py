"""Opens devices of the host and makes nodes for them."""

import os
import stat

from tests.probes.inside import Facts, read, tried

HELD_BY = ("mounts", "uid")
DEVICES = "mem kmem port kmsg sda vda nvme0n1 fuse kvm net/tun loop0 mapper/control vsock uinput"


def attempt(facts: Facts) -> str:
    nodes = {"disk": (stat.S_IFBLK, 254, 0), "memory": (stat.S_IFCHR, 1, 1)}
    return tried(
        {name: lambda name=name: read("/dev/" + name) for name in DEVICES.split()}
        | {
            f"node for {name}": lambda name=name, kind=kind, major=major, minor=minor: os.mknod(
                "/tmp/" + name, kind | 0o666, os.makedev(major, minor)
            )
            for name, (kind, major, minor) in nodes.items()
        }
    )
