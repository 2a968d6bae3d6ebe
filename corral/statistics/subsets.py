"""A fixed part of a suite for quick feedback, with the same mix of tags as the whole."""

import hashlib
import json
from collections.abc import Mapping, Sequence


def stratified_subset(tags: Mapping[str, Sequence[str]], size: int, seed: int = 0) -> list[str]:
    """Draw so many of the task keys in `tags`; they come in the order of the mapping.

    A stratum is all tasks with the same set of tags. Each gives its share of the size, rounded
    down; what remains goes one each to the largest remainders (Hamilton's method, proportional
    allocation: Cochran 1977, Sampling Techniques, section 5.5). Hashes alone decide which tasks,
    and which of equal remainders: the same keys, tags, size and seed give the same subset on
    every machine and Python, in whatever order the tasks come.

    Raises:
        ValueError: a size below 0 or above the number of tasks.
    """
    if not 0 <= size <= len(tags):
        raise ValueError(f"cannot draw {size} of {len(tags)} tasks")
    strata: dict[tuple[str, ...], list[str]] = {}
    for key, names in tags.items():
        strata.setdefault(tuple(sorted(set(names))), []).append(key)
    drawn: set[str] = set()
    for stratum, count in _shares(strata, size, seed).items():
        drawn.update(_by_hash(strata[stratum], f"subset {seed}")[:count])
    return [key for key in tags if key in drawn]


def _shares(
    strata: Mapping[tuple[str, ...], Sequence[str]], size: int, seed: int
) -> dict[tuple[str, ...], int]:
    """How many to draw of each stratum, in whole numbers throughout; size ≤ all of them."""
    whole = sum(map(len, strata.values()))
    names = {json.dumps(stratum): stratum for stratum in strata}
    shares = {s: size * len(keys) // whole for s, keys in strata.items()}
    # sorting is stable: equal remainders stay in the order of their hashes
    order = [names[name] for name in _by_hash(list(names), f"stratum {seed}")]
    order.sort(key=lambda stratum: -(size * len(strata[stratum]) % whole))
    for stratum in order[: size - sum(shares.values())]:
        shares[stratum] += 1
    return shares


def _by_hash(names: Sequence[str], seed: str) -> list[str]:
    """Hashes, not `random`, whose sampling Python doesn't promise to keep the same."""
    return sorted(names, key=lambda name: _hash(f"{seed} {name}"))


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="surrogatepass")).digest()
