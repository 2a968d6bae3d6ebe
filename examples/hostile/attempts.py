"""What a project must not be able to do, tried for real. Each attempt says how it was refused."""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

PLACES = ("/var/lib/corral", "/srv", "/home", "/root", "/run", "/mnt", "/opt", "/tmp", "..")
PORTS = range(1, 65536)  # where the platform's Redis listens is not mine to know
MOST_FILES = 2_000


class Reached(Exception):
    """An attempt succeeded: the sandbox has a hole."""


def read_shadow() -> str:
    """Read the passwords of the host."""
    with open("/etc/shadow", encoding="utf-8") as file:
        raise Reached(f"/etc/shadow has {len(file.readlines())} lines")


def read_environment(pid: int) -> str:
    """Read another process's environment, where a platform keeps its secrets."""
    content = Path(f"/proc/{pid}/environ").read_bytes()
    names = {pair.partition(b"=")[0].decode(errors="replace") for pair in content.split(b"\0")}
    foreign = sorted(names - set(os.environ) - {"", "PWD", "SHLVL", "_"})
    if foreign:
        raise Reached(f"process {pid} has {', '.join(foreign)}")
    return "it holds nothing that is not mine"


def read_other_runs() -> str:
    """Look for the files of another run."""
    own = os.stat("corral.toml")
    for path in _files():
        if path.name in ("corral.toml", "tasks.jsonl", "db.sqlite3"):
            found = path.stat()
            if (found.st_dev, found.st_ino) != (own.st_dev, own.st_ino):
                raise Reached(f"{path} is not mine")
    return "there are none"


def _files() -> Iterator[Path]:
    seen = 0
    for place in PLACES:
        for folder, _, names in os.walk(place):
            for name in names:
                seen += 1
                if seen > MOST_FILES:
                    return
                yield Path(folder, name)


def change_project() -> str:
    """Write into the project's own folder, which another run may use."""
    with open("corral.toml", "a", encoding="utf-8"):
        raise Reached("the project's folder can be written to")


def connect_to_redis() -> str:
    """Open a TCP connection to the platform's Redis, PostgreSQL or web server."""
    gateway = urlsplit(os.environ.get("OPENAI_BASE_URL", "")).port
    for port in PORTS:
        if port != gateway:
            _connect("127.0.0.1", port)
    return f"none of {len(PORTS)} ports answers"


def _connect(host: str, port: int) -> None:
    with socket.socket() as client:
        client.settimeout(1)
        reached = client.connect_ex((host, port)) == 0
        # A client whose own port happens to be the one it asks for connects to itself.
        if reached and client.getsockname() != client.getpeername():
            raise Reached(f"{host} port {port} answers")


def connect_to_metadata() -> str:
    """Ask a cloud's metadata service for credentials."""
    socket.create_connection(("169.254.169.254", 80), timeout=1).close()
    raise Reached("169.254.169.254 answers")


ATTEMPTS: tuple[tuple[str, Callable[[], str]], ...] = (
    ("reading /etc/shadow", read_shadow),
    ("reading my parent's environment", lambda: read_environment(os.getppid())),
    ("reading the environment of process one", lambda: read_environment(1)),
    ("reading the files of other runs", read_other_runs),
    ("writing to the project's folder", change_project),
    ("connecting to Redis", connect_to_redis),
    ("connecting to the metadata service", connect_to_metadata),
)


def outcomes() -> Iterator[str]:
    """Try everything; one line for each attempt that was refused.

    Raises:
        Reached: one was not.
    """
    for what, attempt in ATTEMPTS:
        try:
            how = attempt()
        except OSError as error:
            how = error.strerror or type(error).__name__
        yield f"refused: {what} ({how})"
