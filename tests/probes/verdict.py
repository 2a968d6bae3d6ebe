"""Whether a probe was contained, and what to say of it."""

from dataclasses import dataclass
from enum import StrEnum

from tests.probes.probe import Probe
from tests.probes.seen import Seen, printable


class Outcome(StrEnum):
    """What became of a probe; `WEAKER` where less is held for a reason that is known and said."""

    CONTAINED = "contained"
    WEAKER = "weaker here"
    NOT_CONTAINED = "NOT CONTAINED"


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the report."""

    probe: Probe
    outcome: Outcome
    story: str


def judge(probe: Probe, seen: Seen, weakness: str | None) -> Result:
    """The criterion of the probe, and what holds for all: nothing of the host was changed.

    `weakness` says why less is held here, None where all must be.
    """
    if seen.changes:
        return Result(probe, Outcome.NOT_CONTAINED, printable("; ".join(seen.changes)))
    if probe.contained(seen):
        return Result(probe, Outcome.CONTAINED, seen.story)
    if weakness is not None:
        return Result(probe, Outcome.WEAKER, printable(f"{weakness}: {seen.story}"))
    return Result(probe, Outcome.NOT_CONTAINED, seen.story)
