"""The catalogue's model that judges: chosen by a setting, needed by the scorer rubric alone."""

import pytest
from pytest_django import Settings

from catalogue.domain.judge import judge_for, judging_model
from catalogue.domain.suites import import_suite
from catalogue.errors import SuiteRefused
from catalogue.models import SuiteVersion
from corral.errors import PlatformError
from tests.catalogue.test_suites import with_task
from tests.factories import LanguageModelFactory

pytestmark = pytest.mark.django_db
RUBRIC = with_task(scorer="rubric", target={"question": "Why?", "reference": "Because."})


def test_judging_model_is_the_one_that_the_setting_names(settings: Settings) -> None:
    model = LanguageModelFactory(upstream="http://judge.example/v1", upstream_name="judge-q8")
    settings.JUDGE_MODEL = model.slug

    judge = judging_model()

    assert (judge.name, judge.sha256) == (model.slug, model.weights_sha256)
    assert (judge.upstream.base_url, judge.upstream.model) == (model.upstream, "judge-q8")


@pytest.mark.parametrize(("slug", "sentence"), [("", "set JUDGE_MODEL"), ("none", "is no model")])
def test_judging_model_that_is_not_there_is_the_platforms_error(
    settings: Settings, slug: str, sentence: str
) -> None:
    settings.JUDGE_MODEL = slug

    with pytest.raises(PlatformError, match=sentence):
        judging_model()


def test_judge_is_only_looked_for_where_it_is_needed(settings: Settings) -> None:
    settings.JUDGE_MODEL = "none"

    assert judge_for(["exact", "code"]) is None
    with pytest.raises(PlatformError):
        judge_for(["exact", "rubric"])


def test_suite_that_needs_a_judge_is_refused_without_one_in_one_sentence(
    settings: Settings,
) -> None:
    settings.JUDGE_MODEL = ""

    with pytest.raises(SuiteRefused) as refused:
        import_suite(loaded=RUBRIC, owner=None)

    assert refused.value.problems == [
        "The scorer “rubric” needs a judging model. No model judges here: set JUDGE_MODEL to a "
        "slug of the catalogue."
    ]
    assert not SuiteVersion.objects.exists()


def test_suite_that_needs_a_judge_is_imported_with_one(settings: Settings) -> None:
    settings.JUDGE_MODEL = LanguageModelFactory(upstream="http://judge.example/v1").slug

    assert import_suite(loaded=RUBRIC, owner=None).number == 1
