"""Rewrites the maps of its user namespace, to be root outside."""

from functools import partial

from tests.probes.inside import Facts, tried, write

HELD_BY = ("uid", "mounts")


def attempt(facts: Facts) -> str:
    files = {"uid_map": b"0 0 1\n", "gid_map": b"0 0 1\n", "setgroups": b"allow"}
    return tried(
        {
            f"{pid}/{name}": partial(write, f"/proc/{pid}/{name}", data)
            for pid in ("self", "1")
            for name, data in files.items()
        }
    )
