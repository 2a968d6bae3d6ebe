"""What a server says that it serves, against what the catalogue has."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corral.errors import UpstreamUnavailable
from corral.gateway.identity import (
    Served,
    ask_identity,
    contradictions,
    read_identity,
    verified,
)
from corral.weights.facts import ModelFacts
from tests.corral.gateway.bench import upstream_at
from tests.fakes.upstream import MODEL_PATH, FakeUpstream

FACTS = ModelFacts(
    parameters=134_515_008,
    tensor_bytes=96_576_768,
    vocabulary_size=49_152,
    embedding_length=576,
    context_length=8_192,
)
META = {
    "n_params": 134_515_008,
    "size": 96_576_768,
    "n_vocab": 49_152,
    "n_embd": 576,
    "n_ctx_train": 8_192,
    "n_ctx": 2_048,
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["data", "id", "aliases", "meta", "owned_by", "n_params", "root"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


async def test_llama_server_tells_its_build_and_counts(upstream: FakeUpstream) -> None:
    upstream.settings.build = "b4567-abcdef"
    upstream.settings.context = 2_048
    upstream.settings.said_of_model = {"meta": META}

    served = await ask_identity(upstream_at(upstream.base_url))

    assert served == Served(
        server="llama.cpp",
        build="b4567-abcdef",
        context=2_048,
        slots=4,
        facts=FACTS,
        names=(MODEL_PATH,),
    )
    assert MODEL_PATH not in str(served.as_json())


async def test_vllm_tells_its_version_and_context(upstream: FakeUpstream) -> None:
    upstream.settings.owner, upstream.settings.build = "vllm", "0.11.0"
    upstream.settings.model = "llama"
    upstream.settings.said_of_model = {"max_model_len": 4096, "root": "meta-llama/Llama-3.2-1B"}

    served = await ask_identity(replace(upstream_at(upstream.base_url), model="llama"))

    assert served == Served("vLLM", "0.11.0", "meta-llama/Llama-3.2-1B", 4096, names=("llama",))


async def test_server_that_knows_less_is_taken_as_it_is(upstream: FakeUpstream) -> None:
    upstream.settings.owner = "somebody"

    served = await ask_identity(upstream_at(upstream.base_url))

    assert served == Served(names=(MODEL_PATH,))
    assert contradictions(MODEL_PATH, FACTS, served) == []
    assert verified(FACTS, served) == ()


@pytest.mark.parametrize(("characters", "known"), [(700_000, True), (1_100_000, False)])
async def test_long_reply_is_read_whole_and_an_endless_one_not(
    upstream: FakeUpstream, characters: int, known: bool
) -> None:
    upstream.settings.said_of_model = {"meta": META, "description": "x" * characters}

    served = await ask_identity(upstream_at(upstream.base_url))

    assert (served.facts == FACTS) == known


async def test_server_that_still_loads_is_waited_for(upstream: FakeUpstream) -> None:
    upstream.settings.loads_next = 3
    assert (await ask_identity(upstream_at(upstream.base_url))).server == "llama.cpp"


async def test_server_that_is_not_there_is_the_platforms_fault() -> None:
    with pytest.raises(UpstreamUnavailable, match="can't be reached"):
        await ask_identity(upstream_at("http://127.0.0.1:9/v1"))


def test_what_agrees_is_verified() -> None:
    served = Served(facts=FACTS)
    assert contradictions("a", FACTS, served) == []
    assert verified(FACTS, served) == (
        "parameters",
        "tensor_bytes",
        "vocabulary_size",
        "embedding_length",
        "context_length",
    )


def test_other_quantisation_of_the_model_is_a_contradiction() -> None:
    served = Served(facts=replace(FACTS, tensor_bytes=144_811_008))

    assert contradictions("a", FACTS, served) == [
        "The model server serves a model with 144,811,008 bytes of weights; "
        "the catalogue's has 96,576,768."
    ]
    assert "tensor_bytes" not in verified(FACTS, served)


def test_catalogue_without_facts_contradicts_nothing() -> None:
    assert contradictions("a", ModelFacts(), Served(facts=FACTS)) == []


@pytest.mark.parametrize(("server", "count"), [("vLLM", 1), ("llama.cpp", 0), ("", 0)])
def test_name_that_is_not_served_matters_where_names_do(server: str, count: int) -> None:
    served = Served(server=server, names=("other",))
    assert len(contradictions("llama", FACTS, served)) == count


def test_entry_of_the_name_is_read_among_several() -> None:
    models = {"data": [{"id": "a", "max_model_len": 1}, {"id": "x", "aliases": ["b"]}]}
    assert read_identity("a", models, None).context == 1
    assert read_identity("b", models, None).model == "x"
    assert read_identity("c", models, None).model == ""


@pytest.mark.parametrize("name", ["/srv/m.gguf", "C:\\m.gguf", "~/m", "./m", "a\nb", "n" * 121])
def test_path_or_oddity_is_no_name(name: str) -> None:
    assert read_identity(name, {"data": [{"id": name}]}, {"build_info": name}) == Served(
        names=(name,)
    )


@given(models=JSON, more=JSON)
def test_any_reply_is_read(models: object, more: object) -> None:
    served = read_identity("a", models, more)  # type: ignore[arg-type]
    assert contradictions("a", ModelFacts(), served) == [] or served.server == "vLLM"
