"""Where models are served, and what is found there."""

from collections.abc import Iterator
from typing import Any

import pytest

from catalogue.domain.upstreams import check_upstream, upstream_of
from catalogue.models import LanguageModel
from corral.errors import PlatformError
from tests.factories import LanguageModelFactory
from tests.fakes.background import serving
from tests.fakes.upstream import FakeUpstream

pytestmark = pytest.mark.django_db


@pytest.fixture
def upstream() -> Iterator[FakeUpstream]:
    with serving() as upstream:
        upstream.settings.build = "b4567-abcdef"
        upstream.settings.said_of_model = {"meta": {"n_params": 32, "size": 128}}
        yield upstream


def model_at(upstream: FakeUpstream, **facts: Any) -> LanguageModel:
    return LanguageModelFactory(upstream=upstream.base_url, **facts)


def test_check_says_what_agrees(upstream: FakeUpstream) -> None:
    model = model_at(upstream, parameters=32, tensor_bytes=128)

    found = check_upstream(model=model)

    assert (found.verified, found.contradictions) == (("parameters", "tensor_bytes"), ())
    assert found.text == "Served by llama.cpp b4567-abcdef, 32 parameters, matches the catalogue"


def test_check_says_what_can_not_be_so(upstream: FakeUpstream) -> None:
    found = check_upstream(model=model_at(upstream, parameters=33))

    assert found.contradictions == (
        "The model server serves a model with 32 parameters; the catalogue's has 33.",
    )


def test_check_without_figures_says_so(upstream: FakeUpstream) -> None:
    model = model_at(upstream)
    assert check_upstream(model=model).text.endswith("of which the catalogue knows no figures")


def test_check_of_a_server_that_says_nothing(upstream: FakeUpstream) -> None:
    upstream.settings.owner, upstream.settings.said_of_model = "somebody", {}
    model = model_at(upstream, parameters=33)
    assert check_upstream(model=model).text == "The model server doesn't say what it serves"


def test_check_of_a_server_that_is_not_there_fails() -> None:
    with pytest.raises(PlatformError, match="can't be reached"):
        check_upstream(model=LanguageModelFactory(upstream="http://127.0.0.1:9/v1"))


def test_model_without_an_upstream_is_the_platforms(settings: Any) -> None:
    settings.LLAMA_UPSTREAM, settings.LLAMA_UPSTREAM_KEY = "http://platform/v1", "secret"
    own = LanguageModelFactory(upstream="http://elsewhere/v1")

    found = upstream_of(LanguageModelFactory(slug="llama", upstream_name="org/llama"))

    assert (found.base_url, found.model, found.api_key) == (
        "http://platform/v1",
        "org/llama",
        "secret",
    )
    assert upstream_of(own).api_key is None


def test_key_of_an_upstream_comes_from_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    model = LanguageModelFactory(
        slug="llama", upstream="http://elsewhere/v1", upstream_key="LLAMA_UPSTREAM_KEY_ELSEWHERE"
    )
    with pytest.raises(PlatformError, match="LLAMA_UPSTREAM_KEY_ELSEWHERE is not set"):
        upstream_of(model)

    monkeypatch.setenv("LLAMA_UPSTREAM_KEY_ELSEWHERE", "its key")

    assert upstream_of(model).api_key == "its key"


def test_nobody_serves_what_has_no_upstream(settings: Any) -> None:
    settings.LLAMA_UPSTREAM = ""
    with pytest.raises(PlatformError, match="Nobody serves llama"):
        upstream_of(LanguageModelFactory(slug="llama"))
