"""GSM8K: grade-school word problems with one number as the answer."""

from dataclasses import replace
from pathlib import Path

from corral.suites.base import LoadedSuite
from corral.suites.mapped import FieldMap, MappedSource, load_mapped

GSM8K = MappedSource(
    slug="gsm8k",
    name="GSM8K",
    description="Grade-school word problems; the last number of an answer counts.",
    licence="MIT",
    source="https://github.com/openai/grade-school-math (Cobbe et al. 2021, arXiv 2110.14168)",
    fields=FieldMap(input="question", target="answer"),
    target_pattern=r"#### (.+)",
    scorer="numeric",
    tags=("gsm8k",),
)


def load_gsm8k(
    path: Path, *, sample: int | None = None, seed: int = 0, private_share: float = 0.0
) -> LoadedSuite:
    """Read GSM8K's `test.jsonl`, whole or a sample of it.

    Raises:
        ProjectRefused: the file is missing or not in GSM8K's format.
    """
    chosen = replace(GSM8K, sample=sample, seed=seed, private_share=private_share)
    return load_mapped(path, chosen)
