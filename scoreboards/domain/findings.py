"""What results task by task say beyond the scores of a board: ranges, and scores by tag."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from corral.suites.base import Split
from scoreboards.domain.by_tag import ByTag, by_tag_of
from scoreboards.domain.entries import Entry, Lens
from scoreboards.domain.ranges import Spans, spans_of
from scoreboards.domain.ranking import Ranked, rank


@dataclass(frozen=True, slots=True)
class Findings:
    """`spans`: what the results say of the ranks; None where they were not compared.

    `private`: the same of the ranks that the private tasks would give, for who sees those scores
    beside the public ones that rank.
    """

    spans: Spans | None = None
    private: Spans = field(default_factory=dict)
    by_tag: ByTag = field(default_factory=ByTag)


def findings_of(ranked: Sequence[Ranked[Entry]], lens: Lens, version: UUID) -> Findings:
    """Of the runs that a board shows; nothing where a Ladder hides what tells of single tasks."""
    if lens.ladder:
        return Findings()
    split = Split.PRIVATE if lens.by_private else Split.PUBLIC
    return Findings(
        spans=spans_of(ranked, split),
        private=_private_spans(ranked) if lens.private and not lens.by_private else {},
        by_tag=by_tag_of(ranked, version, split),
    )


def _private_spans(ranked: Sequence[Ranked[Entry]]) -> Spans:
    entries = [one.entry for one in ranked]
    by_private = rank(entries, key=Entry.private_value, order=Entry.order)
    return spans_of(by_private, Split.PRIVATE) or {}
