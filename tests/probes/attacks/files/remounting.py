"""Mounts, remounts and unmounts, to write where it must not or to see below."""

from tests.probes.calls import calling
from tests.probes.inside import Facts, tried

HELD_BY = ("seccomp", "uid")
REMOUNT, BIND, PRIVATE, DETACH = 0x20, 0x1000, 0x40000, 2


def attempt(facts: Facts) -> str:
    return tried(
        {
            "remount": calling("mount", b"none", b"/", None, REMOUNT | BIND, None),
            "project": calling("mount", b"none", b"/project", None, REMOUNT | BIND, None),
            "tmpfs": calling("mount", b"tmpfs", b"/tmp", b"tmpfs", 0, None),
            "proc": calling("mount", b"proc", b"/tmp", b"proc", 0, None),
            "private": calling("mount", b"none", b"/", None, PRIVATE, None),
            "umount": calling("umount2", b"/etc", DETACH),
            "umount /": calling("umount2", b"/", DETACH),
            "pivot_root": calling("pivot_root", b"/tmp", b"/tmp"),
            "chroot": calling("chroot", b"/tmp"),
        }
    )
