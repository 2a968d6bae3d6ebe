"""A team's line on a board: from what it handed in and what came of it, to one entry. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from evaluation.enums import ENDED, RunState
from scoreboards.domain.ranking import Score

PLATFORM_FAILED = frozenset({RunState.ERRORED, RunState.CANCELLED})
# Statuses of a line that are no states of a run.
WAITING, HIDDEN = "waiting", "pending"
LONGEST_REASON = 160
NOT_THE_TEAM = "The platform failed; the team did nothing wrong."


@dataclass(frozen=True, slots=True)
class Result:
    """A submission and its run; a submission that has no run yet counts as queued."""

    team: str
    team_name: str
    number: int
    is_final: bool = False
    state: str = RunState.QUEUED.value
    reason: str = ""
    ended_at: datetime | None = None
    public: Score | None = None
    private: Score | None = None
    tokens: int = 0
    calls: int = 0
    seconds: float = 0.0
    run: UUID | None = None


@dataclass(frozen=True, slots=True)
class Lens:
    """What an audience sees at one moment.

    `until`: only what ended before counts (the freeze). `final`: results are published, and each
    team stands by the submission that it declared final. `by_private`: the private score ranks.
    `reasons`: why the platform failed is shown too. `ladder`: public scores are those that the
    track's Ladder released.
    """

    until: datetime | None = None
    final: bool = False
    by_private: bool = False
    private: bool = False
    reasons: bool = False
    ladder: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """The team's best public score from that moment on."""

    at: datetime
    score: float


@dataclass(frozen=True, slots=True)
class Entry:
    """One team's line. `score` is what ranks; without it `status` and `reason` say why not.

    `best_of` counts the scored submissions that it is the best of, on the very tasks that rank; it
    is None where the score was not chosen so. `run` is the one that the score is from.
    """

    team: str
    name: str
    score: Score | None
    public: Score | None
    private: Score | None
    achieved_at: datetime | None
    number: int | None
    submissions: int
    pending: int
    tokens: int
    calls: int
    seconds: float
    status: str
    reason: str
    history: tuple[Point, ...]
    best_of: int | None = None
    run: UUID | None = None

    def value(self) -> float | None:
        """What ranks it."""
        return self.score.value if self.score else None

    def private_value(self) -> float | None:
        """Its private score, where the board's readers see it."""
        return self.private.value if self.private else None

    def order(self) -> tuple[float, str, str]:
        """Among equals who got there first, then by name."""
        reached = self.achieved_at.timestamp() if self.achieved_at else 0.0
        return (reached, self.name.casefold(), self.team)


def entries_of(results: Iterable[Result], lens: Lens) -> list[Entry]:
    """One entry for each team that handed in anything at all."""
    by_team: dict[str, list[Result]] = {}
    for result in sorted(results, key=lambda result: result.number):
        by_team.setdefault(result.team, []).append(result)
    return [entry_of(handed_in, lens) for handed_in in by_team.values()]


def entry_of(handed_in: Sequence[Result], lens: Lens) -> Entry:
    """The entry of one team; at least one result, in the order of their numbers."""
    seen = [result for result in handed_in if _visible(result, lens)]
    scored = in_order(seen)
    stands = _declared(seen, scored) if lens.final else _best(scored)
    # Of a hidden run nothing is told, not even that it has ended.
    shown = stands or (seen[-1] if seen else Result(handed_in[0].team, handed_in[0].team_name, 0))
    score = shown.private if lens.by_private else shown.public
    status, reason = _status(shown, score, lens)
    ended = shown.ended_at is not None
    return Entry(
        team=shown.team,
        name=shown.team_name,
        score=score,
        public=shown.public,
        private=shown.private if lens.private else None,
        achieved_at=shown.ended_at if score else None,
        number=shown.number or None,
        submissions=len(handed_in),
        pending=len(handed_in) - len(seen),
        tokens=shown.tokens if ended else 0,
        calls=shown.calls if ended else 0,
        seconds=shown.seconds if ended else 0.0,
        status=status,
        reason=reason,
        history=tuple(_history(scored)),
        best_of=len(scored) if shown is _best(scored) and _has_luck(lens) else None,
        run=shown.run,
    )


def in_order(results: Iterable[Result]) -> list[Result]:
    """Those that are scored, in the order in which they ended."""
    return sorted((result for result in results if result.public), key=_ended)


def _has_luck(lens: Lens) -> bool:
    """Whether what ranks may be best by luck: neither a private score nor a released one is."""
    return not lens.by_private and not lens.ladder


def _visible(result: Result, lens: Lens) -> bool:
    if lens.until is None:
        return True
    return result.ended_at is not None and result.ended_at < lens.until


def _ended(result: Result) -> tuple[float, int]:
    return (result.ended_at.timestamp() if result.ended_at else 0.0, result.number)


def _best(scored: Sequence[Result]) -> Result | None:
    """The best public score; the first of several that have it."""
    return max(scored, key=_public, default=None)


def _public(result: Result) -> float:
    return result.public.value if result.public else 0.0


def _declared(seen: Sequence[Result], scored: Sequence[Result]) -> Result | None:
    """The submission declared final, else the best one.

    What the platform failed to evaluate costs the team nothing: then too its best one stands.
    """
    declared = next((result for result in seen if result.is_final), None)
    if declared is None or declared.state in PLATFORM_FAILED:
        return _best(scored)
    return declared


def _status(shown: Result, score: Score | None, lens: Lens) -> tuple[str, str]:
    if not shown.number:
        return (HIDDEN, "Its result comes after the freeze.")
    if score is not None:
        return (RunState.SCORED.value, "")
    if shown.state not in ENDED:
        return (WAITING, "")
    if shown.state in PLATFORM_FAILED and not lens.reasons:
        return (shown.state, NOT_THE_TEAM)
    return (shown.state, short(shown.reason))


def short(reason: str) -> str:
    """One line of printable characters, as a board has room for."""
    line = " ".join("".join(c if c.isprintable() else " " for c in reason).split())
    return line if len(line) <= LONGEST_REASON else line[: LONGEST_REASON - 1] + "…"


def _history(scored: Sequence[Result]) -> Iterable[Point]:
    """Every moment at which the team's best public score rose."""
    best = -1.0
    for result in scored:
        if result.ended_at and _public(result) > best:
            best = _public(result)
            yield Point(result.ended_at, best)
