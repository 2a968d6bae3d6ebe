"""What an engine can do, as it says itself, and what the policy needs of it."""

from collections.abc import Iterator, Mapping
from typing import Any

from corral.errors import SandboxUnavailable
from corral.sandbox import seccomp
from corral.sandbox.engine import Engine

OLDEST_API = (1, 41)
NEEDED = {
    "MemoryLimit": "limit memory",
    "SwapLimit": "limit swap",
    "PidsLimit": "limit processes",
    "CpuCfsQuota": "limit CPU time",
}
MAPS_USERS = ("rootless", "userns")


async def missing_abilities(engine: Engine, runtime: str | None) -> list[str]:
    """One sentence for each ability that is missing; `runtime` as in DockerSandbox."""
    try:
        version, info = await engine.version(), await engine.info()
    except SandboxUnavailable as error:
        return [str(error)]
    return [*_by_version(version), *_by_info(info), *_by_runtime(info, runtime)]


def _by_version(version: Mapping[str, Any]) -> Iterator[str]:
    spoken = str(version.get("ApiVersion", ""))
    if _numbers(spoken) < OLDEST_API:
        oldest = ".".join(map(str, OLDEST_API))
        yield f"The Docker engine is too old: it speaks API {spoken or 'unknown'}, not {oldest}."


def _by_info(info: Mapping[str, Any]) -> Iterator[str]:
    for field, what in NEEDED.items():
        if info.get(field) is not True:
            yield f"The Docker engine cannot {what} on this machine."
    options = security_options(info)
    if "seccomp" not in options:
        yield "The Docker engine has no seccomp."
    if not seccomp.supported():
        yield "No seccomp filter is known for this machine."
    if any(option in options for option in MAPS_USERS):
        yield (
            "The Docker engine maps users (rootless or userns-remap): a sandbox could not reach "
            "its gateway."
        )


def _by_runtime(info: Mapping[str, Any], wanted: str | None) -> Iterator[str]:
    if wanted is not None and wanted not in _runtimes(info):
        yield f"The Docker engine has no runtime {wanted}: register it with dockerd."
    elif brings_kernel(info, wanted):
        name = _chosen(info, wanted)
        flags = _runtimes(info).get(name, {}).get("runtimeArgs") or []
        if not any("host-uds" in flag for flag in flags):
            yield f"The runtime {name} lets no sandbox reach its gateway: give it --host-uds=open."


def brings_kernel(info: Mapping[str, Any], wanted: str | None) -> bool:
    """Whether the runtime's containers have a kernel of their own: gVisor, by name or program."""
    name = _chosen(info, wanted)
    return "runsc" in name or "runsc" in str(_runtimes(info).get(name, {}).get("path", ""))


def _chosen(info: Mapping[str, Any], wanted: str | None) -> str:
    return wanted or str(info.get("DefaultRuntime", ""))


def _runtimes(info: Mapping[str, Any]) -> Mapping[str, Any]:
    return info.get("Runtimes") or {}


def security_options(info: Mapping[str, Any]) -> set[str]:
    """The names in "name=seccomp,profile=default" and the like."""
    options = (str(each) for each in info.get("SecurityOptions") or [])
    fields = (field for option in options for field in option.split(","))
    return {field.removeprefix("name=") for field in fields if field.startswith("name=")}


def _numbers(version: str) -> tuple[int, ...]:
    parts = version.split(".")
    return tuple(map(int, parts)) if all(part.isdigit() for part in parts) else ()
