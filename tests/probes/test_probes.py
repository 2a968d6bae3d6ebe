"""A dozen of the probes, and the test of the test; `make probe` runs all of them."""

import re
from collections import Counter
from fnmatch import filter as matching
from pathlib import Path

import pytest

from tests.probes.battery import run_battery
from tests.probes.conftest import PYTHON
from tests.probes.probe import Probe, Protection
from tests.probes.runtimes import RUNTIMES, Runtime
from tests.probes.verdict import Outcome
from tests.probes.weakened import WEAKENABLE, weakened

PAGE = Path(__file__).parents[2] / "docs" / "security.md"
REPRESENTATIVE = (
    "archives/hard_link_to_the_host",
    "environment/of_every_process",
    "files/core_pattern",
    "files/other_runs",
    "gateway/budget_race",
    "gateway/key_of_another_run",
    "kernel/keyrings",
    "limits/fork_bomb",
    "limits/memory_in_scratch",
    "network/loopback",
    "output/without_newline",
    "processes/capabilities",
    "processes/daemon",
    "processes/signals",
)


async def test_representative_probes_are_contained_and_leave_nothing(
    runtime: Runtime, state: Path, probes: dict[str, Probe]
) -> None:
    results, left = await run_battery([probes[name] for name in REPRESENTATIVE], runtime, state)

    expected = {
        name: Outcome.WEAKER if probes[name].needs in runtime.lacking else Outcome.CONTAINED
        for name in REPRESENTATIVE
    }
    assert {result.probe.name: result.outcome for result in results} == expected
    assert left == []


@pytest.mark.parametrize(
    ("protection", "name"),
    [
        (Protection.SECCOMP, "kernel/keyrings"),
        (Protection.UID, "processes/capabilities"),
        (Protection.LIMITS, "limits/open_files"),
    ],
)
async def test_probe_notices_that_its_protection_is_gone(
    state: Path, probes: dict[str, Probe], protection: Protection, name: str
) -> None:
    with weakened(protection):
        runtime = RUNTIMES["bubblewrap"](state, PYTHON, 1, True)
        results, left = await run_battery([probes[name]], runtime, state)

    assert [result.outcome for result in results] == [Outcome.NOT_CONTAINED]
    assert left == []


def test_at_least_sixty_probes_say_what_they_try_and_what_holds_them(
    probes: dict[str, Probe],
) -> None:
    assert len(probes) >= 60
    assert [each.name for each in probes.values() if not (each.tries and each.held_by)] == []


def test_every_protection_that_can_be_taken_away_holds_probes_alone(
    probes: dict[str, Probe],
) -> None:
    alone = Counter(next(iter(p.held_by)) for p in probes.values() if len(p.held_by) == 1)

    assert [each for each in WEAKENABLE if not alone[each]] == []


def test_security_page_has_every_protection_and_names_probes_that_it_holds(
    probes: dict[str, Probe],
) -> None:
    rows = re.findall(r"^\| `(\w+)` \|.*\|(.*)\|$", PAGE.read_text(), re.MULTILINE)

    assert sorted(layer for layer, _ in rows) == sorted(Protection)
    for layer, names in rows:
        for name in re.findall(r"`([^`]+)`", names):
            held = [each for each in matching(probes, name) if layer in probes[each].held_by]
            assert held, f"no probe {name} is held by {layer}"
