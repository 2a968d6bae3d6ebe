"""Reads a GGUF file: its digests, and what its metadata says."""

import hashlib
import mmap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rfc8785
from gguf import GGUFReader, LlamaFileType
from gguf.gguf_reader import ReaderField, ReaderTensor

from corral.weights.bounds import WeightsRefused, check_header
from corral.weights.digests import file_sha256
from corral.weights.facts import ModelFacts

# What the package raises where a file contradicts itself.
_DAMAGED = (ValueError, KeyError, IndexError, TypeError, OverflowError)
_ENCODERS = frozenset({"bert", "nomic-bert", "jina-bert-v2", "modern-bert", "neo-bert"})


@dataclass(frozen=True, slots=True)
class Weights:
    """A file of weights. Digests are SHA-256 in hex.

    `tensors_sha256` covers names, shapes, types and bytes of all tensors, sorted by name, and
    `metadata_sha256` all keys and values as they are stored, sorted by key: files with the same
    tensors but another chat template differ in the second only. `quantisation` is llama.cpp's
    name for it, "" where the file does not say.
    """

    sha256: str
    tensors_sha256: str
    metadata_sha256: str
    name: str
    licence: str
    architecture: str
    quantisation: str
    embeddings: bool
    facts: ModelFacts


def read_weights(file: Path) -> Weights:
    """Read a file of weights whole; of gigabytes that takes a while.

    Raises:
        WeightsRefused: it can't be read as GGUF, with one sentence why.
    """
    try:
        _check(file)
        reader = GGUFReader(file)
        return _described(file, reader)
    except OSError as error:
        raise WeightsRefused(f"The file can't be read: {error.strerror}.") from error
    except _DAMAGED as error:
        raise WeightsRefused("The file contradicts its own header: it is damaged.") from error


def _check(file: Path) -> None:
    with file.open("rb") as opened:
        if not file.stat().st_size:
            raise WeightsRefused("The file is empty.")
        with (
            mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
            memoryview(mapped) as content,
        ):
            check_header(content)


def _described(file: Path, reader: GGUFReader) -> Weights:
    said = _Metadata(reader.fields)
    architecture = said.text("general.architecture")
    return Weights(
        sha256=file_sha256(file),
        tensors_sha256=_tensors_digest(reader),
        metadata_sha256=_metadata_digest(reader.fields),
        name=said.text("general.name"),
        licence=said.text("general.license"),
        architecture=architecture,
        quantisation=_quantisation(said.number("general.file_type")),
        embeddings=architecture in _ENCODERS or bool(said.number(f"{architecture}.pooling_type")),
        facts=ModelFacts(
            parameters=sum(int(tensor.n_elements) for tensor in reader.tensors),
            tensor_bytes=sum(int(tensor.n_bytes) for tensor in reader.tensors),
            vocabulary_size=said.number(f"{architecture}.vocab_size")
            or said.length("tokenizer.ggml.tokens"),
            embedding_length=said.number(f"{architecture}.embedding_length"),
            context_length=said.number(f"{architecture}.context_length"),
        ),
    )


class _Metadata:
    """A file's metadata; what has another type than it should counts as not said."""

    def __init__(self, fields: Mapping[str, ReaderField]) -> None:
        self._fields = fields

    def text(self, key: str) -> str:
        """A string, "" where there is none."""
        found = self._content(key)
        return found.replace("\0", "") if isinstance(found, str) else ""

    def number(self, key: str) -> int | None:
        """A whole number from 0 on."""
        found = self._content(key)
        return found if type(found) is int and 0 <= found < 2**63 else None

    def length(self, key: str) -> int | None:
        """How many items a list has."""
        field = self._fields.get(key)
        return len(field.data) if field is not None and len(field.types) == 2 else None

    def _content(self, key: str) -> Any:
        field = self._fields.get(key)
        return field.contents() if field is not None and len(field.types) == 1 else None


def _quantisation(file_type: int | None) -> str:
    if file_type is None:
        return ""
    try:
        return LlamaFileType(file_type).name.removeprefix("MOSTLY_").removeprefix("ALL_")
    except ValueError:
        return ""


def _tensors_digest(reader: GGUFReader) -> str:
    digest = hashlib.sha256()
    for tensor in sorted(reader.tensors, key=lambda tensor: tensor.name):
        digest.update(rfc8785.dumps(_head(tensor)))
        start = tensor.data_offset
        digest.update(reader.data[start : start + tensor.n_bytes].data)
    return digest.hexdigest()


def _head(tensor: ReaderTensor) -> dict[str, Any]:
    shape = [str(size) for size in tensor.shape]  # JSON's numbers end at 2^53
    return {"name": tensor.name, "shape": shape, "type": tensor.tensor_type.name}


def _metadata_digest(fields: Mapping[str, ReaderField]) -> str:
    digest = hashlib.sha256()
    for name in sorted(fields):
        if not name.startswith("GGUF."):  # the header's own counts
            for part in fields[name].parts:
                digest.update(part.tobytes())
    return digest.hexdigest()
