"""What an engine lacks is said in a sentence."""

from typing import Any

import pytest

from corral.sandbox.abilities import brings_kernel, missing_abilities, security_options
from corral.sandbox.engine import Engine
from tests.fakes.engine import GOOD_INFO, GOOD_VERSION, FakeEngine

GVISOR = {"runc": {"path": "runc"}, "runsc": {"path": "/usr/bin/runsc"}}
OPEN = {**GVISOR, "runsc": {"path": "/usr/bin/runsc", "runtimeArgs": ["--host-uds=open"]}}


@pytest.mark.parametrize(
    ("change", "runtime", "sentence"),
    [
        ({}, None, None),
        ({"MemoryLimit": False}, None, "The Docker engine cannot limit memory on this machine."),
        ({"SwapLimit": False}, None, "The Docker engine cannot limit swap on this machine."),
        ({"PidsLimit": None}, None, "The Docker engine cannot limit processes on this machine."),
        ({"CpuCfsQuota": False}, None, "The Docker engine cannot limit CPU time on this machine."),
        ({"SecurityOptions": []}, None, "The Docker engine has no seccomp."),
        (
            {"SecurityOptions": ["name=seccomp,profile=default", "name=rootless"]},
            None,
            "The Docker engine maps users (rootless or userns-remap): a sandbox could not reach "
            "its gateway.",
        ),
        ({}, "runsc", "The Docker engine has no runtime runsc: register it with dockerd."),
        (
            {"Runtimes": GVISOR},
            "runsc",
            "The runtime runsc lets no sandbox reach its gateway: give it --host-uds=open.",
        ),
        (
            {"Runtimes": GVISOR, "DefaultRuntime": "runsc"},
            None,
            "The runtime runsc lets no sandbox reach its gateway: give it --host-uds=open.",
        ),
        ({"Runtimes": OPEN}, "runsc", None),
    ],
)
async def test_missing_ability_is_a_sentence(
    engine: FakeEngine, change: dict[str, Any], runtime: str | None, sentence: str | None
) -> None:
    engine.info = {**GOOD_INFO, **change}
    found = await missing_abilities(Engine(engine.socket), runtime)
    assert found == ([] if sentence is None else [sentence])


@pytest.mark.parametrize(("spoken", "said"), [("1.40", "1.40"), ("", "unknown"), ("x", "x")])
async def test_engine_that_is_too_old_is_named(engine: FakeEngine, spoken: str, said: str) -> None:
    engine.version = {**GOOD_VERSION, "ApiVersion": spoken}
    assert await missing_abilities(Engine(engine.socket), None) == [
        f"The Docker engine is too old: it speaks API {said}, not 1.41."
    ]


async def test_engine_that_does_not_answer_is_named(engine: FakeEngine) -> None:
    socket = engine.socket.with_name("nothing.sock")
    (sentence,) = await missing_abilities(Engine(socket), None)
    assert sentence.startswith(f"The Docker engine at {socket} does not answer: ")


def test_security_options_are_read_by_name() -> None:
    assert security_options(
        {"SecurityOptions": ["name=seccomp,profile=builtin", "name=cgroupns"]}
    ) == {
        "seccomp",
        "cgroupns",
    }


@pytest.mark.parametrize(
    ("runtimes", "default", "wanted", "own"),
    [
        ({"runc": {"path": "runc"}}, "runc", None, False),
        (GVISOR, "runc", None, False),
        (GVISOR, "runc", "runsc", True),
        (GVISOR, "runsc", None, True),
        ({"strong": {"path": "/usr/bin/runsc"}}, "strong", None, True),
        ({}, "runc", "io.containerd.runsc.v1", True),
    ],
)
def test_kernel_of_its_own_is_known_by_the_runtimes_name_or_program(
    runtimes: dict[str, Any], default: str, wanted: str | None, own: bool
) -> None:
    assert brings_kernel({"Runtimes": runtimes, "DefaultRuntime": default}, wanted) is own
