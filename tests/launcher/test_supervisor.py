"""The supervisor in a process of its own, with small services that misbehave."""

import json
import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from launcher.keeper import wait_after
from launcher.ports import answers, is_free
from launcher.processes import wait_until
from tests.launcher.conftest import Rig, processes_of


def line_of(process: "subprocess.Popen[str]") -> str:
    """The next line that a rig prints."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def port_of(folder: Path) -> int:
    return int((folder / "port").read_text())


def pid_of(folder: Path, name: str) -> int | None:
    """The main process of a service that was started; None between two lives."""
    record = folder / "run" / f"{name}.json"
    with suppress(FileNotFoundError):
        return int(json.loads(record.read_text())["pid"])
    return None


def killed(folder: Path, name: str) -> int:
    """Kill the main process of a service; its number."""
    pid = pid_of(folder, name)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    return pid


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_supervisor_leaves_nothing_after_signal(
    rig: Rig, folder: Path, number: signal.Signals
) -> None:
    process = rig("listener", "stubborn", "daemon")
    assert line_of(process) == "ready"
    assert answers(port_of(folder))

    process.send_signal(number)
    began = time.monotonic()

    assert process.wait(timeout=10) == 0
    assert time.monotonic() - began < 10
    assert processes_of(folder) == []
    assert is_free(port_of(folder))
    assert list((folder / "run").glob("*.json")) == []


def test_supervisor_is_quicker_after_a_second_signal(rig: Rig, folder: Path) -> None:
    process = rig("favoured")
    assert line_of(process) == "ready"

    for _ in range(3):
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)

    assert process.wait(timeout=10) == 0
    assert processes_of(folder) == []


def test_supervisor_restarts_killed_service_after_the_rest_of_its_session(
    rig: Rig, folder: Path
) -> None:
    assert line_of(rig("listener")) == "ready"
    first = pid_of(folder, "listener")
    assert len(processes_of(folder)) == 3

    assert killed(folder, "listener") == first

    assert wait_until(lambda: pid_of(folder, "listener") not in (None, first), seconds=5)
    assert wait_until(lambda: answers(port_of(folder)), seconds=5)
    assert len(processes_of(folder)) == 3
    twice = "started\nstarted\n"
    assert wait_until(lambda: (folder / "lives").read_text() == twice, seconds=5)


def test_supervisor_kills_daemons_of_a_dead_service(rig: Rig, folder: Path) -> None:
    assert line_of(rig("daemon")) == "ready"
    first = pid_of(folder, "daemon")
    mine = (first, os.getsid(0))
    old = {each.pid for each in processes_of(folder) if each.session not in mine}
    assert len(old) == 1

    killed(folder, "daemon")

    assert wait_until(lambda: not old & {each.pid for each in processes_of(folder)}, seconds=5)


def test_supervisor_names_log_of_service_that_does_not_come_up(rig: Rig, folder: Path) -> None:
    process = rig("listener", "broken")

    output, _ = process.communicate(timeout=20)

    assert process.returncode == 1
    assert "Broken did not come up. Its log, " in output
    assert "the disk is on fire" in output
    assert processes_of(folder) == []


def test_supervisor_obeys_signal_while_services_come_up(rig: Rig, folder: Path) -> None:
    process = rig("silent", "listener")
    wait_until(lambda: (folder / "run" / "silent.json").exists(), seconds=5)

    process.send_signal(signal.SIGTERM)

    assert process.wait(timeout=10) == 130
    assert processes_of(folder) == []


def test_services_die_with_killed_launcher(rig: Rig, folder: Path) -> None:
    process = rig("listener")
    assert line_of(process) == "ready"
    main = pid_of(folder, "listener")

    process.kill()

    assert wait_until(lambda: main not in {each.pid for each in processes_of(folder)}, seconds=5)


def test_next_launcher_stops_what_a_killed_one_left(rig: Rig, folder: Path) -> None:
    process = rig("stubborn", "listener")
    assert line_of(process) == "ready"
    stubborn = pid_of(folder, "stubborn")
    process.kill()
    process.wait()
    assert stubborn in {each.pid for each in processes_of(folder)}

    assert line_of(rig("listener")) == "ready"

    assert stubborn not in {each.pid for each in processes_of(folder)}
    assert len(processes_of(folder)) == 3


def test_next_launcher_spares_a_process_that_only_has_the_number(rig: Rig, folder: Path) -> None:
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as other:
        record = {"pid": other.pid, "started": 1, "boot": "another"}
        (folder / "run" / "listener.json").write_text(json.dumps(record))
        (folder / "run" / "damaged.json").write_text("{")

        assert line_of(rig("listener")) == "ready"

        assert other.poll() is None
        other.kill()


def test_wait_after_deaths_grows_and_ends() -> None:
    assert [wait_after(deaths) for deaths in (1, 2, 3, 4, 40)] == [0.1, 0.4, 1.6, 5.0, 5.0]
