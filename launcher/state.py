"""The state folder: databases, archives, logs and secrets, one room for each checkout."""

import fcntl
import hashlib
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from corral.sandbox.reach import barrier
from launcher.errors import AlreadyRunning, LauncherError
from launcher.processes import read_process

REPOSITORY = Path(__file__).resolve().parent.parent
_FOR_ROOT = Path("/var/lib/corral")
_FOR_OTHERS = ".local/state/corral"


def default_base() -> Path:
    """The folder that CORRAL_STATE names, else the usual one of root or of this user."""
    if named := os.environ.get("CORRAL_STATE"):
        return Path(named).expanduser().absolute()
    return _FOR_ROOT if os.geteuid() == 0 else Path.home() / _FOR_OTHERS


@dataclass(frozen=True, slots=True)
class State:
    """`base` is shared by all checkouts of a machine; `room` belongs to one of them.

    Root's folders can be passed by dropped users (0711), what lies in them is private.
    """

    base: Path
    room: Path

    @property
    def binaries(self) -> Path:
        """Copies of servers' programs that dropped users can reach."""
        return open_to_pass(self.base / "programs")

    @property
    def postgres(self) -> Path:
        """Holds the database's files."""
        return open_to_pass(self.room / "postgres")

    @property
    def valkey(self) -> Path:
        """Holds Valkey's configuration."""
        return open_to_pass(self.room / "valkey")

    @property
    def log(self) -> Path:
        """One log for each service."""
        return private(self.room / "log")

    @property
    def run(self) -> Path:
        """Which processes were started."""
        return private(self.room / "run")

    @property
    def media(self) -> Path:
        """Archives of submissions."""
        return private(self.room / "media")

    def secret(self, name: str) -> str:
        """A random string that is made once and kept for this user alone."""
        return kept_secret(private(self.room / "secrets") / name)


def open_state(repository: Path = REPOSITORY, base: Path | None = None) -> State:
    """The state of this checkout, told from others by its path; made where it is missing."""
    base = base or default_base()
    name = re.sub(r"[^A-Za-z0-9._-]", "-", repository.name) or "checkout"
    digest = hashlib.sha256(os.fsencode(repository)).hexdigest()[:10]
    return _opened(base, Path("checkouts", f"{name}-{digest}"))


@contextmanager
def ephemeral_state(base: Path | None = None) -> Iterator[State]:
    """A state that is gone afterwards, with what killed processes left of theirs."""
    base = base or default_base()
    _sweep(base / "ephemeral")
    own = read_process(os.getpid())
    started = own.started if own else 0
    state = _opened(base, Path("ephemeral", f"{os.getpid()}-{started}-{secrets.token_hex(4)}"))
    try:
        yield state
    finally:
        shutil.rmtree(state.room, ignore_errors=True)


def open_to_pass(folder: Path) -> Path:
    """Make a folder that dropped users may pass but not list; an ordinary user's is private.

    A folder that is there keeps its permissions.
    """
    return _made(folder, 0o711 if os.geteuid() == 0 else 0o700)


def private(folder: Path) -> Path:
    """Make a folder for this user alone."""
    return _made(folder, 0o700)


def kept_secret(file: Path) -> str:
    """The file's content; where there is none, 43 random characters that are kept in it."""
    if not file.exists():
        descriptor, temporary = tempfile.mkstemp(dir=file.parent)
        with os.fdopen(descriptor, "w") as output:
            output.write(secrets.token_urlsafe(32))
        with suppress(FileExistsError):  # another process was quicker: its secret counts
            os.link(temporary, file)
        os.unlink(temporary)
    return file.read_text()


@contextmanager
def held(state: State) -> Iterator[None]:
    """Only one launcher at a time has a checkout's services.

    Raises:
        AlreadyRunning: another one has them; the sentence names its process.
    """
    with (private(state.room / "run") / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise AlreadyRunning(
                f"Corral already runs from this checkout (process {lock.read().strip()}). "
                "Stop it first: Ctrl-C in its terminal, or kill with that number."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def check_reach(folder: Path, uid: int | None, who: str) -> None:
    """Make sure that a dropped user can pass a folder.

    Raises:
        LauncherError: it can't; the sentence names the folder that is in the way.
    """
    for path in (folder.absolute(), folder.resolve()) if uid is not None else ():
        closed = barrier(path, uid)
        if closed is not None and closed != path:  # ours can be passed, though not listed
            raise LauncherError(
                f"{who} runs as user {uid}, which can't pass {closed}: set CORRAL_STATE to a "
                "folder that every user can pass."
            )


def _opened(base: Path, room: Path) -> State:
    try:
        folder = open_to_pass(base)
        for part in room.parts:
            folder = open_to_pass(folder / part)
    except OSError as error:
        raise LauncherError(
            f"Corral keeps its state in {base}, which can't be used ({error}): "
            "set CORRAL_STATE to another folder."
        ) from error
    return State(base=base, room=folder)


def _made(folder: Path, mode: int) -> Path:
    if not folder.is_dir():
        if not folder.parent.is_dir():
            _made(folder.parent, 0o755 if os.geteuid() == 0 else 0o700)
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            folder.chmod(mode)
    return folder


def _sweep(folder: Path) -> None:
    """Remove the rooms of processes that are no more."""
    for room in folder.glob("*-*-*"):
        pid, started, _ = room.name.split("-")
        owner = read_process(int(pid)) if pid.isdigit() else None
        if owner is None or not owner.running or str(owner.started) != started:
            shutil.rmtree(room, ignore_errors=True)
