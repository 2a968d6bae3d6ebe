"""BFCL, simple: one call of one Python function, checked by its syntax tree."""

from corral.json_types import JsonObject
from corral.suites.known.base import Benchmark, DataFile
from corral.suites.mapping import FieldMap, MappedSource

_FILE = "BFCL_v4_simple_python.json"


def _with_target(row: JsonObject) -> JsonObject:
    """The scorer's target has the descriptions and the answers that are possible."""
    target: JsonObject = {name: row.get(name) for name in ("function", "ground_truth")}
    return {**row, "target": target} if all(target.values()) else row


BFCL_SIMPLE = Benchmark(
    source=MappedSource(
        slug="bfcl-simple",
        name="BFCL simple",
        description="Write the one function call that a request asks for.",
        licence="Apache-2.0",
        source=(
            "https://github.com/ShishirPatil/gorilla, berkeley-function-call-leaderboard "
            "(Patil et al. 2025)"
        ),
        fields=FieldMap(
            input="question.0.0.content",
            target="target",
            id="id",
            more={"question": "question.0.0.content", "functions": "function"},
        ),
        adapt=_with_target,
        prompt=(
            "{question}\n\nThe functions that you may call, as JSON:\n{functions}\n\n"
            "Answer with the call alone, written as in Python with the names of its arguments, "
            "and nothing else: [name(argument=value)]"
        ),
        scorer="function_call",
        tags=("bfcl",),
    ),
    folder="bfcl",
    files=(
        DataFile(
            _FILE,
            "82dd63ba502eb2520c6b5d1d9a5c4b590e03ff261565175561f6228a367d1991",
            in_wheel=f"bfcl_eval/data/{_FILE}",
        ),
        DataFile(
            f"possible_answer/{_FILE}",
            "90cd5bc653690ee8e459b5b3f3fc9458606f7f3fcbf795bb51b7dc581f8c86dc",
            in_wheel=f"bfcl_eval/data/possible_answer/{_FILE}",
            joined_by="id",
        ),
    ),
    tasks=400,
    wheel="bfcl-eval",
)
