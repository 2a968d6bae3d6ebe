"""Models added to the catalogue from their files of weights."""

from dataclasses import asdict, dataclass
from pathlib import Path

from django.core.exceptions import ValidationError
from django.utils.text import slugify

from catalogue.errors import ModelRefused
from catalogue.models import LanguageModel
from corral.weights.gguf_file import Weights, read_weights


@dataclass(frozen=True, slots=True)
class Described:
    """What a person says of a model; what is empty is taken from the file, or stays as it is."""

    slug: str = ""
    name: str = ""
    family: str = ""
    licence: str = ""
    source: str = ""
    upstream: str = ""
    upstream_name: str = ""
    upstream_key: str = ""
    build: str = ""


def add_model(*, file: Path, described: Described) -> LanguageModel:
    """Add the model with these weights, or describe the one of that slug anew.

    Raises:
        WeightsRefused: the file can't be read as GGUF.
        ModelRefused: a field breaks a rule, or the slug is that of other weights.
    """
    weights = read_weights(file)
    slug = described.slug or slugify(described.name or file.stem)[:80]
    model = LanguageModel.objects.filter(slug=slug).first() or LanguageModel(slug=slug)
    if model.weights_sha256 not in {"", weights.sha256}:
        raise ModelRefused([f"{slug} has other weights; a model that was used never changes them."])
    for field, value in asdict(described).items():
        if value:
            setattr(model, field, value)
    model.name = model.name or weights.name[:120] or slug
    model.licence = model.licence or weights.licence[:80]
    model.source = model.source or file.name[:300]
    describe_model(model=model, weights=weights)
    _save(model)
    return model


def describe_model(*, model: LanguageModel, weights: Weights) -> None:
    """Set what the file says, without saving it."""
    model.weights_sha256 = weights.sha256
    model.tensors_sha256 = weights.tensors_sha256
    model.metadata_sha256 = weights.metadata_sha256
    model.architecture = weights.architecture[:40]
    model.quantisation = weights.quantisation
    model.embeddings = weights.embeddings
    for field, value in asdict(weights.facts).items():
        setattr(model, field, value)


def _save(model: LanguageModel) -> None:
    try:
        model.full_clean()
    except ValidationError as invalid:
        raise ModelRefused(
            [f"{field}: {text}" for field, texts in invalid.message_dict.items() for text in texts]
        ) from invalid
    model.save()
