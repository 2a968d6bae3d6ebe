"""GSM8K: grade-school word problems with one number as the answer."""

from corral.suites.known.base import Benchmark, DataFile, HubFile
from corral.suites.mapping import FieldMap, MappedSource

GSM8K = Benchmark(
    source=MappedSource(
        slug="gsm8k",
        name="GSM8K",
        description="Grade-school word problems; the last number of an answer counts.",
        licence="MIT",
        source="https://github.com/openai/grade-school-math (Cobbe et al. 2021, arXiv 2110.14168)",
        fields=FieldMap(input="question", target="answer"),
        target_pattern=r"#### (.+)",
        prompt="{input}\n\nWork it out step by step, and end with the answer as a number.",
        scorer="numeric",
        tags=("gsm8k",),
    ),
    folder="gsm8k",
    files=(
        DataFile("test.jsonl", "3730d312f6e3440559ace48831e51066acaca737f6eabec99bccb9e4b3c39d14"),
    ),
    tasks=1319,
    hub=HubFile("openai/gsm8k", "main/test-00000-of-00001.parquet"),
)
