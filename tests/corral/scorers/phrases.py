"""Outputs as models write them, and their targets, drawn by a seed."""

import random

TEXT = (
    "the a an cat dog sat on mat, Paris France's capital city is 42 3.14 1,000 and however "
    're-elected U.S. "quoted" (aside) don\'t naïve straße Zürich 東京 Ω — & $18 50% end.'
)
WORDS = TEXT.split()


def pairs(count: int, seed: int) -> list[tuple[str, str]]:
    """An output and a target each: the target changed here and there, cut, or something else."""
    chance = random.Random(seed)
    return [_pair(chance) for _ in range(count)]


def _pair(chance: random.Random) -> tuple[str, str]:
    target = chance.choices(WORDS, k=chance.randint(1, 30))
    output = [
        word if chance.random() < 0.7 else chance.choice(WORDS)
        for word in target
        if chance.random() < 0.9
    ]
    if chance.random() < 0.2:
        chance.shuffle(output)
    if chance.random() < 0.1:
        output = chance.choices(WORDS, k=chance.randint(1, 60))
    separator = chance.choice([" ", " ", "  ", "\n"])
    return separator.join(output) or "nothing", " ".join(target)
