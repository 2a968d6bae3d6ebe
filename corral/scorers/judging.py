"""The one way to check and to judge: filters first, then the scorer."""

import asyncio
from collections.abc import Mapping

from corral.errors import UserError
from corral.json_types import Json
from corral.scorers.assisted import ASSISTED, Help
from corral.scorers.base import Judgement
from corral.scorers.filters import apply_filters, filter_problems
from corral.scorers.registry import APART, SCORERS, scorer_named

FILTERS_OPTION = "filters"
SCORER_NAMES = (*SCORERS, *ASSISTED)


def check_scoring(scorer: str, target: Json, options: Mapping[str, Json]) -> list[str]:
    """One sentence for each thing wrong with a task's scorer, filters, options or target."""
    problems = filter_problems(options.get(FILTERS_OPTION, []))
    try:
        known = ASSISTED.get(scorer) or scorer_named(scorer)
        return problems + known.check(target, scorer_options(options))
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


async def judge_with_help(
    scorer: str, output: str, target: Json, options: Mapping[str, Json], help: Help
) -> Judgement:
    """As `judge_output`, for scorers that may need help, too.

    Raises:
        UserError: there is no such scorer.
        PlatformError: the help was not to be had; the output has no score then.
    """
    if scorer not in APART and scorer not in ASSISTED:
        return judge_output(scorer, output, target, options)
    text, known = filtered(output, options), scorer_options(options)
    if isinstance(text, Judgement):
        return text
    if scorer in ASSISTED:
        return await ASSISTED[scorer].score(text, target, known, help)
    # It waits for another process, and a run's calls must not wait with it.
    judge = APART[scorer].score_patiently
    return await asyncio.to_thread(judge, text, target, known, help.patience)


def filtered(output: str, options: Mapping[str, Json]) -> str | Judgement:
    """What the filters in the options leave of an output for a scorer, or the judgement instead.

    An output of nothing but white space stays what it is: what it is worth is the scorer's to say.
    """
    filters = options.get(FILTERS_OPTION, [])
    return apply_filters(output, filters) if filters and output.strip() else output


def scorer_options(options: Mapping[str, Json]) -> Mapping[str, Json]:
    """The options without the filters, as scorers know them."""
    return {name: value for name, value in options.items() if name != FILTERS_OPTION}
