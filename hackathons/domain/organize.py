"""What organizers decide besides the fields of a form."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from hackathons.deadlines import last_close
from hackathons.enums import HackathonState, RoleKind
from hackathons.errors import OutOfTime, TeamsStillSubmit
from hackathons.models import Hackathon, Role
from hackathons.signals import hackathon_changed
from hackathons.timeline import local_text


def organized_by(person: User) -> QuerySet[Hackathon]:
    """The hackathons that the person runs."""
    if person.is_superuser:
        return Hackathon.objects.all()
    roles = Role.objects.filter(person=person, kind=RoleKind.ORGANIZER)
    return Hackathon.objects.filter(pk__in=roles.values("hackathon"))


@transaction.atomic
def make_organizer(*, hackathon: Hackathon, person: User) -> None:
    """Give the person the role; doing it again changes nothing."""
    Role.objects.get_or_create(hackathon=hackathon, person=person, kind=RoleKind.ORGANIZER)
    let_organizers_in(hackathon=hackathon)


def let_organizers_in(*, hackathon: Hackathon) -> list[str]:
    """Let everybody who organizes the hackathon enter the admin; returns who is new, by name."""
    new = User.objects.filter(
        is_staff=False, roles__hackathon=hackathon, roles__kind=RoleKind.ORGANIZER
    )
    names = list(new.values_list("username", flat=True))
    User.objects.filter(username__in=names).update(is_staff=True)
    return names


@transaction.atomic
def freeze_scoreboard(*, hackathon: Hackathon, at: datetime) -> None:
    """Freeze the scoreboards from that moment on, unless they are frozen already.

    Raises:
        OutOfTime: hacking has not started, or the results are published.
    """
    held = Hackathon.objects.select_for_update(no_key=True).get(pk=hackathon.pk)
    if held.state(at) not in {HackathonState.HACKING, HackathonState.CLOSED}:
        raise OutOfTime("Scoreboards freeze between the start of hacking and the results.")
    still_moving = Q(scoreboard_freezes_at=None) | Q(scoreboard_freezes_at__gt=at)
    if Hackathon.objects.filter(still_moving, pk=held.pk).update(scoreboard_freezes_at=at):
        announce_change(hackathon.pk)
    hackathon.refresh_from_db()


@transaction.atomic
def publish_results(*, hackathon: Hackathon, at: datetime, confirmed: bool = False) -> None:
    """Publish the results at that moment, unless they are already.

    That ends what time teams have left by a grace or an extension, so it has to be `confirmed`.

    Raises:
        OutOfTime: submissions are still open.
        TeamsStillSubmit: a team has time left, and nobody confirmed that it ends.
    """
    held = Hackathon.objects.select_for_update(no_key=True).get(pk=hackathon.pk)
    if at < held.submissions_close_at:
        raise OutOfTime("Results can't be published before submissions close.")
    last = last_close(held, held.extensions.all())
    if at < last and not confirmed:
        raise TeamsStillSubmit(
            f"Some team may hand in until {local_text(held, last)}: publish the results after "
            "that, revoke its extension, or confirm that its time ends now."
        )
    if held.results_published_at is None or held.results_published_at > at:
        held.results_published_at = at
        # A freeze that was planned for later has nothing left to hide.
        if held.scoreboard_freezes_at and held.scoreboard_freezes_at > at:
            held.scoreboard_freezes_at = None
        held.save(update_fields=["results_published_at", "scoreboard_freezes_at"])
        announce_change(hackathon.pk)
    hackathon.refresh_from_db()


def announce_change(hackathon_id: UUID) -> None:
    """Tell the others after the commit; a listener that fails changes nothing of it."""
    transaction.on_commit(
        lambda: hackathon_changed.send_robust(Hackathon, hackathon_id=hackathon_id)
    )
