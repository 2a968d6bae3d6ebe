"""GGUF files: digested, read, and refused when they lie."""

import hashlib
import struct
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corral.weights.bounds import WeightsRefused
from corral.weights.facts import ModelFacts
from corral.weights.gguf_file import read_weights
from launcher.weights import find_weights
from tests.corral.weights.files import small_gguf

HEAD = b"GGUF" + struct.pack("<I", 3)
HUGE = 2**60
CUT_OFF = "The file is cut off in the middle of its header."


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_gguf(tmp_path_factory.mktemp("gguf") / "small.gguf")


def written(folder: Path, content: bytes) -> Path:
    file = folder / "odd.gguf"
    file.write_bytes(content)
    return file


def key(name: bytes, kind: int, value: bytes) -> bytes:
    return struct.pack("<Q", len(name)) + name + struct.pack("<I", kind) + value


def tensor(*dimensions: int, offset: int = 0) -> bytes:
    sizes = struct.pack(f"<I{len(dimensions)}Q", len(dimensions), *dimensions)
    return struct.pack("<Q", 1) + b"t" + sizes + struct.pack("<IQ", 0, offset)


def header(*parts: bytes, tensors: int = 1, keys: int = 0) -> bytes:
    return HEAD + struct.pack("<QQ", tensors, keys) + b"".join(parts)


def test_weights_of_a_small_file(small: Path) -> None:
    weights = read_weights(small)

    assert weights.sha256 == hashlib.sha256(small.read_bytes()).hexdigest()
    assert (weights.name, weights.licence, weights.architecture) == ("Tiny", "mit", "llama")
    assert (weights.quantisation, weights.embeddings) == ("F32", False)
    assert weights.facts == ModelFacts(
        parameters=32, tensor_bytes=128, vocabulary_size=3, embedding_length=8, context_length=128
    )


def test_weights_of_the_embedded_model() -> None:
    weights = read_weights(find_weights())

    assert (weights.architecture, weights.quantisation) == ("llama", "Q4_1")
    assert weights.facts == ModelFacts(
        parameters=134_515_008,
        tensor_bytes=96_576_768,
        vocabulary_size=49_152,
        embedding_length=576,
        context_length=8_192,
    )


def test_digests_tell_metadata_from_tensors(small: Path, tmp_path: Path) -> None:
    first = read_weights(small)
    other_template = read_weights(small_gguf(tmp_path / "a.gguf", template="other"))
    other_tensors = read_weights(small_gguf(tmp_path / "b.gguf", scale=2.0))

    assert other_template.tensors_sha256 == first.tensors_sha256
    assert other_template.metadata_sha256 != first.metadata_sha256
    assert other_tensors.tensors_sha256 != first.tensors_sha256
    assert other_tensors.metadata_sha256 == first.metadata_sha256
    assert len({first.sha256, other_template.sha256, other_tensors.sha256}) == 3


@pytest.mark.parametrize(("pooling", "embeddings"), [(0, False), (1, True)])
def test_model_with_a_pooling_answers_embeddings(
    tmp_path: Path, pooling: int, embeddings: bool
) -> None:
    assert read_weights(small_gguf(tmp_path / "a", pooling=pooling)).embeddings is embeddings


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"PK\3\4 a zip", "The file is not a GGUF file: it does not begin with GGUF."),
        (b"GG", "The file is not a GGUF file: it does not begin with GGUF."),
        (b"GGUF", CUT_OFF),
        (b"GGUF\0\0\0\3", "The file's GGUF version is 50331648; versions 2 and 3 are read."),
        (header(tensors=0), "The file holds no tensors."),
        (header(tensors=HUGE), f"The file names {HUGE:,} tensors; 100,000 are the most."),
        (header(keys=HUGE), f"The file names {HUGE:,} metadata keys; 10,000 are the most."),
        (header(), CUT_OFF),
        (
            header(struct.pack("<Q", HUGE), keys=1),
            CUT_OFF,
        ),
        (
            header(key(b"k", 9, struct.pack("<IQ", 0, HUGE)), keys=1),
            f"The file names {HUGE:,} items in its metadata's lists; 2,500,000 are the most.",
        ),
        (
            header(key(b"k", 9, struct.pack("<IQ", 9, 1)), keys=1),
            "The file's metadata has a value of the unknown kind 9.",
        ),
        (
            header(key(b"k", 77, b""), keys=1),
            "The file's metadata has a value of the unknown kind 77.",
        ),
        (header(tensor(1, 1, 1, 1, 1)), "The file names 5 dimensions in a tensor; 4 are the most."),
        (
            header(tensor(2**40, 2**40)),
            f"The file names {2**80:,} elements in a tensor; {2**48:,} are the most.",
        ),
        (
            header(tensor(4, offset=HUGE)),
            f"The file names {HUGE:,} bytes before a tensor; 57 are the most.",
        ),
        (header(tensor(4)), "The file contradicts its own header: it is damaged."),
        (
            header(key(b"k", 0, b"\0"), key(b"k", 0, b"\0"), tensor(4), bytes(99), keys=2),
            "The file contradicts its own header: it is damaged.",
        ),
    ],
)
def test_hostile_file_is_refused_with_one_sentence(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    with pytest.raises(WeightsRefused) as refused:
        read_weights(written(tmp_path, content))

    assert str(refused.value) == sentence


def test_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(WeightsRefused, match="can't be read"):
            read_weights(path)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_file_is_read_or_refused(small: Path, tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(small.read_bytes())
    cut = data.draw(st.integers(0, len(content)))
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=4)):
        content[place] = data.draw(st.integers(0, 255))

    with suppress(WeightsRefused):
        weights = read_weights(written(tmp_path, bytes(content[: len(content) - cut // 8])))
        assert len(weights.tensors_sha256) == 64
