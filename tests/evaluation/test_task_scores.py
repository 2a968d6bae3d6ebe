"""Scores task by task are read once, and those used least are forgotten."""

import uuid
from array import array

import pytest
from pytest_django import DjangoAssertNumQueries

from corral.suites.base import Split
from evaluation.domain.task_scores import KeptScores, TaskScores, task_scores_of
from tests.factories import TeamFactory
from tests.scoreboards.conftest import broad_track, solve


@pytest.mark.django_db
def test_results_are_read_once(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    track = broad_track()
    ants, bees = TeamFactory.create_batch(2, hackathon=track.hackathon)
    first, second = solve(ants, track, 6).pk, solve(bees, track, 6).pk

    with django_assert_num_queries(1):
        task_scores_of([first], Split.PUBLIC)
    with django_assert_num_queries(1):
        found = task_scores_of([first, second], Split.PUBLIC)
    with django_assert_num_queries(0):
        assert task_scores_of([second, first], Split.PUBLIC) == found

    assert [sum(scores.scores) for scores in found.values()] == [6.0, 6.0]


def test_kept_scores_forget_what_was_used_longest_ago() -> None:
    kept = KeptScores(most=4)
    runs = [uuid.uuid4() for _ in range(3)]
    for run in runs:
        kept.put(run, Split.PUBLIC, TaskScores(run, array("d", [1.0, 0.0])))
        kept.get(runs[0], Split.PUBLIC)

    assert [kept.get(run, Split.PUBLIC) is not None for run in runs] == [True, False, True]
    assert kept.count == 4
