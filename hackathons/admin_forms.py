"""Forms and formsets of the admin: what a row alone can't check."""

import zoneinfo
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelect2Widget, UnfoldBooleanSwitchWidget

from corral.gateway.rules import Reasoning
from hackathons.deadlines import last_close
from hackathons.enums import RoleKind
from hackathons.models import Hackathon, Membership, Role, Team, Track
from hackathons.timeline import local_text

if TYPE_CHECKING:
    HackathonModelForm = forms.ModelForm[Hackathon]
    MembershipModelForm = forms.ModelForm[Membership]
    RoleModelForm = forms.ModelForm[Role]
    TeamModelForm = forms.ModelForm[Team]
    TrackModelForm = forms.ModelForm[Track]
    InlineFormSet = forms.BaseInlineFormSet[Any, Any, Any]
else:  # Django's own classes take no parameters when they run
    HackathonModelForm = MembershipModelForm = RoleModelForm = forms.ModelForm
    TeamModelForm = TrackModelForm = forms.ModelForm
    InlineFormSet = forms.BaseInlineFormSet


BUDGETS = ("team_token_budget", "team_call_budget", "event_token_budget", "event_call_budget")
SHARES = ("team_max_runs", "share_weight", "max_runs")


def time_zones() -> list[tuple[str, str]]:
    """Every time zone by name, UTC first."""
    names = sorted(zoneinfo.available_timezones() - {"UTC", "localtime"})
    return [(name, name) for name in ("UTC", *(n for n in names if not n.startswith("posix")))]


class HackathonForm(HackathonModelForm):
    """A hackathon with its time zone chosen from a list."""

    time_zone = forms.ChoiceField(
        choices=time_zones,
        initial="UTC",
        widget=UnfoldAdminSelect2Widget,
        help_text="Every time below is in this zone, and a team's day begins at its midnight.",
    )

    class Meta:
        model = Hackathon
        fields = (
            "name",
            "slug",
            "description",
            "max_team_size",
            "time_zone",
            "registration_opens_at",
            "hacking_starts_at",
            "scoreboard_freezes_at",
            "submissions_close_at",
            "results_published_at",
            *BUDGETS,
            *SHARES,
        )
        labels: ClassVar = {
            "team_token_budget": "Tokens for each team",
            "team_call_budget": "Calls for each team",
            "event_token_budget": "Tokens for all teams together",
            "event_call_budget": "Calls for all teams together",
            "team_max_runs": "Most runs of a team at once",
            "share_weight": "Weight of the hackathon",
            "max_runs": "Most runs of the hackathon at once",
        }
        help_texts: ClassVar = dict.fromkeys(BUDGETS, "Empty: no limit.")

    def clean_results_published_at(self) -> datetime | None:
        """What a team has been granted is not cut short by a date in a form."""
        at: datetime | None = self.cleaned_data["results_published_at"]
        if at is not None and at != self.instance.results_published_at:
            extensions = self.instance.extensions.all() if self.instance.pk else ()
            last = max((extension.ends_at for extension in extensions), default=at)
            if at < last:
                until = local_text(self.instance, last)
                raise ValidationError(f"A team may hand in until {until}; results come after.")
        return at


