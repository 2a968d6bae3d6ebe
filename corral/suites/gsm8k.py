"""GSM8K's bare questions, whole or a sample of them."""

from dataclasses import replace
from pathlib import Path

from corral.suites.base import LoadedSuite
from corral.suites.known.gsm8k import GSM8K
from corral.suites.mapped import load_mapped


def load_gsm8k(
    path: Path, *, sample: int | None = None, seed: int = 0, private_share: float = 0.0
) -> LoadedSuite:
    """Read GSM8K's `test.jsonl`; the questions stand as they are, without the catalogue's prompt.

    Raises:
        ProjectRefused: the file is missing or not in GSM8K's format.
    """
    chosen = replace(
        GSM8K.source, prompt=None, sample=sample, seed=seed, private_share=private_share
    )
    return load_mapped(path, chosen)
