"""The catalogue's model that judges outputs, as JUDGE_MODEL names it."""

from collections.abc import Iterable

from django.conf import settings

from catalogue.domain.upstreams import upstream_of
from catalogue.models import LanguageModel
from corral.errors import PlatformError
from corral.gateway.judging import UpstreamJudge
from corral.scorers.rubric import Rubric


def judging_model() -> UpstreamJudge:
    """The model that judges.

    Raises:
        PlatformError: JUDGE_MODEL names none, or one that nobody serves.
    """
    slug = settings.JUDGE_MODEL
    if not slug:
        raise PlatformError("No model judges here: set JUDGE_MODEL to a slug of the catalogue.")
    model = LanguageModel.objects.filter(slug=slug).first()
    if model is None:
        raise PlatformError(f"JUDGE_MODEL is “{slug}”, which is no model of the catalogue.")
    return UpstreamJudge(model.slug, model.weights_sha256, upstream_of(model))


def judge_for(scorers: Iterable[str]) -> UpstreamJudge | None:
    """The model that judges, where one of the scorers needs it.

    Raises:
        PlatformError: one is needed and there is none.
    """
    return judging_model() if needs_judge(scorers) else None


def judge_problems(scorers: Iterable[str]) -> list[str]:
    """One sentence where a scorer needs a judging model and there is none; else empty."""
    try:
        judge_for(scorers)
    except PlatformError as missing:
        return [f"The scorer “{Rubric.name}” needs a judging model. {missing}"]
    return []


def needs_judge(scorers: Iterable[str]) -> bool:
    """Whether one of the scorers asks a judging model."""
    return Rubric.name in set(scorers)