class PublishForm(BaseDialogForm):  # type: ignore[misc]
    """Publishing asks once more while a team still has time to hand in."""

    confirmed = forms.BooleanField(
        required=False,
        label="Publish although a team still has time to hand in",
        widget=UnfoldBooleanSwitchWidget,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hackathon = Hackathon.objects.get(pk=self.object_id)
        last = last_close(hackathon, hackathon.extensions.all())
        if max(timezone.now(), hackathon.submissions_close_at) >= last:
            del self.fields["confirmed"]
        else:
            until = local_text(hackathon, last)
            self.fields["confirmed"].help_text = f"Until {until}; publishing ends it."


class TrackForm(TrackModelForm):
    """A track, its limits named with their units."""

    class Meta:
        model = Track
        fields = "__all__"
        labels: ClassVar = {
            "position": "Place among the tracks",
            "task_seconds": "Seconds for a task",
            "run_seconds": "Seconds for a run",
            "memory_mb": "Memory (MB)",
            "scratch_mb": "Scratch files (MB)",
            "token_budget": "Tokens for a run",
            "call_budget": "Calls to the model for a run",
            "enforced_temperature": "Temperature of every call (0 to 2)",
            "enforced_seed": "Seed of every call",
            "context_tokens": "Most tokens of a call, prompt and answer together",
            "allows_tools": "Tools (function calling) are allowed",
            "reasoning": "Thinking before the answer",
            "reasoning_tokens": "Most tokens of thinking in a call",
            "calls_at_once": "Most calls at once",
            "calls_per_minute": "Most calls a minute",
            "lane": "Kind of workers",
            "max_runs": "Most runs of the track at once",
            "quick_tasks": "Tasks scored first, for quick feedback",
            "stops_early": "Stop a run that is surely worse than its team's best",
            "ladder": "Scoreboard is a Ladder",
        }
        help_texts: ClassVar = {
            "slug": "Stands in addresses. Empty: made from the name.",
            "enforced_temperature": "Replaces what a project asks for. Empty: its own choice.",
            "enforced_seed": "Replaces what a project asks for. Empty: its own choice.",
            "context_tokens": "Empty: as many as the model takes.",
            "calls_per_minute": "Empty: as many as it likes.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            self.fields["slug"].required = False

    def clean_slug(self) -> str:
        """The browser fills it in only on a track's own page."""
        slug: str = self.cleaned_data["slug"] or slugify(self.cleaned_data.get("name", ""))[:80]
        if not slug:
            raise ValidationError("Give a slug: none can be made from this name.")
        return slug

    def clean_suite_version(self) -> Any:
        """What teams were scored against changes for all of them at once, or not at all.

        The row stays ours until it is saved, lest a re-evaluation be undone that is applied now.
        """
        chosen = self.cleaned_data["suite_version"]
        with transaction.atomic():
            rows = Track.objects.select_for_update(of=("self",), no_key=True)
            stored = rows.filter(pk=self.instance.pk, submissions__isnull=False).first()
        if stored is not None and stored.suite_version_id != chosen.pk:
            raise ValidationError(
                "Teams have handed in to this track: choose another version with “Re-evaluate…” on "
                "the track's page, which scores all submissions anew and shows what that changes."
            )
        return chosen

    def clean(self) -> dict[str, Any]:
        """A cap that the page hides, since nothing is capped, is none."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("reasoning") not in {None, Reasoning.CAPPED.value}:
            cleaned["reasoning_tokens"] = None
        elif cleaned.get("reasoning") and cleaned.get("reasoning_tokens") is None:
            self.add_error("reasoning_tokens", "Give a number of tokens.")
        return cleaned


class TeamForm(TeamModelForm):
    """A team."""

    class Meta:
        model = Team
        fields = ("hackathon", "name", "slug", "share_weight")
        labels: ClassVar = {"share_weight": "Weight among the teams"}


class MembershipForm(MembershipModelForm):
    """A membership, checked against the hackathon's others too."""

    class Meta:
        model = Membership
        fields = ("person", "is_captain")

    def _get_validation_exclusions(self) -> set[str]:
        """`hackathon` is no field of the form; the formset fills it in, so it can be checked.

        Who leads is the formset's to check: two rows may swap it in one save.
        """
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return (excluded - {"hackathon"}) | {"is_captain"}


class _Rows(InlineFormSet):
    def kept(self) -> list[Any]:
        """The forms that stay after the save."""
        return [
            form
            for form in self.forms
            if form.is_valid() and form.cleaned_data and not form.cleaned_data.get("DELETE")
        ]


class MembershipFormSet(_Rows):
    """A team's members: one captain at most, and no more people than a team may have."""

    def full_clean(self) -> None:
        """A new team has no row to read the hackathon from yet, and constraints need it."""
        for form in self.forms:
            form.instance.hackathon_id = self.instance.hackathon_id
        super().full_clean()

    def clean(self) -> None:
        """Check the rows together."""
        super().clean()
        rows = self.kept()
        if sum(bool(form.cleaned_data.get("is_captain")) for form in rows) > 1:
            raise ValidationError("A team has one captain.")
        hackathon = Hackathon.objects.filter(pk=self.instance.hackathon_id).first()
        if hackathon is not None and len(rows) > hackathon.max_team_size:
            raise ValidationError(f"A team has at most {hackathon.max_team_size} members here.")

    def save(self, commit: bool = True) -> list[Any]:
        """Take the lead from everybody before one gets it: two never lead, not even in between."""
        captain = next((f for f in self.kept() if f.cleaned_data.get("is_captain")), None)
        for form in self.forms:
            form.instance.is_captain = False
        Membership.objects.filter(team=self.instance).update(is_captain=False)
        saved: list[Any] = super().save(commit)
        if captain is not None:
            captain.instance.is_captain = True
            captain.instance.save(update_fields=["is_captain"])
        return saved


class RoleFormSet(_Rows):
    """A hackathon's roles: somebody has to run it."""

    def clean(self) -> None:
        """Check the rows together; who makes a hackathon becomes its organizer anyway."""
        super().clean()
        kinds = {form.cleaned_data.get("kind") for form in self.kept()}
        if not self.instance._state.adding and RoleKind.ORGANIZER not in kinds:
            raise ValidationError("A hackathon needs an organizer.")


class RoleForm(RoleModelForm):
    """A role."""

    class Meta:
        model = Role
        fields = ("person", "kind")
