"""CRUXEval: what a Python function gives back, and what it must be given, both run and compared."""

from collections.abc import Mapping

from corral.json_types import JsonObject
from corral.suites.known.base import Benchmark, DataFile, HubFile
from corral.suites.mapping import FieldMap, MappedSource

_SOURCE = "https://github.com/facebookresearch/cruxeval (Gu et al. 2024, arXiv 2401.03065)"
_FILES = (
    DataFile("cruxeval.jsonl", "8368b81047dc5014e4caf5a2f97604eff7644e0ecd7415e3ceeb184bbc2e0c96"),
)
_HUB = HubFile("cruxeval-org/cruxeval", "test.jsonl")


def _with_target(row: JsonObject) -> JsonObject:
    """The scorer's target is the row's three texts; a call of `f` is a right answer backwards."""
    names = ("code", "input", "output")
    if not row.keys() >= {*names}:
        return row
    return {**row, "target": {name: row[name] for name in names}, "call": f"f({row['input']})"}


def _benchmark(
    *,
    slug: str,
    name: str,
    description: str,
    shown: Mapping[str, str],
    reference: str,
    prompt: str,
    options: JsonObject,
) -> Benchmark:
    """One of the two directions; `shown` are the names in the prompt beside the code."""
    return Benchmark(
        source=MappedSource(
            slug=slug,
            name=name,
            description=description,
            licence="MIT",
            source=_SOURCE,
            fields=FieldMap(
                input="code",
                target="target",
                id="id",
                more={"code": "code", **shown},
                reference=reference,
            ),
            adapt=_with_target,
            prompt="```python\n{code}\n```\n\n" + prompt,
            scorer="output_prediction",
            options=options,
            tags=("cruxeval",),
        ),
        folder="cruxeval",
        files=_FILES,
        tasks=800,
        hub=_HUB,
    )


CRUXEVAL_OUTPUT = _benchmark(
    slug="cruxeval-o",
    name="CRUXEval, outputs",
    description="Say what a short Python function gives back for an input.",
    shown={"arguments": "input"},
    reference="output",
    prompt=(
        "What does f({arguments}) give back? Answer with a Python literal between [ANSWER] and "
        "[/ANSWER]."
    ),
    options={},
)
CRUXEVAL_INPUT = _benchmark(
    slug="cruxeval-i",
    name="CRUXEval, inputs",
    description="Find an input for which a short Python function gives back an output.",
    shown={"output": "output"},
    reference="call",
    prompt=(
        "Find a call of f that gives back {output}. Answer with the call, as f(…), between "
        "[ANSWER] and [/ANSWER]."
    ),
    options={"predict": "input"},
)
