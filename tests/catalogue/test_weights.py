"""Models of the catalogue, added from their files."""

from pathlib import Path

import pytest

from catalogue.domain.weights import Described, add_model
from catalogue.errors import ModelRefused
from catalogue.models import LanguageModel
from corral.weights.bounds import WeightsRefused
from corral.weights.facts import ModelFacts
from corral.weights.gguf_file import read_weights
from tests.corral.weights.files import small_gguf
from tests.factories import LanguageModelFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return small_gguf(tmp_path / "Tiny-Llama.F32.gguf")


def test_add_model_takes_from_its_file_what_nobody_says(file: Path) -> None:
    add_model(file=file, described=Described())

    model = LanguageModel.objects.get()
    weights = read_weights(file)
    assert (model.slug, model.name, model.licence) == ("tiny-llamaf32", "Tiny", "mit")
    assert (model.source, model.architecture) == ("Tiny-Llama.F32.gguf", "llama")
    assert model.weights_sha256 == weights.sha256
    assert model.tensors_sha256 == weights.tensors_sha256
    assert model.metadata_sha256 == weights.metadata_sha256
    assert model.facts == ModelFacts(
        parameters=32, tensor_bytes=128, vocabulary_size=3, embedding_length=8, context_length=128
    )


def test_add_model_again_describes_the_same_one_anew(file: Path) -> None:
    add_model(file=file, described=Described(slug="tiny", name="Tiny Llama"))
    add_model(file=file, described=Described(slug="tiny", upstream="http://127.0.0.1:8080/v1"))

    model = LanguageModel.objects.get()
    assert (model.name, model.upstream) == ("Tiny Llama", "http://127.0.0.1:8080/v1")


def test_add_model_completes_an_entry_that_had_no_file(file: Path) -> None:
    LanguageModelFactory(slug="tiny", name="Mine", weights_sha256="")
    add_model(file=file, described=Described(slug="tiny"))
    assert LanguageModel.objects.get().parameters == 32


def test_model_never_gets_other_weights(file: Path, tmp_path: Path) -> None:
    add_model(file=file, described=Described(slug="tiny"))
    other = small_gguf(tmp_path / "other.gguf", scale=2.0)

    with pytest.raises(ModelRefused, match="tiny has other weights"):
        add_model(file=other, described=Described(slug="tiny"))

    assert LanguageModel.objects.get().weights_sha256 == read_weights(file).sha256


def test_add_model_names_the_field_that_is_wrong(file: Path) -> None:
    with pytest.raises(ModelRefused, match="upstream_key: Give a name that begins with LLAMA_"):
        add_model(file=file, described=Described(upstream_key="SECRET_KEY"))
    assert not LanguageModel.objects.exists()


def test_file_that_is_no_model_adds_none(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"GGUF")
    with pytest.raises(WeightsRefused):
        add_model(file=tmp_path / "a", described=Described())
    assert not LanguageModel.objects.exists()
