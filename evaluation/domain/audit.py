"""What was decided about re-evaluations, for all to read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from evaluation.enums import ReevaluationKind, ReevaluationState
from evaluation.models import Reevaluation
from hackathons.enums import HackathonState
from hackathons.models import Track
from hackathons.rules import Person, sees_everything


@dataclass(frozen=True, slots=True)
class Moved:
    """A team whose rank changed; a label is empty where it has none."""

    team: str
    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class SeenDecision:
    """A re-evaluation that was applied or discarded, as one person may read of it.

    Which ranks changed is None where that is hidden: those by the private tasks until the results
    are published, all of them while the freeze hides what it changed.
    """

    decision: Reevaluation
    public: tuple[Moved, ...] | None
    private: tuple[Moved, ...] | None

    @property
    def sentence(self) -> str:
        """What was done, without when, why, and what it changed."""
        done = self.decision
        rescored = done.kind == ReevaluationKind.RESCORE
        if done.state == ReevaluationState.DISCARDED:
            verb = "re-scoring" if rescored else "re-running"
            return (
                f"the organizers discarded a {verb} of all submissions against {done.suite_version}"
            )
        verb = "re-scored" if rescored else "re-ran"
        from_version = (
            f" (before: {done.previous_version})"
            if done.previous_version_id != done.suite_version_id
            else ""
        )
        return f"the organizers {verb} all submissions against {done.suite_version}{from_version}"


def decisions_for_person(*, person: Person, track: Track, at: datetime) -> list[SeenDecision]:
    """What was decided in the track, newest first; everybody may read of it."""
    decided = (
        Reevaluation.objects.filter(track=track)
        .exclude(state=ReevaluationState.EVALUATING)
        .select_related("suite_version__suite", "previous_version__suite")
        .order_by("-decided_at")
    )
    if not decided:
        return []
    everything = sees_everything(person, track.hackathon)
    return [_seen(one, track, at, everything) for one in decided]


def _seen(one: Reevaluation, track: Track, at: datetime, everything: bool) -> SeenDecision:
    if one.state == ReevaluationState.DISCARDED:
        return SeenDecision(one, (), ())
    hackathon = track.hackathon
    freeze, published = hackathon.scoreboard_freezes_at, hackathon.state(at)
    hides = bool(hackathon.is_frozen(at) and freeze and one.decided_at and one.decided_at >= freeze)
    public = everything or not hides
    private = everything or published == HackathonState.PUBLISHED
    return SeenDecision(
        decision=one,
        public=_moved(one.changes.get("public", ())) if public else None,
        private=_moved(one.changes.get("private", ())) if private else None,
    )


def _moved(rows: Sequence[dict[str, str]]) -> tuple[Moved, ...]:
    return tuple(Moved(**row) for row in rows)
