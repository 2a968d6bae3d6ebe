"""What the engine is told: every protection is asked for, and nothing of the run is shown."""

import json
import platform
from dataclasses import replace
from pathlib import Path
from typing import Any

from corral.sandbox.base import Launch
from corral.sandbox.container import Equipment, Wiring, describe_container, orders
from corral.sandbox.image import Kit
from corral.sandbox.inside import Orders
from corral.sandbox.interpreter import Interpreter
from corral.sandbox.limits import MIB, Limits
from corral.sandbox.profile import profile
from tests.corral.sandbox.workshop import FakeDoor

INTERPRETER = Interpreter(Path("/opt/python/bin/python3"), (Path("/opt/python"),), (3, 12), "cp312")
WIRING = Wiring(Path("/srv/a:b"), None, Path("/srv/control.sock"))
LAUNCH = Launch(
    Path("/srv/a:b"),
    ("python", "main.py"),
    FakeDoor(Path("/srv/gateway.sock")),
    {"API_KEY": "secret-key"},
)


def describe(
    limits: Limits | None = None, *, wiring: Wiring = WIRING, own_kernel: bool = False
) -> dict[str, Any]:
    equipment = Equipment(
        image="corral-sandbox:1",
        kit=Kit(Path("/state/kit")),
        interpreter=INTERPRETER,
        base_environment=Path("/state/environment"),
        runtime=None,
        own_kernel=own_kernel,
        user=64007,
    )
    labels = {"corral.slot": "7"}
    return dict(describe_container(equipment, wiring, limits or Limits(), labels))


def test_container_is_closed_in_every_way() -> None:
    body = describe()
    host = body["HostConfig"]
    assert (body["User"], body["Hostname"]) == ("64007:64007", "corral")
    assert (host["NetworkMode"], host["IpcMode"], host["CgroupnsMode"]) == (
        "none",
        "private",
        "private",
    )
    assert (host["ReadonlyRootfs"], host["CapDrop"], host["Init"]) == (True, ["ALL"], False)
    assert host["LogConfig"] == {"Type": "none"}
    assert host["SecurityOpt"] == [
        "no-new-privileges:true",
        f"seccomp={profile(platform.machine())}",
    ]
    assert not {"Privileged", "CapAdd", "Devices", "PidMode", "UTSMode", "Tty"} & {*body, *host}


def test_container_has_the_limits() -> None:
    limits = Limits(memory_bytes=64 * MIB, pids=20, scratch_bytes=8 * MIB, cpus=1.5)
    host = describe(limits)["HostConfig"]
    assert (host["Memory"], host["MemorySwap"]) == (64 * MIB, 64 * MIB)
    assert host["PidsLimit"] == 21
    assert host["CpuQuota"] / host["CpuPeriod"] == 1.5
    assert host["ShmSize"] == 8 * MIB
    assert host["Tmpfs"]["/tmp"] == f"rw,exec,nosuid,nodev,mode=1777,size={8 * MIB}"


def test_kernel_of_gvisor_has_threads_of_its_own() -> None:
    assert describe(Limits(pids=20), own_kernel=True)["HostConfig"]["PidsLimit"] > 200
    assert describe(Limits(pids=20))["HostConfig"]["PidsLimit"] == 21


def test_everything_is_mounted_read_only() -> None:
    mounts = describe()["HostConfig"]["Mounts"]
    assert {mount["ReadOnly"] for mount in mounts} == {True}
    sources = {mount["Target"]: mount["Source"] for mount in mounts}
    assert sources["/project"] == "/srv/a:b"
    assert sources["/opt/python"] == "/opt/python"
    assert sources["/environment"] == "/state/environment"
    assert sources["/etc/resolv.conf"] == "/state/kit/etc/resolv.conf"


def test_environment_of_the_projects_own_takes_the_place_of_the_base() -> None:
    wiring = replace(WIRING, packages=Path("/state/own"))
    mounts = describe(wiring=wiring)["HostConfig"]["Mounts"]
    (mount,) = [mount for mount in mounts if mount["Target"] == "/environment"]
    assert (mount["Source"], mount["ReadOnly"]) == ("/state/own", True)


def test_no_socket_but_the_line_is_mounted_on_the_machines_kernel() -> None:
    body = describe()
    targets = {mount["Target"] for mount in body["HostConfig"]["Mounts"]}
    assert {target for target in targets if target.endswith(".sock")} == {"/corral/control.sock"}
    assert "from corral.sandbox.handing_over import main" in body["Cmd"][-1]


def test_socket_of_the_gateway_is_mounted_where_no_descriptor_crosses() -> None:
    wiring = replace(WIRING, gateway=Path("/srv/gateway.sock"))
    body = describe(wiring=wiring, own_kernel=True)
    sources = {mount["Target"]: mount["Source"] for mount in body["HostConfig"]["Mounts"]}
    assert sources["/corral/gateway.sock"] == "/srv/gateway.sock"
    assert "from corral.sandbox.forwarder import main" in body["Cmd"][-1]


def test_socket_of_the_engine_is_never_mounted() -> None:
    assert "docker.sock" not in json.dumps(describe())


def test_run_cannot_be_read_from_the_description() -> None:
    text = json.dumps(describe())
    assert "secret-key" not in text
    assert "main.py" not in text


def test_orders_have_command_environment_and_limits() -> None:
    size, _, text = orders(LAUNCH).partition(b"\n")
    assert int(size) == len(text)
    taken = Orders(text)
    assert taken.command == [b"python", b"main.py"]
    assert taken.environment[b"API_KEY"] == b"secret-key"
    assert {name for name, _ in taken.limits} == {"NPROC", "NOFILE", "FSIZE", "CPU", "CORE"}
    assert dict(taken.limits)["NPROC"] == 32_768  # of all sandboxes of the user together
