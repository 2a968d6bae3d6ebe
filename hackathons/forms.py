"""The forms of the pages."""

from django import forms

from hackathons.domain.teams import LONGEST_NAME


class FoundTeamForm(forms.Form):
    """A name for a new team; whether it is free is for `found_team` to say."""

    name = forms.CharField(
        label="Team name", max_length=LONGEST_NAME, help_text="Shown on the scoreboard."
    )
