"""Every scorer by its name."""

from collections.abc import Mapping
from types import MappingProxyType

from corral.errors import UserError
from corral.scorers.apart import ApartScorer
from corral.scorers.base import Scorer
from corral.scorers.bleu import Bleu
from corral.scorers.choice import Choice
from corral.scorers.chrf import Chrf
from corral.scorers.exact import Exact
from corral.scorers.f1 import F1
from corral.scorers.function_call import FunctionCall
from corral.scorers.fuzzy import Fuzzy
from corral.scorers.includes import Includes
from corral.scorers.instructions import Instructions
from corral.scorers.json_schema import JsonSchema
from corral.scorers.math import Math
from corral.scorers.numeric import Numeric
from corral.scorers.pattern import Regex
from corral.scorers.rouge import Rouge
from corral.scorers.text import output_text

__all__ = ["APART", "SCORERS", "output_text", "scorer_named"]

_ALL: tuple[Scorer, ...] = (
    Exact(),
    Includes(),
    Numeric(),
    Choice(),
    Regex(),
    FunctionCall(),
    Instructions(),
    F1(),
    Rouge(),
    Bleu(),
    Chrf(),
    Fuzzy(),
    Math(),
    JsonSchema(),
)
SCORERS: Mapping[str, Scorer] = MappingProxyType({scorer.name: scorer for scorer in _ALL})
# They work in a process of their own, which may take seconds.
APART: Mapping[str, ApartScorer] = MappingProxyType(
    {scorer.name: scorer for scorer in (Math(), JsonSchema())}
)


def scorer_named(name: str) -> Scorer:
    """The scorer of that name.

    Raises:
        UserError: there is none.
    """
    try:
        return SCORERS[name]
    except KeyError:
        known = ", ".join(SCORERS)
        raise UserError(f'There is no scorer "{name}"; there are: {known}.') from None
