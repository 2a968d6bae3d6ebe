"""Scorers that need more than the text: a sandbox, or a model that judges."""

from collections.abc import Mapping
from types import MappingProxyType

from corral.scorers.code import Code
from corral.scorers.help import (
    AssistedScorer,
    Help,
    JudgingModel,
    Message,
    Outcome,
    Programs,
    Tried,
)
from corral.scorers.output_prediction import OutputPrediction
from corral.scorers.rubric import Rubric

__all__ = [
    "ASSISTED",
    "AssistedScorer",
    "Help",
    "JudgingModel",
    "Message",
    "Outcome",
    "Programs",
    "Tried",
]

_ALL: tuple[AssistedScorer, ...] = (Code(), OutputPrediction(), Rubric())
ASSISTED: Mapping[str, AssistedScorer] = MappingProxyType({scorer.name: scorer for scorer in _ALL})
