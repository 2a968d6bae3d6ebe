"""More time to hand in, granted and revoked by organizers.

Every verb holds the hackathon's row while it decides, and so does the publication of results:
neither can slip past the other.
"""

from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from common.text import one_line
from hackathons.domain.organize import announce_change
from hackathons.enums import HackathonState
from hackathons.errors import NotAnOrganizer, OutOfTime, ReasonMissing
from hackathons.extensions import LONGEST_REASON
from hackathons.models import Extension, Hackathon, Team
from hackathons.rules import deadline_for, is_organizer
from hackathons.timeline import local_text

LONGEST = timedelta(days=60)


def grant_extension(
    *, team: Team, until: datetime, reason: str, by: User, at: datetime
) -> Extension:
    """Let one team hand in until that moment; the same again gives back what was granted.

    Raises:
        NotAnOrganizer, ReasonMissing: see there.
        OutOfTime: the moment adds nothing, has passed, is too far off, or is after the results.
    """
    return _grant(team.hackathon, team, until=until, reason=reason, by=by, at=at)


def grant_grace(
    *, hackathon: Hackathon, until: datetime, reason: str, by: User, at: datetime
) -> Extension:
    """Let every team hand in until that moment; the same again gives back what was granted.

    Raises:
        As `grant_extension`.
    """
    return _grant(hackathon, None, until=until, reason=reason, by=by, at=at)


@transaction.atomic
def revoke_extension(*, extension: Extension, by: User, at: datetime) -> None:
    """End it at that moment; what arrived before stays in time. Again, it changes nothing.

    Raises:
        NotAnOrganizer: see there.
        OutOfTime: it has ended by itself, so that there is nothing to take back.
    """
    hackathon = _held(extension.hackathon, by)
    current = Extension.objects.get(pk=extension.pk)
    if current.revoked_at is None:
        if at >= current.until:
            ended = local_text(hackathon, current.until)
            raise OutOfTime(f"It ended by itself at {ended}; there is nothing left to revoke.")
        Extension.objects.filter(pk=current.pk).update(revoked_at=at, revoked_by=by)
        announce_change(hackathon.pk)
    extension.refresh_from_db()


@transaction.atomic
def _grant(
    hackathon: Hackathon, team: Team | None, *, until: datetime, reason: str, by: User, at: datetime
) -> Extension:
    held, why = _held(hackathon, by), one_line(reason)
    if not 0 < len(why) <= LONGEST_REASON:
        raise ReasonMissing(f"Give the reason in at most {LONGEST_REASON} characters.")
    same = Extension.objects.filter(
        hackathon=held, team=team, until=until, reason=why, revoked_at=None
    )
    if granted := same.first():
        return granted
    _check_until(held, team, until, at)
    granted = Extension.objects.create(
        hackathon=held, team=team, until=until, reason=why, granted_by=by, granted_at=at
    )
    announce_change(held.pk)
    return granted


def _held(hackathon: Hackathon, by: User) -> Hackathon:
    """The hackathon, locked for an organizer of it."""
    held = Hackathon.objects.select_for_update(no_key=True).get(pk=hackathon.pk)
    if not is_organizer(by, held):
        raise NotAnOrganizer("Only organizers of the hackathon can give or take time.")
    return held


def _check_until(hackathon: Hackathon, team: Team | None, until: datetime, at: datetime) -> None:
    """Whether more time until then is any, and before the results."""
    if hackathon.state(at) == HackathonState.PUBLISHED:
        raise OutOfTime("The results are published; nobody can hand in any more.")
    if until <= at:
        raise OutOfTime("That moment has passed.")
    if until > max(hackathon.submissions_close_at, at) + LONGEST:
        raise OutOfTime(f"More time is {LONGEST.days} days at most.")
    published = hackathon.results_published_at
    if published is not None and until > published:
        results = local_text(hackathon, published)
        raise OutOfTime(f"The results are published at {results}; more time must end by then.")
    now_until = deadline_for(hackathon, team).at
    if until <= now_until:
        closes = local_text(hackathon, now_until)
        raise OutOfTime(f"That adds nothing: submissions close at {closes} as it is.")
