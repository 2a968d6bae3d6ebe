"""What a track's Ladder shows of a team's runs, from their recorded results alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from corral.statistics.ladder import climb, largest_stderr
from corral.suites.base import Split
from evaluation.domain.standing import standing_runs
from evaluation.domain.task_scores import task_scores_of, task_weights_of
from evaluation.enums import RunState
from hackathons.models import Team, Track


@dataclass(frozen=True, slots=True)
class Released:
    """The team's public score, from 0 to 1, once a run had ended, and whether the run raised it.

    `stderr` is the largest that such a score can have: its own one would tell of single tasks.
    """

    score: float
    stderr: float | None
    raised: bool


def released_by_run(teams: Iterable[Sequence[UUID]]) -> Mapping[UUID, Released]:
    """By run; of each team its scored runs on one suite version, in the order they ended in.

    A run whose results do not cover its tasks raises nothing, and is left out.
    """
    chains = [tuple(runs) for runs in teams]
    task_scores_of([run for runs in chains for run in runs], Split.PUBLIC)
    return {
        run: released
        for runs in chains
        for run, released in zip(runs, _climbed(runs), strict=True)
        if released is not None
    }


def released_to_team(team: Team, track: Track, at: datetime) -> Mapping[UUID, Released]:
    """By run, what the team's Ladder shows after each that its members see the score of."""
    runs = standing_runs(track.hackathon, at).filter(
        submission__team=team,
        submission__track=track,
        suite_version=track.suite_version_id,
        state=RunState.SCORED,
        public_score__isnull=False,
    )
    dated = runs.values_list("pk", "reached_at", "ended_at", "submission__number")
    ordered = sorted(dated, key=lambda row: (row[1] or row[2], row[3]))
    return released_by_run([[pk for pk, *_ in ordered]])


@lru_cache(maxsize=1024)
def _climbed(runs: tuple[UUID, ...]) -> tuple[Released | None, ...]:
    """Runs never change, so a team's are climbed once; its next run makes another tuple."""
    found = task_scores_of(runs, Split.PUBLIC)
    steps: list[Released | None] = []
    state = None
    for run in runs:
        tasks = found.get(run)
        of = task_weights_of(tasks.version, Split.PUBLIC) if tasks else None
        if tasks is None or of is None or len(tasks.scores) != len(of.weights):
            steps.append(None)
            continue
        before, state = state, climb(state, tasks.scores, of.weights, of.clusters)
        stderr = largest_stderr(state.released, of.weights, of.clusters)
        steps.append(Released(state.released, stderr, state is not before))
    return tuple(steps)
