"""The forms of the account page and of logging in."""

from typing import Any

from allauth.account.forms import LoginForm
from django import forms

DAYS = [(7, "a week"), (30, "a month"), (90, "three months"), (365, "a year")]


class EntranceForm(LoginForm):  # type: ignore[misc]
    """Logging in, with fields that say what they take."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Username or email"
        self.fields["remember"].label = "Stay logged in on this device"


class TokenForm(forms.Form):
    """For how long a new token works."""

    days = forms.TypedChoiceField(label="Works for", choices=DAYS, coerce=int, initial=30)
