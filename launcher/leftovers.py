"""What a launcher that was killed with SIGKILL left behind, and how the next one ends it."""

import json
import signal
from contextlib import suppress
from pathlib import Path

from launcher.children import Child
from launcher.processes import Process, in_session, read_process, signal_all, wait_until
from launcher.services import Service

_BOOT = Path("/proc/sys/kernel/random/boot_id")
MARK = "CORRAL_SERVICE"


def marked(service: Service) -> dict[str, str]:
    """The service's environment with a mark by which its orphans are known later."""
    return {**service.environment, MARK: service.name}


def remember(run: Path, child: Child) -> None:
    """Write down which process was started; its start time tells a reused number."""
    found = read_process(child.pid)
    record = {"pid": child.pid, "started": found.started if found else 0, "boot": _boot()}
    half = run / f".{child.service.name}"  # a launcher that is killed here leaves no half record
    half.write_text(json.dumps(record))
    half.replace(_record_of(run, child))


def forget(run: Path, child: Child) -> None:
    """The process and everything that it started is gone."""
    _record_of(run, child).unlink(missing_ok=True)


def stop_leftovers(run: Path) -> list[str]:
    """End what is still running of all that was written down; the names of those services."""
    left = {file: _still_there(file) for file in sorted(run.glob("*.json"))}
    running = [process for processes in left.values() for process in processes]
    signal_all(running, signal.SIGTERM)
    if not wait_until(lambda: not any(map(_still_there, left)), seconds=2):
        for file in left:
            signal_all(_still_there(file), signal.SIGKILL)
        wait_until(lambda: not any(map(_still_there, left)), seconds=2)
    for file in left:
        file.unlink(missing_ok=True)
    return [file.stem for file, processes in left.items() if processes]


def _still_there(file: Path) -> list[Process]:
    """The processes of a record's session, if it is certain that they are its own."""
    try:
        record = json.loads(file.read_text())
        pid, started, boot = int(record["pid"]), int(record["started"]), str(record["boot"])
    except (OSError, ValueError, KeyError, TypeError):
        return []
    if boot != _boot():
        return []
    leader = read_process(pid)
    if leader is not None and leader.started != started:
        return []
    return [each for each in in_session(pid) if each.pid == pid or _has_mark(each, file.stem)]


def _has_mark(process: Process, name: str) -> bool:
    with suppress(OSError):
        environment = Path("/proc", str(process.pid), "environ").read_bytes()
        return f"{MARK}={name}".encode() in environment.split(b"\0")
    return False


def _record_of(run: Path, child: Child) -> Path:
    return run / f"{child.service.name}.json"


def _boot() -> str:
    try:
        return _BOOT.read_text().strip()
    except OSError:
        return ""
