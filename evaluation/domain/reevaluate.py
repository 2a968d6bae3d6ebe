"""Evaluated anew: begun, then applied or discarded as a whole by an organizer."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from catalogue.models import SuiteVersion
from catalogue.rules import own_or_ownerless
from common.text import one_line
from evaluation.domain.rescore import tasks_without_output
from evaluation.domain.shadow import (
    Progress,
    add_failed_again,
    add_missing,
    progress_of,
    shadows_of,
)
from evaluation.domain.stragglers import follow_decision
from evaluation.enums import ENDED, ReevaluationKind, ReevaluationState
from evaluation.errors import CannotReevaluate, MayNot, NotReady, WasDecided
from evaluation.models import Reevaluation, Run
from evaluation.signals import reevaluation_applied
from hackathons.models import Track
from hackathons.rules import is_organizer

LONGEST_REASON = 500
NAMED = 20  # of things in the way; a sentence with hundreds of them helps nobody


def start_reevaluation(
    *, track: Track, version: SuiteVersion, kind: ReevaluationKind, reason: str, person: User
) -> Reevaluation:
    """Evaluate all submissions to a track anew, in the shadow of what counts.

    Raises:
        MayNot: the person does not organize the hackathon.
        CannotReevaluate: a sentence says what is in the way.
    """
    must_be_possible(track=track, version=version, kind=kind, reason=reason, person=person)
    try:
        with transaction.atomic():
            begun = Reevaluation.objects.create(
                track=track,
                suite_version=version,
                previous_version_id=track.suite_version_id,
                kind=kind,
                reason=one_line(reason),
                requested_by=person,
            )
    except IntegrityError as error:
        raise CannotReevaluate(ONE_AT_A_TIME) from error
    add_missing(reevaluation_id=begun.pk)  # as many as a request has time for; then the sweep
    return begun


ONE_AT_A_TIME = "A re-evaluation of this track is open: apply or discard it first."


def must_be_possible(
    *, track: Track, version: SuiteVersion, kind: ReevaluationKind, reason: str, person: User
) -> None:
    """Check everything that `start_reevaluation` asks for.

    Raises:
        MayNot, CannotReevaluate: as there.
    """
    must_organize(person, track)
    if not 0 < len(one_line(reason)) <= LONGEST_REASON:
        raise CannotReevaluate(
            f"Give the reason, in at most {LONGEST_REASON} characters: participants read it."
        )
    if not may_use(person, version, track):
        raise CannotReevaluate("Choose a published version of a suite that you may use.")
    if track.reevaluations.filter(state=ReevaluationState.EVALUATING).exists():
        raise CannotReevaluate(ONE_AT_A_TIME)
    if kind is ReevaluationKind.RESCORE and (lacking := tasks_without_output(track, version)):
        raise CannotReevaluate(
            f"Re-run instead: no outputs are recorded for {named(lacking)}, which are new or ask "
            "something else than what was run."
        )


def may_use(person: User, version: SuiteVersion, track: Track) -> bool:
    """Whether the person may choose the version for the track."""
    if version.pk == track.suite_version_id:
        return True
    published = SuiteVersion.objects.filter(pk=version.pk, published_at__isnull=False)
    own = (
        published if person.is_superuser else published.filter(own_or_ownerless(person, "suite__"))
    )
    return own.exists()


def apply_reevaluation(
    *,
    reevaluation: Reevaluation,
    person: User,
    summarise: Callable[[Reevaluation], dict[str, Any]],
    without_failed: bool = False,
) -> None:
    """Let its runs count in the place of those that did, all at once, and change the version.

    `summarise` says, just before, which ranks change; that is kept. `without_failed` accepts
    that submissions whose new run the platform failed have no score. What is being evaluated
    against another version just then is begun anew afterwards.

    Raises:
        MayNot, WasDecided.
        NotReady: a submission that it is about has no new result yet, or the platform failed it.
    """
    must_organize(person, reevaluation.track)
    with transaction.atomic():
        held = _held(reevaluation)
        _hold_ended_runs(held)
        _must_be_ready(progress_of(held), without_failed)
        _decide(held, person, ReevaluationState.APPLIED, summarise(held))
        _take_places(held)
        tell = partial(reevaluation_applied.send_robust, Reevaluation, track_id=held.track_id)
        transaction.on_commit(tell)
    reevaluation.refresh_from_db()
    follow_decision(reevaluation)


def discard_reevaluation(*, reevaluation: Reevaluation, person: User) -> None:
    """Change nothing, and stop what has not ended of it.

    Raises:
        MayNot, WasDecided.
    """
    must_organize(person, reevaluation.track)
    with transaction.atomic():
        _decide(_held(reevaluation), person, ReevaluationState.DISCARDED, {})
    reevaluation.refresh_from_db()
    follow_decision(reevaluation)


def retry_failed(*, reevaluation: Reevaluation, person: User) -> int:
    """Try again what the platform failed of it; how many runs that are.

    Raises:
        MayNot, WasDecided.
    """
    must_organize(person, reevaluation.track)
    with transaction.atomic():
        return add_failed_again(reevaluation_id=_held(reevaluation).pk)


def must_organize(person: User, track: Track) -> None:
    """Let nobody pass but the organizers of the track's hackathon.

    Raises:
        MayNot: the person is none.
    """
    if not is_organizer(person, track.hackathon):
        raise MayNot("Only organizers re-evaluate a track.")


def named(names: "list[str] | tuple[str, ...]") -> str:
    """The names for a sentence, not more than anybody reads."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _held(reevaluation: Reevaluation) -> Reevaluation:
    """The same, open, and nobody else's to decide or to add to until the transaction ends."""
    rows = Reevaluation.objects.select_related("track__hackathon", "suite_version__suite")
    held = rows.select_for_update(of=("self",), no_key=True).get(pk=reevaluation.pk)
    if not held.is_open:
        raise WasDecided(f"This re-evaluation was {held.get_state_display().lower()} before.")
    return held


