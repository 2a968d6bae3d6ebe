"""The self-test finds nothing in a good sandbox, and says so of a bad one."""

import json
from pathlib import Path

import pytest

from corral.errors import SandboxUnavailable
from corral.sandbox import witness
from corral.sandbox.base import Launch, SandboxProcess
from corral.sandbox.bubblewrap import BubblewrapSandbox
from corral.sandbox.self_test import PROMISES, examine, judge, self_test

GOOD = {
    "is_root": False,
    "capabilities": 0,
    "no_new_privileges": True,
    "seccomp": True,
    "interfaces": ["lo"],
    "reads_shadow": False,
    "folders": ["bin", "etc", "project", "tmp", "usr"],
    "processes": True,
    "writes_project": False,
    "writes_root": False,
    "writes_scratch": True,
    "gateway": True,
    "variables": ["HOME", "PATH"],
    "first_process": ["PWD"],
}


class Broken:
    """A sandbox that never starts."""

    name = "broken"

    def lacks(self) -> list[str]:
        return []

    def owner(self) -> int | None:
        return None

    async def start(self, launch: Launch) -> SandboxProcess:
        raise SandboxUnavailable("no way")


def test_good_sandbox_passes(sandbox: BubblewrapSandbox) -> None:
    assert self_test(sandbox) == []


async def test_sandbox_that_does_not_start_is_found_out() -> None:
    assert await examine(Broken()) == ["The sandbox does not start: no way."]


async def test_weakened_sandbox_is_found_out(
    sandbox: BubblewrapSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("corral.sandbox.seccomp.supported", lambda: False)
    monkeypatch.setattr(sandbox, "_degraded", True)
    assert await examine(sandbox) == ["No seccomp filter is in force (found: False)."]


@pytest.mark.parametrize(
    ("finding", "found", "sentence"),
    [
        ("is_root", True, "A project runs as root (found: True)."),
        ("capabilities", 1 << 21, "A project has capabilities (found: 2097152)."),
        (
            "interfaces",
            ["eth0", "lo"],
            "A project sees network interfaces (found: ['eth0', 'lo']).",
        ),
        ("folders", ["root"], "A project sees folders of the machine (found: ['root'])."),
        ("gateway", False, "A project does not reach the gateway (found: False)."),
    ],
)
def test_bad_finding_is_a_sentence(finding: str, found: object, sentence: str) -> None:
    assert judge(GOOD) == []
    assert judge({**GOOD, finding: found}) == [sentence]


def test_missing_finding_breaks_its_promise() -> None:
    assert len(judge({})) == len(PROMISES)


def test_witness_names_every_promise() -> None:
    source = Path(str(witness.__file__)).read_text()
    assert [p.finding for p in PROMISES if json.dumps(p.finding) not in source] == []
