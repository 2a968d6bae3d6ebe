"""Filters of the run pages: scores with their error, hostile text, what a verdict means."""

import json
from collections.abc import Sequence

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from catalogue.text import served_text
from common.percent import percent_text
from corral.json_types import Json
from corral.verdicts import Verdict
from evaluation import queue_text
from evaluation.domain.places import Place
from evaluation.enums import RunState
from evaluation.models import Attempt
from evaluation.text import clip, neutralise, strip_escapes, whole_log
from hackathons.models import Hackathon
from submissions.domain.kept import archive_removed
from submissions.models import Submission

register = template.Library()

# A page shows up to 100 answers; a log stands alone.
ANSWER_SHOWN = 16 * 1024
LOG_SHOWN = 128 * 1024

VERDICT_LABELS: dict[str, str] = {
    Verdict.CORRECT: "Correct",
    Verdict.WRONG: "Wrong",
    Verdict.PARTIAL: "Partly right",
    Verdict.TIMEOUT: "Out of time",
    Verdict.CRASH: "Crashed",
    Verdict.NO_ANSWER: "No answer",
    Verdict.BUDGET_EXCEEDED: "Budget used up",
    Verdict.INVALID_OUTPUT: "Invalid output",
    Verdict.TRUNCATED_REASONING: "Cut off while reasoning",
}
VERDICT_BADGES: dict[str, str] = {Verdict.CORRECT: "badge-ok", Verdict.PARTIAL: "badge-stale"}
STATE_BADGES: dict[str, str] = {
    RunState.SCORED: "badge-ok",
    RunState.FAILED: "badge-fail",
    RunState.ERRORED: "badge-stale",
}


@register.filter
def percent(score: float | None) -> str:
    """A score of 0 to 1 in percent with one decimal; nothing where there is none."""
    return "" if score is None else f"{percent_text(score)} %"


@register.filter
def points(share: float) -> str:
    """A difference of two scores of 0 to 1, in points of percent."""
    return f"{percent_text(share)} points"


@register.filter
def rounded(estimate: int) -> int:
    """An estimate to its two leading digits, since it knows no more."""
    return round(estimate, 2 - len(str(estimate)))


@register.filter
def verdict_label(verdict: str) -> str:
    """A verdict in words."""
    return VERDICT_LABELS.get(verdict, verdict)


@register.filter
def verdict_badge(verdict: str) -> str:
    """The class of a verdict's badge."""
    return VERDICT_BADGES.get(verdict, "badge-fail")


@register.filter
def state_badge(state: str) -> str:
    """The class of a run state's badge; nothing for a run that is still going."""
    return STATE_BADGES.get(state, "")


@register.filter
def place_text(place: Place, hackathon: Hackathon) -> queue_text.PlaceText:
    """Where a run stands in the queue, in words."""
    now = timezone.now()
    return queue_text.place_text(place, at=now, time_zone=hackathon.time_zone)


@register.filter
def place_text_here(place: Place) -> queue_text.PlaceText:
    """The same, in the time zone of the page that it stands on."""
    zone = timezone.get_current_timezone_name()
    return queue_text.place_text(place, at=timezone.now(), time_zone=zone)


@register.filter
def hostile(text: object) -> SafeString:
    """A project's own text, whole on one page: escaped, clipped, nothing invisible."""
    return _shown(strip_escapes(str(text)), ANSWER_SHOWN)


@register.filter
def log_text(attempt: Attempt) -> SafeString:
    """The stored log of an attempt, which may be longer."""
    stored = whole_log(attempt.log_head, attempt.log_tail, attempt.log_bytes)
    return _shown(strip_escapes(stored), LOG_SHOWN)


@register.filter
def archive_removed_text(submission: Submission) -> str:
    """When and why the submission's archive was removed; empty while it is kept."""
    return archive_removed(submission.archive_sha256)


@register.filter
def task_value(value: Json) -> SafeString:
    """A task's input or target: its text where it is one, else indented JSON."""
    if isinstance(value, dict) and set(value) == {"input"} and isinstance(value["input"], str):
        value = value["input"]
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
    return hostile(text)


@register.filter
def call_label(status: int) -> str:
    """How a call ended, in words."""
    if status >= 500:
        return "Platform's fault"
    return {200: "Answered", 499: "Left"}.get(status, f"Refused ({status})")


@register.filter
def call_badge(status: int) -> str:
    """The class of a call's badge."""
    return "badge-ok" if status == 200 else "badge-stale" if status >= 500 else "badge-fail"


@register.filter
def model_server(attempts: Sequence[Attempt]) -> str:
    """What the newest attempt was told by the model server; nothing where it was not asked yet."""
    asked = [attempt.served for attempt in attempts if attempt.served]
    return f"{served_text(asked[-1])}." if asked else ""


@register.filter
def packages(attempts: Sequence[Attempt]) -> str:
    """What the newest attempt had installed for the project; nothing where it requires nothing."""
    asked = [attempt.environment for attempt in attempts if attempt.environment]
    return ", ".join(asked[-1]["packages"]) if asked else ""


def _shown(text: str, most: int) -> SafeString:
    clipped = clip(text, most)
    if not clipped.omitted:
        return neutralise(clipped.head)
    return format_html(
        '{}\n<span class="omitted">… {} characters left out …</span>\n{}',
        neutralise(clipped.head),
        clipped.omitted,
        neutralise(clipped.tail),
    )
