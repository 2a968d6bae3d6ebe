"""What a real model answered: SmolLM2-135M, the demo's, to questions written for it.

Seed by number, temperature 0.7, 90 tokens at most, so some are cut off and many are wrong.
"""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Answered:
    """`kind`: whether a number, a word, a text or a choice of four letters was asked for."""

    kind: str
    prompt: str
    target: str
    output: str


def answered(*kinds: str) -> list[Answered]:
    """All answers, or those of these kinds."""
    lines = Path(__file__).with_suffix(".jsonl").read_text("utf-8").splitlines()
    rows = [Answered(**json.loads(line)) for line in lines]
    return [row for row in rows if not kinds or row.kind in kinds]
