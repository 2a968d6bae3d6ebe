"""Tasks that hang together: wherever an error or a range is computed, a passage counts once."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from django.utils import timezone

from corral.statistics.clustered import clustered_mean
from corral.suites.base import Split
from evaluation.domain.breakdown import tag_scores
from evaluation.domain.endings import estimate_of
from evaluation.domain.queries import run_for_person
from hackathons.enums import Audience
from hackathons.models import Team, Track
from scoreboards.domain.boards import current_board, refresh_board
from tests.factories import (
    RoleFactory,
    SuiteVersionFactory,
    TeamFactory,
    TrackFactory,
    sums,
)
from tests.scoreboards.conftest import solve

pytestmark = pytest.mark.django_db
PASSAGES = ["p", "p", "p", "q", "q", "q", None, None]


def passage_track(clusters: Sequence[str | None]) -> Track:
    """Public tasks in these clusters, the tags of each two in turn; no private ones."""
    tasks = [
        replace(task, cluster=cluster, tags=("even", "odd")[n % 2 : n % 2 + 1])
        for n, (task, cluster) in enumerate(
            zip(sums(public=len(clusters), private=0), clusters, strict=True)
        )
    ]
    made: Track = TrackFactory(suite_version=SuiteVersionFactory(tasks=tasks))
    return made


def team(track: Track, name: str = "Ants") -> Team:
    made: Team = TeamFactory(hackathon=track.hackathon, name=name, slug=name.lower())
    return made


def test_score_of_a_run_has_the_clustered_error() -> None:
    track = passage_track(PASSAGES)
    run = solve(team(track), track, 3)

    estimate = estimate_of(run_id=run.pk, split=Split.PUBLIC)

    expected = clustered_mean([1, 1, 1, 0, 0, 0, 0, 0], [1] * 8, PASSAGES)
    alone = clustered_mean([1, 1, 1, 0, 0, 0, 0, 0], [1] * 8, [None] * 8)
    assert estimate == expected
    assert expected.stderr is not None
    assert alone.stderr is not None
    assert expected.stderr > 1.3 * alone.stderr


def test_one_passage_alone_has_no_error() -> None:
    track = passage_track(["p"] * 8)
    run = solve(team(track), track, 3)

    estimate = estimate_of(run_id=run.pk, split=Split.PUBLIC)

    assert estimate is not None
    assert (estimate.mean, estimate.stderr) == (3 / 8, None)


def test_score_of_a_tag_has_the_clustered_error_on_page_and_board() -> None:
    track = passage_track(PASSAGES)
    run = solve(team(track), track, 3)
    person = RoleFactory(hackathon=track.hackathon).person
    seen = run_for_person(person=person, pk=run.pk, at=timezone.now())
    assert seen is not None
    refresh_board(track_id=track.pk)

    even, _ = tag_scores(seen) or ()
    row = current_board(track=track, audience=Audience.SPECTATORS).snapshot["rows"][0]

    expected = clustered_mean([1, 1, 0, 0], [1] * 4, ["p", "p", "q", None])
    assert (even.tag, even.score, even.stderr) == ("even", expected.mean, expected.stderr)
    assert row["tags"][0] == [0.5, pytest.approx(expected.stderr, abs=1e-6)]


def ranges_of(clusters: Sequence[str | None]) -> list[tuple[int, int]]:
    """The ranges of a team that solves all tasks and of one that solves none."""
    track = passage_track(clusters)
    for name, solved in (("Ants", len(clusters)), ("Bees", 0)):
        solve(team(track, name), track, solved)
    refresh_board(track_id=track.pk)
    rows = current_board(track=track, audience=Audience.SPECTATORS).snapshot["rows"]
    return [(row["rank_best"], row["rank_worst"]) for row in rows]


def test_teams_are_told_apart_by_passages_and_not_by_their_tasks() -> None:
    """Eight to nothing is sure, but not where it is one passage, or two, that were understood."""
    assert ranges_of([None] * 8) == [(1, 1), (2, 2)]
    assert ranges_of(PASSAGES) == [(1, 2), (1, 2)]
