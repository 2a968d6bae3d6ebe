"""Whether a probe was contained, and what to say of it."""

from dataclasses import dataclass
from enum import StrEnum

from tests.probes.probe import Probe
from tests.probes.seen import Seen, printable


class Outcome(StrEnum):
    """What became of a probe; `WEAKER` where rlimits had to stand in for a missing cgroup."""

    CONTAINED = "contained"
    WEAKER = "weaker here"
    NOT_CONTAINED = "NOT CONTAINED"


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the report."""

    probe: Probe
    outcome: Outcome
    story: str


def judge(probe: Probe, seen: Seen, lacking: frozenset[str]) -> Result:
    """The criterion of the probe, and what holds for all: nothing of the host was changed."""
    if seen.changes:
        return Result(probe, Outcome.NOT_CONTAINED, printable("; ".join(seen.changes)))
    if probe.contained(seen):
        return Result(probe, Outcome.CONTAINED, seen.story)
    if probe.needs in lacking:
        what = f"no cgroup limits {probe.needs}, only rlimits do, for each process: {seen.story}"
        return Result(probe, Outcome.WEAKER, printable(what))
    return Result(probe, Outcome.NOT_CONTAINED, seen.story)
