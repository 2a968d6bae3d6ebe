"""AQuA-RAT: algebraic word problems with five choices."""

import re

from corral.json_types import Json, JsonObject
from corral.suites.known.base import Benchmark, DataFile, HubFile
from corral.suites.mapping import FieldMap, MappedSource

_LETTERED = re.compile(r"\s*[A-E]\s*\)\s*(.*)", re.DOTALL)


def _without_letters(row: JsonObject) -> JsonObject:
    """Each choice without the "A)" that it is published with."""
    options = row.get("options")
    if not isinstance(options, list):
        return row
    choices: list[Json] = []
    for option in options:
        match = _LETTERED.fullmatch(option) if isinstance(option, str) else None
        choices.append(match[1].strip() if match else option)
    return {**row, "options": choices}


AQUA = Benchmark(
    source=MappedSource(
        slug="aqua",
        name="AQuA",
        description="Algebraic word problems; the answer is one of five choices.",
        licence="Apache-2.0",
        source="https://github.com/google-deepmind/AQuA (Ling et al. 2017, arXiv 1705.04146)",
        fields=FieldMap(
            input="question", target="correct", choices="options", more={"question": "question"}
        ),
        adapt=_without_letters,
        prompt=(
            "{question}\n\n{choices}\n\n"
            'Work it out, and end with "The answer is" and the letter of your choice.'
        ),
        scorer="choice",
        tags=("aqua",),
    ),
    folder="aqua",
    files=(
        DataFile("test.json", "de41581881ef95c5588c44ddc701c77fd480839241dd422a0d181262af24520c"),
    ),
    tasks=254,
    hub=HubFile("deepmind/aqua_rat", "raw/test-00000-of-00001.parquet"),
)
