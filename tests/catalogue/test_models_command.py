"""`manage.py models`."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from catalogue.models import LanguageModel
from corral.weights.gguf_file import read_weights
from launcher.weights import find_weights
from tests.corral.weights.files import small_gguf
from tests.factories import LanguageModelFactory
from tests.fakes.background import serving

pytestmark = pytest.mark.django_db


def models(*given: object) -> str:
    out = io.StringIO()
    call_command("models", *map(str, given), stdout=out)
    return out.getvalue()


def test_add_and_list_the_embedded_model() -> None:
    added = models("add", find_weights(), "--slug", "smollm2", "--name", "SmolLM2")

    line = "smollm2, SmolLM2, llama, Q4_1, 134,515,008 parameters, weights b179c9523d0e\n"
    assert added.startswith(line)
    assert models("list") == line


def test_list_of_an_entry_without_a_file() -> None:
    LanguageModelFactory(slug="a", name="A", quantisation="", weights_sha256="")
    assert models("list") == "a, A, weights not known\n"


def test_digest_keeps_nothing(tmp_path: Path) -> None:
    file = small_gguf(tmp_path / "a.gguf")

    lines = models("digest", file).splitlines()

    assert lines[0] == f"sha256 {read_weights(file).sha256}"
    assert "parameters 32" in lines
    assert not LanguageModel.objects.exists()


def test_check_compares_with_the_server(tmp_path: Path) -> None:
    with serving() as upstream:
        upstream.settings.said_of_model = {"meta": {"n_params": 32}}
        models(
            "add", small_gguf(tmp_path / "a.gguf"), "--slug", "a", "--upstream", upstream.base_url
        )
        assert (
            models("check", "a") == "Served by llama.cpp, 32 parameters, matches the catalogue.\n"
        )

        upstream.settings.said_of_model = {"meta": {"n_params": 33}}
        with pytest.raises(CommandError, match="33 parameters; the catalogue's has 32"):
            models("check", "a")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (("check", "nothing"), "The catalogue has no model “nothing”"),
        (("digest", "/nowhere"), "can't be read"),
        (("add", __file__), "not a GGUF file"),
    ],
)
def test_refusal_is_one_sentence(given: tuple[str, str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        models(*given)


def test_check_of_a_server_that_is_away_fails() -> None:
    LanguageModelFactory(slug="a", upstream="http://127.0.0.1:9/v1")
    with pytest.raises(CommandError, match="can't be reached"):
        models("check", "a")
