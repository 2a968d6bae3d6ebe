"""SVAMP: one-step arithmetic word problems, varied so that word matching does not help."""

from corral.json_types import JsonObject
from corral.suites.known.base import Benchmark, DataFile
from corral.suites.mapping import FieldMap, MappedSource


def _whole(row: JsonObject) -> JsonObject:
    """The story and its question as one text; many stories lack their full stop."""
    body, question = str(row.get("Body", "")).strip(), str(row.get("Question", "")).strip()
    stop = "" if body.endswith((".", ",", "?", "!")) else "."
    return {**row, "problem": f"{body}{stop} {question}"} if body and question else row


SVAMP = Benchmark(
    source=MappedSource(
        slug="svamp",
        name="SVAMP",
        description="Arithmetic word problems of one step; the last number of an answer counts.",
        licence="MIT",
        source="https://github.com/arkilpatel/SVAMP (Patel et al. 2021, arXiv 2103.07191)",
        fields=FieldMap(input="problem", target="Answer", id="ID", tags=("Type",)),
        adapt=_whole,
        prompt="{input}\n\nEnd with the answer as a number.",
        scorer="numeric",
        tags=("svamp",),
    ),
    folder="svamp",
    files=(
        DataFile("SVAMP.json", "5be77703a6d891ae476d7c082787ad361392aa02453b132516cdd5f4e7934e3e"),
    ),
    tasks=1000,
)
