"""A re-evaluation with the ranks that it changes."""

from dataclasses import dataclass
from typing import Any

from django.db.models import F, Sum
from django.utils import timezone

from accounts.models import User
from evaluation.domain import reevaluate
from evaluation.models import Reevaluation
from evaluation.rules import is_ladder
from scoreboards.domain.preview import Preview, preview, with_replaced
from scoreboards.domain.released import released_results
from scoreboards.domain.results import replacing_results, results_of


def preview_of(reevaluation: Reevaluation) -> Preview:
    """What every rank would be, as far as its runs have ended."""
    before = results_of(reevaluation.track)
    return preview(before, with_replaced(before, replacing_results(reevaluation)))


def apply_reevaluation(
    *, reevaluation: Reevaluation, person: User, without_failed: bool = False
) -> None:
    """Apply it, and keep which ranks that changed.

    Raises:
        MayNot, WasDecided, NotReady: as in evaluation.
    """
    reevaluate.apply_reevaluation(
        reevaluation=reevaluation,
        person=person,
        summarise=_summary,
        without_failed=without_failed,
    )


def _summary(reevaluation: Reevaluation) -> dict[str, Any]:
    """The ranks that change, for all to read: by public scores as all have seen them."""
    before = results_of(reevaluation.track)
    after = with_replaced(before, replacing_results(reevaluation))
    if is_ladder(reevaluation.track, timezone.now()):
        before, after = released_results(before), released_results(after)
    return preview(before, after).summary


@dataclass(frozen=True, slots=True)
class Used:
    """What the runs of a re-evaluation used of the models; recorded outputs cost nothing again."""

    tokens: int
    calls: int


def used_by(reevaluation: Reevaluation) -> Used:
    """All of its own runs together, ended or not; no team's and no event's budget pays for it."""
    runs = reevaluation.runs.filter(source=None)
    tokens = F("prompt_tokens") + F("completion_tokens") + F("lost_tokens")
    summed = runs.aggregate(tokens=Sum(tokens), calls=Sum(F("calls") + F("lost_calls")))
    return Used(tokens=summed["tokens"] or 0, calls=summed["calls"] or 0)