def _hold_ended_runs(held: Reevaluation) -> None:
    """None of them is replaced by another meanwhile. Nothing else ever changes an ended run."""
    ended = Run.objects.filter(
        submission__track=held.track_id, counts=True, state__in=sorted(ENDED)
    )
    list(ended.order_by("pk").select_for_update(of=("self",), no_key=True).values_list("pk"))


def _must_be_ready(progress: Progress, without_failed: bool) -> None:
    if not progress.complete:
        raise NotReady(
            f"{progress.ended} of {progress.total} submissions have been evaluated anew; wait for "
            "the others. They wait for all runs that count, so perhaps until the queue is empty."
        )
    if progress.failed and not without_failed:
        raise NotReady(
            f"The platform failed to evaluate {named(progress.failed)} anew. Try them again, or "
            "apply without them: then they have no score."
        )


def _decide(
    held: Reevaluation, person: User, state: ReevaluationState, changes: dict[str, Any]
) -> None:
    Reevaluation.objects.filter(pk=held.pk).update(
        state=state,
        decided_by=person,
        decided_at=timezone.now(),
        changes=changes,
        previous_version_id=held.track.suite_version_id,
    )


def _take_places(held: Reevaluation) -> None:
    """Its runs count, those that they replace no more, and the track has its version."""
    shadows = [one for one in shadows_of(held) if one.takes_place]
    moment = Reevaluation.objects.values_list("decided_at", flat=True).get(pk=held.pk)
    old: list[UUID] = [one.replaces_id for one in shadows]
    Run.objects.filter(pk__in=old).update(counts=False, counts_until=moment)
    Run.objects.filter(pk__in=[one.run_id for one in shadows]).update(
        counts=True, counts_since=moment
    )
    Track.objects.filter(pk=held.track_id).update(suite_version_id=held.suite_version_id)
