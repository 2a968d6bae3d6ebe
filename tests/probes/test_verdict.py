"""When a probe counts as contained."""

from dataclasses import replace

import pytest

from corral.json_types import Json
from corral.runner import TaskOutcome
from corral.verdicts import Verdict
from tests.probes.probe import Probe, Protection
from tests.probes.seen import Seen
from tests.probes.verdict import Outcome, judge

PROBE = Probe("kind/name", "Tries it.", frozenset({Protection.LIMITS}), "module")
REFUSED = TaskOutcome("t-0", "refused: it EPERM", None, "", 1.0, 0, 0)


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
    assert judge(PROBE, seen(replace(REFUSED, output=output)), frozenset()).outcome is outcome


def test_refusal_does_not_count_where_the_host_was_changed() -> None:
    result = judge(PROBE, seen(REFUSED, changes=("kernel/panic was changed",)), frozenset())

    assert (result.outcome, result.story) == (Outcome.NOT_CONTAINED, "kernel/panic was changed")


def test_program_that_crashed_was_not_refused() -> None:
    crash = replace(REFUSED, output=None, verdict=Verdict.CRASH, reason="exit status 1")

    assert judge(PROBE, seen(crash), frozenset()).outcome is Outcome.NOT_CONTAINED


@pytest.mark.parametrize(
    ("lacking", "outcome"),
    [
        (frozenset({"memory"}), Outcome.WEAKER),
        (frozenset({"pids"}), Outcome.NOT_CONTAINED),
        (frozenset(), Outcome.NOT_CONTAINED),
    ],
)
def test_escape_is_weaker_only_where_its_own_controller_is_lacking(
    lacking: frozenset[str], outcome: Outcome
) -> None:
    probe = replace(PROBE, needs="memory")
    escaped = seen(replace(REFUSED, output="ESCAPED: took 256 MiB"))

    assert judge(probe, escaped, lacking).outcome is outcome


def test_story_is_one_line_that_no_terminal_obeys() -> None:
    story = seen(replace(REFUSED, output="a\x1b[2J\r\n\u202eb" + "c" * 1000)).story

    assert (story.isprintable(), len(story)) == (True, 160)
