"""The form by which a suite is looked at, and then imported, in the admin."""

from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from catalogue.domain.field_map import field_pairs
from catalogue.domain.loading import ABOUT, FORMAT_NAMES, Selection, Wanted
from catalogue.domain.preview import Preview, preview_of
from catalogue.domain.upload import load_suite_texts, load_upload
from catalogue.errors import SuiteRefused
from corral.scorers.judging import SCORER_NAMES
from corral.suites.base import LoadedSuite
from corral.suites.readers import ENDINGS

ACCEPTED = ",".join((".zip", ".yaml", ".yml", ".gz", *ENDINGS))
EXAMPLE = """\
[suite]
slug = "capitals"
name = "Capitals"
licence = "CC0-1.0"
tasks = ["tasks.jsonl"]

[defaults]
scorer = "exact"
"""


def _line(label: str, longest: int, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        required=False,
        label=label,
        max_length=longest,
        help_text=help_text,
        widget=UnfoldAdminTextInputWidget(),
    )


def _choice(label: str, first: str, names: tuple[str, ...], help_text: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        required=False,
        label=label,
        choices=[("", first), *((name, name) for name in names)],
        help_text=help_text,
        widget=UnfoldAdminSelectWidget(),
    )


class ImportSuiteForm(forms.Form):
    """A file, or two texts; what is in them is judged by the loader, every problem at once."""

    file = forms.FileField(
        required=False,
        allow_empty_file=True,
        label="File",
        help_text="A .zip of a suite's folder, or one JSONL, JSON, CSV, Parquet or YAML file; at "
        "most 20 MB. Or fill in both texts at the end.",
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ACCEPTED}),
    )
    format = _choice("Format", "Find out", FORMAT_NAMES, "Or the known benchmark that it is.")
    map = forms.CharField(
        required=False,
        label="Map of fields",
        max_length=4000,
        help_text="For a file with fields of its own: one a line, what is which field.",
        widget=UnfoldAdminTextareaWidget(
            attrs={"rows": 4, "placeholder": "input=question\ntarget=answer\ntags=level"}
        ),
    )
    scorer = _choice("Scorer", "—", tuple(sorted(SCORER_NAMES)), "Of a file with a map.")
    slug = _line("Slug", 80, "These four, if the file doesn't say or says otherwise.")
    name = _line("Name", 120)
    licence = _line("Licence", 80)
    source = _line("Source", 300)
    sample = forms.IntegerField(
        required=False,
        min_value=1,
        label="Sample",
        help_text="Keep so many tasks of a mapped file or known benchmark; empty: all.",
        widget=UnfoldAdminIntegerFieldWidget(),
    )
    private_share = forms.FloatField(
        required=False,
        min_value=0,
        max_value=1,
        label="Private share",
        help_text="Of these, from 0 to 1.",
        widget=UnfoldAdminDecimalFieldWidget(attrs={"step": "any"}),
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
        """Read the suite into `loaded`, unless a field of its own is wrong."""
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                cleaned["loaded"] = self._load(cleaned)
            except SuiteRefused as refused:
                raise forms.ValidationError(list(refused.problems)) from refused
        return cleaned

    @property
    def loaded(self) -> LoadedSuite:
        """The suite, once the form is valid."""
        suite: LoadedSuite = self.cleaned_data["loaded"]
        return suite

    @property
    def preview(self) -> Preview | None:
        """What is in it; None where it is not valid."""
        return preview_of(self.loaded) if self.is_valid() else None

    def _load(self, cleaned: dict[str, Any]) -> LoadedSuite:
        file = cleaned.get("file")
        if file is not None:
            return load_upload(file, file.name or "", _wanted(cleaned))
        if not cleaned.get("about") or not cleaned.get("tasks"):
            raise SuiteRefused(["Give a file, or both suite.toml and tasks.jsonl."])
        return load_suite_texts(about=cleaned["about"], tasks=cleaned["tasks"])


def _wanted(cleaned: dict[str, Any]) -> Wanted:
    return Wanted(
        format=cleaned["format"],
        pairs=field_pairs(cleaned["map"].splitlines()),
        scorer=cleaned["scorer"],
        about={name: cleaned[name] for name in ABOUT},
        selection=Selection(cleaned["sample"], cleaned["private_share"] or 0.0),
    )
