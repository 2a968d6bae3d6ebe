"""The form by which a project is handed in."""

from django import forms


class SubmitForm(forms.Form):
    """One archive; what is inside is judged by `accept_submission`, not here."""

    archive = forms.FileField(
        label="Archive of your project",
        help_text=".zip, .tar.gz or .tar.zst, at most 50 MB, with corral.toml at its root.",
        max_length=255,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".zip,.gz,.tgz,.zst"}),
    )
