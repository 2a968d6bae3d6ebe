"""What the engine is told of one container, and what process 1 in it is told.

Source: the Docker Engine API, "Create a container".
"""

import os
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from corral.sandbox import profile, seccomp
from corral.sandbox.arguments import MOST_SHARED_MEMORY, SYSTEM, resource_limits, variables
from corral.sandbox.base import Launch
from corral.sandbox.entrance import Entrance, HandedOver, Mounted
from corral.sandbox.image import Kit, aliases
from corral.sandbox.interpreter import Interpreter
from corral.sandbox.limits import Limits

PROCESS_1 = (
    "import sys; sys.path.insert(0, '/corral/kit/library'); "
    "from corral.sandbox.{program} import main; main()"
)
# Where the engine would put files of its own, with the names of the host's servers in them.
PUT_BY_THE_ENGINE = ("hosts", "hostname", "resolv.conf")
LOADER_CACHE = Path("/etc/ld.so.cache")
# As Docker does where nothing is said.
MASKED = (
    *("/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys"),
    *("/proc/latency_stats", "/proc/sched_debug", "/proc/scsi"),
    *("/proc/timer_list", "/proc/timer_stats"),
)
# What engines mount and bubblewrap does not: something empty is mounted instead.
HIDDEN = ("/sys", "/sys/fs/cgroup", "/dev/mqueue")
EMPTY = "ro,nosuid,nodev,noexec,mode=555,size=4096"
CPU_PERIOD = 100_000  # microseconds
CORE_BYTES = 1  # not 0: see `resource_limits`
PROCESSES_OF_A_USER = 32_768  # all pids that a machine has by default: proc(5), pid_max
OUR_OWN = 1  # process 1
KERNEL_OF_ITS_OWN = 256  # threads that gVisor needs; it counts as one with the project

Description = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Equipment:
    """What all containers of one worker have in common.

    `runtime` is the engine's name of it, None for its default; `own_kernel` says that it brings a
    kernel, as gVisor does; `user` is the uid and gid inside.
    """

    image: str
    kit: Kit
    interpreter: Interpreter
    base_environment: Path | None
    runtime: str | None
    own_kernel: bool
    user: int

    @property
    def entrance(self) -> Entrance:
        """How the gateway comes in."""
        return Mounted() if self.own_kernel else HandedOver()


@dataclass(frozen=True, slots=True)
class Wiring:
    """What is mounted for one launch: the project, and the sockets; `gateway` if it is mounted.

    `packages` takes the place of the base environment.
    """

    project: Path
    gateway: Path | None
    control: Path
    packages: Path | None = None


def describe_container(
    equipment: Equipment, wiring: Wiring | None, limits: Limits, labels: Mapping[str, str]
) -> Description:
    """The body of the request; without `wiring` only what all share is mounted."""
    user = equipment.user
    return {
        "Image": equipment.image,
        "Entrypoint": [],
        "Cmd": process_1(equipment),
        "WorkingDir": "/",
        "User": f"{user}:{user}",
        "Hostname": "corral",
        "Labels": dict(labels),
        "AttachStdin": True,
        "AttachStdout": True,
        "AttachStderr": True,
        "OpenStdin": True,
        "StdinOnce": True,
        "HostConfig": {
            **_containment(),
            **_resources(equipment, limits),
            "Runtime": equipment.runtime or "",
            "Mounts": [
                *_shared(equipment),
                *_packages(equipment, wiring),
                *(_own(wiring) if wiring else ()),
            ],
        },
    }


def process_1(equipment: Equipment) -> list[str]:
    """Its command; `env` drops what the engine puts in the environment."""
    start = ["/usr/bin/env", "-i", str(equipment.interpreter.executable)]
    program = PROCESS_1.format(program=equipment.entrance.program)
    return [*start, "-I", "-S", "-B", "-c", program]


def orders(launch: Launch) -> bytes:
    """What `contained` is to run, in its own format.

    The rlimit of processes counts those of all sandboxes of the uid together: it is wide, only so
    that there is one. The cgroup's is the project's.
    """
    limits = resource_limits(launch.limits, memory_by_rlimit=False)
    limits["NPROC"] = PROCESSES_OF_A_USER
    lines = [
        *(f"argument {_hex(each)}" for each in launch.command),
        *(f"environment {_hex(f'{name}={value}')}" for name, value in variables(launch).items()),
        *(f"limit {_hex(f'{name}={value}')}" for name, value in limits.items()),
    ]
    text = "\n".join(lines).encode()
    return b"%d\n%s" % (len(text), text)


def _containment() -> Description:
    machine = platform.machine()
    known = seccomp.supported()
    return {
        "NetworkMode": "none",
        "IpcMode": "private",
        "CgroupnsMode": "private",
        "ReadonlyRootfs": True,
        "CapDrop": ["ALL"],
        "SecurityOpt": [
            "no-new-privileges:true",
            *([f"seccomp={profile.profile(machine)}"] if known else []),
        ],
        "MaskedPaths": list(MASKED),
        "LogConfig": {"Type": "none"},
        "RestartPolicy": {"Name": "no"},
        "Init": False,
    }


def _resources(equipment: Equipment, limits: Limits) -> Description:
    slack = KERNEL_OF_ITS_OWN if equipment.own_kernel else OUR_OWN
    scratch = f"rw,exec,nosuid,nodev,mode=1777,size={limits.scratch_bytes}"
    return {
        "Memory": limits.memory_bytes,
        "MemorySwap": limits.memory_bytes,
        "PidsLimit": limits.pids + slack,
        "CpuPeriod": CPU_PERIOD,
        "CpuQuota": int(limits.cpus * CPU_PERIOD),
        "ShmSize": min(limits.scratch_bytes, MOST_SHARED_MEMORY),
        "Tmpfs": {"/tmp": scratch, **dict.fromkeys(HIDDEN, EMPTY)},
        "Ulimits": [{"Name": "core", "Soft": CORE_BYTES, "Hard": CORE_BYTES}],
    }


def _shared(equipment: Equipment) -> Iterator[Description]:
    """The programs and libraries of the machine, and what is ours."""
    yield _read_only(SYSTEM, str(SYSTEM))
    for path in (*aliases(), *equipment.interpreter.outside(SYSTEM)):
        if not path.is_symlink():
            yield _read_only(path, str(path))
    kit = equipment.kit
    yield _read_only(kit.folder, "/corral/kit")
    yield _read_only(kit.etc, "/etc")
    for name in PUT_BY_THE_ENGINE:
        yield _read_only(kit.etc / name, f"/etc/{name}")
    if LOADER_CACHE.exists():
        yield _read_only(LOADER_CACHE, str(LOADER_CACHE))


def _own(wiring: Wiring) -> Iterator[Description]:
    yield _read_only(wiring.project, "/project")
    if wiring.gateway is not None:
        yield _read_only(wiring.gateway, "/corral/gateway.sock")
    yield _read_only(wiring.control, "/corral/control.sock")


def _packages(equipment: Equipment, wiring: Wiring | None) -> Iterator[Description]:
    environment = (wiring.packages if wiring else None) or equipment.base_environment
    if environment is not None:
        yield _read_only(environment, "/environment")


def _read_only(source: Path, target: str) -> Description:
    """Without what is mounted in it: that would stay writable with older engines."""
    options = {"NonRecursive": True, "Propagation": "rprivate"}
    return {
        "Type": "bind",
        "Source": str(source),
        "Target": target,
        "ReadOnly": True,
        "BindOptions": options,
    }


def _hex(text: str) -> str:
    return os.fsencode(text).hex()
