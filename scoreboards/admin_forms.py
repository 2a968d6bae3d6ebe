"""Forms of re-evaluations in the admin."""

from typing import TYPE_CHECKING, Any

from django import forms
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldBooleanSwitchWidget

from accounts.models import User
from evaluation.domain.reevaluate import must_be_possible
from evaluation.enums import ReevaluationKind
from evaluation.errors import UserCaused
from evaluation.models import Reevaluation

if TYPE_CHECKING:
    ReevaluationModelForm = forms.ModelForm[Reevaluation]
else:  # Django's own class takes no parameters when it runs
    ReevaluationModelForm = forms.ModelForm


class ReevaluationForm(ReevaluationModelForm):
    """What is evaluated anew, and why. `person`, who asks, is set by the admin."""

    person: User

    class Meta:
        model = Reevaluation
        fields = ("track", "suite_version", "kind", "reason")
        labels = {"suite_version": "Against"}
        help_texts = {
            "kind": "Re-score: judge the recorded outputs again; no sandbox starts and no token is "
            "used. Re-run: evaluate every project again, by the track's rules as they are now.",
            "reason": "One sentence. Participants read it once this is applied or discarded.",
        }

    def clean(self) -> dict[str, Any]:
        """Everything that stands in the way, before anything begins."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                must_be_possible(
                    track=cleaned["track"],
                    version=cleaned["suite_version"],
                    kind=ReevaluationKind(cleaned["kind"]),
                    reason=cleaned["reason"],
                    person=self.person,
                )
            except UserCaused as refused:
                self.add_error(None, str(refused))
        return cleaned


class ApplyForm(BaseDialogForm):  # type: ignore[misc]
    """Applied with what there is, or only where nothing is lacking."""

    without_failed = forms.BooleanField(
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        label="Without those that the platform failed",
        help_text="A submission whose new run the platform failed then has no score.",
    )
