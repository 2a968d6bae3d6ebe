"""A re-evaluation with the ranks that it changes."""

from typing import Any

from accounts.models import User
from evaluation.domain import reevaluate
from evaluation.models import Reevaluation
from scoreboards.domain.preview import Preview, preview, with_replaced
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
    return preview_of(reevaluation).summary
