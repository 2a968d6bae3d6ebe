"""Runs inside a sandbox as a project would, and prints what it finds, as one JSON object.

Each finding is named in `self_test.PROMISES`. Standard library only.
"""

import ctypes
import json
import os
import socket
import sys
from collections.abc import Callable

GATEWAY = ("127.0.0.1", 8080)
PR_GET_NO_NEW_PRIVS = 39
SEEN_BY_US = 3  # process 1, this one, and one that may be starting


def works(attempt: Callable[[], object]) -> bool:
    """Whether it can be done at all."""
    try:
        attempt()
    except OSError:
        return False
    return True


def write_to(path: str) -> Callable[[], object]:
    """An attempt to make a file there."""
    return lambda: os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))


def shows_something(path: str) -> bool:
    """Whether there is any file in it: engines leave empty folders and files of their own."""
    if not os.path.isdir(path):
        return os.path.getsize(path) > 0
    try:
        return any(files for _, _, files in os.walk(path, onerror=give_up))
    except OSError:
        return True


def give_up(error: OSError) -> None:
    """What cannot be looked into is something."""
    raise error


def gateway_answers() -> bool:
    """Whether a request to the gateway's address is answered."""
    try:
        with socket.create_connection(GATEWAY, timeout=10) as connection:
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return connection.recv(16).startswith(b"HTTP/1.")
    except OSError:
        return False


def interfaces() -> list[str]:
    """Network interfaces, by the file: asking the kernel by netlink is forbidden in here."""
    with open("/proc/net/dev") as file:
        return sorted(line.partition(":")[0].strip() for line in file if ":" in line)


def gains_no_privileges() -> bool:
    """Asks the kernel itself: gVisor's has no such line in its files."""
    return bool(ctypes.CDLL(None).prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)


def status_of_this_process() -> dict[str, str]:
    """/proc/self/status by field."""
    with open("/proc/self/status") as file:
        pairs = (line.partition(":") for line in file)
        return {name: value.strip() for name, _, value in pairs}


def findings() -> dict[str, object]:
    """Everything that the self-test asks for."""
    status = status_of_this_process()
    return {
        "is_root": 0 in (os.getuid(), os.geteuid(), os.getgid(), os.getegid()),
        "capabilities": int(status["CapEff"], 16) | int(status["CapBnd"], 16),
        "no_new_privileges": gains_no_privileges(),
        "seccomp": status["Seccomp"] == "2",
        "interfaces": interfaces(),
        "reads_shadow": works(lambda: os.close(os.open("/etc/shadow", os.O_RDONLY))),
        "folders": sorted(name for name in os.listdir("/") if shows_something("/" + name)),
        "processes": sum(name.isdigit() for name in os.listdir("/proc")) <= SEEN_BY_US,
        "writes_project": works(write_to("/project/written")),
        "writes_root": works(write_to("/written")) or works(write_to("/dev/written")),
        "writes_scratch": works(write_to("/tmp/written")),
        "gateway": gateway_answers(),
        "variables": sorted(os.environ),
        "first_process": sorted(variables_of_the_first_process()),
    }


def variables_of_the_first_process() -> set[str]:
    """Names in the environment of process 1, as far as it can be read."""
    try:
        with open("/proc/1/environ", "rb") as file:
            entries = file.read().split(b"\0")
    except PermissionError:
        return set()
    return {entry.partition(b"=")[0].decode() for entry in entries if entry}


if __name__ == "__main__":
    json.dump(findings(), sys.stdout)
