"""The forms of the account page."""

from django import forms

DAYS = [(7, "a week"), (30, "a month"), (90, "three months"), (365, "a year")]


class TokenForm(forms.Form):
    """For how long a new token works."""

    days = forms.TypedChoiceField(label="Works for", choices=DAYS, coerce=int, initial=30)
