"""The pages on which people found, join and leave their team."""

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from hackathons.domain.queries import team_budgets, tracks_of, with_members
from hackathons.domain.teams import (
    accept_invitation,
    found_team,
    free_seats,
    invite,
    leave_team,
    open_invitations,
    withdraw_invitation,
)
from hackathons.errors import UserCaused
from hackathons.forms import FoundTeamForm
from hackathons.models import Hackathon, Invitation, Team
from hackathons.rules import may_form_teams, may_submit, more_time_for, team_of
from hackathons.timeline import standing_of


@require_http_methods(["GET", "POST"])
@login_required
def team(request: HttpRequest, hackathon: str) -> HttpResponse:
    """The person's team, or the form by which to found one."""
    found = get_object_or_404(Hackathon, slug=hackathon)
    if request.method != "POST":
        return _team_page(request, found, FoundTeamForm())
    form = FoundTeamForm(request.POST)
    if not form.is_valid():
        return _team_page(request, found, form, status=400)
    try:
        founded = found_team(
            hackathon=found, person=_person(request), name=form.cleaned_data["name"]
        )
    except UserCaused as refused:
        form.add_error("name", str(refused))
        return _team_page(request, found, form, status=400)
    messages.success(request, f"{founded.name} is founded. Invite the others.")
    return redirect("hackathons:team", found.slug)


@require_POST
@login_required
def invite_someone(request: HttpRequest, hackathon: str) -> HttpResponse:
    """Make a link for one more member."""
    own = _own_team(request, hackathon)
    try:
        invite(team=own, by=_person(request))
    except UserCaused as refused:
        messages.error(request, str(refused))
    return redirect("hackathons:team", hackathon)


@require_POST
@login_required
def withdraw(request: HttpRequest, hackathon: str, pk: UUID) -> HttpResponse:
    """Make a link useless."""
    own = _own_team(request, hackathon)
    invitation = get_object_or_404(Invitation, pk=pk, team=own)
    withdraw_invitation(invitation=invitation, by=_person(request))
    messages.success(request, "The link no longer works.")
    return redirect("hackathons:team", hackathon)


@require_POST
@login_required
def leave(request: HttpRequest, hackathon: str) -> HttpResponse:
    """Leave the team."""
    own = _own_team(request, hackathon)
    try:
        leave_team(team=own, person=_person(request))
    except UserCaused as refused:
        messages.error(request, str(refused))
        return redirect("hackathons:team", hackathon)
    messages.success(request, f"You have left {own.name}.")
    return redirect("hackathons:hackathon", hackathon)


@never_cache
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Show whose invitation it is; joining takes a press of the button."""
    invitation = get_object_or_404(
        Invitation.objects.select_related("team__hackathon", "created_by"), token=token
    )
    if request.method != "POST" or not request.user.is_authenticated:
        return _join_page(request, invitation)
    try:
        accept_invitation(token=token, person=_person(request))
    except UserCaused as refused:
        return _join_page(request, invitation, problem=str(refused), status=409)
    messages.success(request, f"You are in {invitation.team.name}.")
    return redirect("hackathons:team", invitation.team.hackathon.slug)


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)


def _link(request: HttpRequest, invitation: Invitation) -> str:
    return request.build_absolute_uri(reverse("hackathons:join", args=[invitation.token]))


def _own_team(request: HttpRequest, hackathon: str) -> Team:
    found = get_object_or_404(Hackathon, slug=hackathon)
    own = team_of(request.user, found)
    if own is None:
        raise Http404
    return own


def _team_page(
    request: HttpRequest, hackathon: Hackathon, form: FoundTeamForm, *, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    own = with_members(
        Team.objects.filter(hackathon=hackathon, memberships__person=_person(request))
    ).first()
    context = {
        "hackathon": hackathon,
        "standing": standing_of(hackathon, now, more_time_for(hackathon, own)),
        "team": own,
        "form": form,
        "may_form_teams": may_form_teams(hackathon, now),
        "may_submit": may_submit(hackathon, now, own),
        "tracks": tracks_of(hackathon) if own else (),
        "budgets": team_budgets(own, hackathon) if own else (),
        "free_seats": own and free_seats(own),
        "invitations": [
            (
                invitation,
                request.build_absolute_uri(reverse("hackathons:join", args=[invitation.token])),
            )
            for invitation in (open_invitations(own) if own else ())
        ],
    }
    return render(request, "hackathons/team.html", context, status=status)


def _join_page(
    request: HttpRequest, invitation: Invitation, *, problem: str = "", status: int = 200
) -> HttpResponse:
    hackathon, now = invitation.team.hackathon, timezone.now()
    own = team_of(request.user, hackathon)
    context = {
        "invitation": invitation,
        "hackathon": hackathon,
        "problem": problem,
        "own_team": own,
        "works": invitation.accepted_by_id is None
        and invitation.expires_at > now
        and may_form_teams(hackathon, now),
        "free_seats": free_seats(invitation.team),
    }
    return render(request, "hackathons/join.html", context, status=status)
