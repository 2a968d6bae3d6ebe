"""The one way to check and to judge: filters first, then the scorer."""

from collections.abc import Mapping

from corral.errors import UserError
from corral.json_types import Json
from corral.scorers.base import Judgement
from corral.scorers.filters import apply_filters, filter_problems
from corral.scorers.registry import scorer_named

FILTERS_OPTION = "filters"


def check_scoring(scorer: str, target: Json, options: Mapping[str, Json]) -> list[str]:
    """One sentence for each thing wrong with a task's scorer, filters, options or target."""
    problems = filter_problems(options.get(FILTERS_OPTION, []))
    try:
        return problems + scorer_named(scorer).check(target, scorer_options(options))
    except UserError as unknown:
        return [str(unknown), *problems]


def judge_output(scorer: str, output: str, target: Json, options: Mapping[str, Json]) -> Judgement:
    """What an output is worth after the filters in the options.

    Raises:
        UserError: there is no such scorer.
    """
    known = scorer_named(scorer)
    text = filtered(output, options)
    if isinstance(text, Judgement):
        return text
    return known.score(text, target, scorer_options(options))


def filtered(output: str, options: Mapping[str, Json]) -> str | Judgement:
    """What the filters in the options leave of an output for a scorer, or the judgement instead.

    An output of nothing but white space stays what it is: what it is worth is the scorer's to say.
    """
    filters = options.get(FILTERS_OPTION, [])
    return apply_filters(output, filters) if filters and output.strip() else output


def scorer_options(options: Mapping[str, Json]) -> Mapping[str, Json]:
    """The options without the filters, as scorers know them."""
    return {name: value for name, value in options.items() if name != FILTERS_OPTION}
