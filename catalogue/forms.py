"""The form by which a suite is imported in the admin."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextareaWidget

from catalogue.domain.upload import load_suite_archive, load_suite_texts
from corral.errors import ProjectRefused
from corral.suites.base import LoadedSuite

MAX_PACKED = 20_000_000
EXAMPLE = """\
[suite]
slug = "capitals"
name = "Capitals"
licence = "CC0-1.0"
tasks = ["tasks.jsonl"]

[defaults]
scorer = "exact"
"""


class ImportSuiteForm(forms.Form):
    """An archive, or two texts; what is in them is judged by the loader, every problem at once."""

    archive = forms.FileField(
        required=False,
        label="Archive",
        help_text="A .zip with suite.toml and its .jsonl files, at most 20 MB. Or fill in below.",
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".zip"}),
    )
    about = forms.CharField(
        required=False,
        label="suite.toml",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 10, "placeholder": EXAMPLE}),
    )
    tasks = forms.CharField(
        required=False,
        label="tasks.jsonl",
        help_text="One task a line.",
        widget=UnfoldAdminTextareaWidget(
            attrs={
                "rows": 10,
                "placeholder": '{"id": "france", "input": "Capital of France?", '
                '"target": "Paris", "split": "public"}',
            }
        ),
    )

    def clean(self) -> dict[str, Any]:
        """Read the suite into `loaded`."""
        cleaned = super().clean() or {}
        try:
            cleaned["loaded"] = self._load(cleaned)
        except ProjectRefused as refused:
            raise forms.ValidationError(list(refused.problems)) from refused
        return cleaned

    def _load(self, cleaned: dict[str, Any]) -> LoadedSuite:
        archive = cleaned.get("archive")
        if archive is None:
            if not cleaned.get("about") or not cleaned.get("tasks"):
                raise ProjectRefused(["Give an archive, or both suite.toml and tasks.jsonl."])
            return load_suite_texts(about=cleaned["about"], tasks=cleaned["tasks"])
        if archive.size > MAX_PACKED:
            raise ProjectRefused(["The archive is larger than 20 MB."])
        return load_suite_archive(archive)
