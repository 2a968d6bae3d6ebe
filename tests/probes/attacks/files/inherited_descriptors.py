"""Uses descriptors that were left open: of its own, and of process 1 through /proc."""

import os

from tests.probes.inside import Facts, Harmless, tried

HELD_BY = ("launch",)
PIPES = ("pipe:", "host:")  # as Linux and gVisor name them


def own() -> object:
    """Beyond the three pipes and the listing itself."""
    found = {}
    for name in os.listdir("/proc/self/fd"):
        try:
            found[name] = os.readlink("/proc/self/fd/" + name)
        except OSError:
            continue
    left = {name: what for name, what in found.items() if int(name) > 2}
    left = {name: what for name, what in left.items() if not what.startswith("/project/")}
    if left or not all(found[name].startswith(PIPES) for name in "012"):
        return left or found
    raise Harmless("three pipes")


def of_process_1() -> object:
    """Pipes, sockets and polls of its own are harmless: a file or a folder is the host's."""
    for name in os.listdir("/proc/1/fd"):
        what = os.readlink("/proc/1/fd/" + name)
        if what.startswith("/") and not what.startswith(("/dev/null", "/memfd:")):
            return what
    raise Harmless("nothing of the host")


def attempt(facts: Facts) -> str:
    return tried({"own": own, "process 1": of_process_1})
