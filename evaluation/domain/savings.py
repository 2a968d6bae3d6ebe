"""What early stops saved: counted from what is recorded, and of tokens an estimate."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, F, QuerySet, Sum

from corral.suites.base import Split
from evaluation.domain.queries import SeenRun, visible_splits
from evaluation.domain.retries import Outcome
from evaluation.enums import RunState
from evaluation.models import Attempt
from hackathons.models import Hackathon


@dataclass(frozen=True, slots=True)
class Stopped:
    """Of how many planned public tasks a run was asked some, and what the rest would have cost.

    `saved_tokens` is an estimate: as many for each of them as for those that were asked.
    """

    asked: int
    planned: int
    saved_tokens: int

    @property
    def saved_tasks(self) -> int:
        """Public tasks that nobody had to ask."""
        return self.planned - self.asked


@dataclass(frozen=True, slots=True)
class Savings:
    """How many runs of a track were stopped, and what that saved, private tasks included."""

    runs: int
    tasks: int
    tokens: int


def stopped_early(seen: SeenRun) -> Stopped | None:
    """What stopping the run saved; None where it ended otherwise, or its results are hidden.

    Private tasks come after the public ones, so all tokens of such a run are of those; and the
    order is mixed, so what was asked is a fair sample of what was not. One query at most.
    """
    run = seen.run
    if run.state != RunState.CANCELLED or not run.public_done:
        return None
    if Split.PUBLIC not in visible_splits(seen) or not _stops().filter(run=run).exists():
        return None
    saved = run.public_total - run.public_done
    tokens = round(run.tokens * saved / run.public_done)
    return Stopped(asked=run.public_done, planned=run.public_total, saved_tokens=tokens)


def savings_by_track(hackathons: QuerySet[Hackathon]) -> Mapping[UUID, Savings]:
    """By track, of runs that still count: what was run again, or evaluated anew, saved nothing."""
    left = F("run__public_total") + F("run__private_total") - F("run__public_done")
    used = F("run__prompt_tokens") + F("run__completion_tokens")
    rows = (
        _stops()
        .filter(run__line__hackathon__in=hackathons, run__counts=True, run__public_done__gt=0)
        .order_by()
        .values_list("run__line__track")
        .annotate(
            runs=Count("pk"), tasks=Sum(left), tokens=Sum(used * left / F("run__public_done"))
        )
    )
    return {track: Savings(runs, tasks, tokens) for track, runs, tasks, tokens in rows}


def _stops() -> QuerySet[Attempt]:
    """The attempts that stopped their runs: one of each, its last."""
    return Attempt.objects.filter(outcome=Outcome.STOPPED, run__state=RunState.CANCELLED)
