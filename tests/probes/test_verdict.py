"""When a probe counts as contained."""

from dataclasses import replace

import pytest

from corral.json_types import Json
from corral.runner import TaskOutcome
from corral.sandbox.base import Sandbox
from corral.verdicts import Verdict
from tests.probes.probe import Probe, Protection
from tests.probes.runtimes import Runtime
from tests.probes.seen import Seen
from tests.probes.verdict import Outcome, judge

PROBE = Probe("kind/name", "Tries it.", frozenset({Protection.LIMITS}), "module")
REFUSED = TaskOutcome("t-0", "refused: it EPERM", None, "", 1.0, 0, 0)


async def nothing(_: Sandbox) -> None:
    """A runtime that holds nothing ready."""


def seen(*outcomes: TaskOutcome, changes: tuple[str, ...] = ()) -> Seen:
    return Seen({}, outcomes=outcomes, changes=changes)


@pytest.mark.parametrize(
    ("output", "outcome"),
    [
        ("refused: it EPERM", Outcome.CONTAINED),
        ("ESCAPED: it gave 3", Outcome.NOT_CONTAINED),
        ("BROKE: ZeroDivisionError", Outcome.NOT_CONTAINED),
        (None, Outcome.NOT_CONTAINED),
        (["refused"], Outcome.NOT_CONTAINED),
    ],
)
def test_what_a_program_says_counts_where_the_probe_has_no_other_criterion(
    output: Json, outcome: Outcome
) -> None:
    assert judge(PROBE, seen(replace(REFUSED, output=output)), None).outcome is outcome


def test_refusal_does_not_count_where_the_host_was_changed() -> None:
    result = judge(PROBE, seen(REFUSED, changes=("kernel/panic was changed",)), None)

    assert (result.outcome, result.story) == (Outcome.NOT_CONTAINED, "kernel/panic was changed")


def test_program_that_crashed_was_not_refused() -> None:
    crash = replace(REFUSED, output=None, verdict=Verdict.CRASH, reason="exit status 1")

    assert judge(PROBE, seen(crash), None).outcome is Outcome.NOT_CONTAINED


def test_escape_is_weaker_where_the_reason_is_known() -> None:
    escaped = seen(replace(REFUSED, output="ESCAPED: took 256 MiB"))

    result = judge(PROBE, escaped, "no cgroup limits memory")

    assert result.outcome is Outcome.WEAKER
    assert result.story == "no cgroup limits memory: ESCAPED: took 256 MiB"


def test_known_weakness_does_not_excuse_a_changed_host() -> None:
    result = judge(PROBE, seen(REFUSED, changes=("a process outlived its run",)), "less is held")

    assert result.outcome is Outcome.NOT_CONTAINED


@pytest.mark.parametrize(("needs", "weaker"), [("memory", True), ("pids", False), ("", False)])
def test_runtime_is_weaker_only_for_what_its_missing_controllers_hold(
    needs: str, weaker: bool
) -> None:
    runtime = Runtime("any", (), frozenset({"memory"}), set, nothing)

    assert (runtime.weakness(replace(PROBE, needs=needs)) is not None) == weaker


def test_story_is_one_line_that_no_terminal_obeys() -> None:
    story = seen(replace(REFUSED, output="a\x1b[2J\r\n\u202eb" + "c" * 1000)).story

    assert (story.isprintable(), len(story)) == (True, 160)
