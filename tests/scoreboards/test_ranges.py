"""Rank ranges and tie bands: from the results of what a board shows, and of nothing else."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from corral.suites.base import Split
from hackathons.enums import Audience
from hackathons.models import Track
from scoreboards.domain import ranges
from scoreboards.domain.boards import current_board, refresh_board
from scoreboards.domain.payload import FORMAT
from scoreboards.models import Board
from tests.factories import SuiteVersionFactory, TeamFactory, TrackFactory, sums
from tests.scoreboards.conftest import broad_track, hand_in, solve

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
Row = dict[str, Any]


def team(track: Track, name: str) -> Any:
    found = track.hackathon.teams.filter(name=name).first()
    return found or TeamFactory(hackathon=track.hackathon, name=name, slug=name.lower())


def board(track: Track, audience: Audience = Audience.SPECTATORS) -> Row:
    refresh_board(track_id=track.pk)
    shown: Row = current_board(track=track, audience=audience).snapshot
    return shown


def spans(track: Track, audience: Audience = Audience.SPECTATORS) -> list[tuple[Any, ...]]:
    """Of each row its name, its rank, best and worst rank, and its band."""
    fields = ("name", "rank_label", "rank_best", "rank_worst", "band_first", "band_last")
    return [tuple(row[field] for field in fields) for row in board(track, audience)["rows"]]


def test_teams_far_apart_have_their_ranks_to_themselves() -> None:
    track = broad_track()
    for name, solved in (("Ants", 12), ("Bees", 0)):
        solve(team(track, name), track, solved)

    assert spans(track) == [("Ants", "1", 1, 1, 1, 1), ("Bees", "2", 2, 2, 2, 2)]


def test_teams_close_together_share_a_band_in_the_plain_order() -> None:
    track = broad_track()
    for name, solved in (("Ants", 12), ("Bees", 11), ("Cows", 0), ("Dogs", 0)):
        solve(team(track, name), track, solved)

    assert spans(track) == [
        ("Ants", "1", 1, 2, 1, 2),
        ("Bees", "2", 1, 2, 1, 2),
        ("Cows", "3=", 3, 4, 3, 4),
        ("Dogs", "3=", 3, 4, 3, 4),
    ]
    assert [row["like_above"] for row in board(track)["rows"]] == [False, True, False, True]


def test_team_without_a_score_has_no_range() -> None:
    track = broad_track()
    solve(team(track, "Ants"), track, 12)
    hand_in(team(track, "Bees"), track, state="failed")

    assert spans(track)[-1] == ("Bees", "", None, None, None, None)
    assert board(track)["rows"][-1]["like_above"] is False


def test_team_whose_results_are_unknown_may_have_every_rank() -> None:
    track = broad_track()
    for name, solved in (("Ants", 12), ("Bees", 0)):
        solve(team(track, name), track, solved)
    hand_in(team(track, "Cows"), track, 0.5)

    assert [row[2:4] for row in spans(track)] == [(1, 2), (1, 3), (2, 3)]


def test_team_with_results_for_some_tasks_only_is_told_from_nobody() -> None:
    track = broad_track()
    solve(team(track, "Ants"), track, 12)
    solve(team(track, "Bees"), track, 0, unanswered=1)

    assert [row[2:4] for row in spans(track)] == [(1, 2), (1, 2)]


def test_runs_on_different_suite_versions_are_told_from_each_other_by_nothing() -> None:
    ants, bees = broad_track(), broad_track()
    runs = tuple(solve(team(one, "Ants"), one, n).pk for one, n in ((ants, 12), (bees, 0)))

    found = ranges._spans(runs, Split.PUBLIC)

    assert [(span.best, span.worst) for span in found] == [(1, 2), (1, 2)]


def test_tasks_count_by_their_weight() -> None:
    """Ants solve six tasks that weigh more than Bees' six: equal counts, told apart by weight."""
    tasks = [replace(task, weight=100.0) for task in sums(public=6, private=0)]
    tasks += [replace(task, key=f"light-{n}") for n, task in enumerate(sums(public=6, private=0))]
    track = TrackFactory(suite_version=SuiteVersionFactory(tasks=tasks))
    heavy = solve(team(track, "Ants"), track, 6)
    light = solve(team(track, "Bees"), track, 6, offset=6)

    found = ranges._spans((heavy.pk, light.pk), Split.PUBLIC)

    assert [(span.best, span.worst) for span in found] == [(1, 1), (2, 2)]


def test_spectators_learn_nothing_of_private_results() -> None:
    """Whatever the private tasks say, the public board is the same."""
    boards = []
    for private in ((12, 0), (0, 12)):
        track = broad_track()
        for name, solved in zip(("Ants", "Bees"), private, strict=True):
            solve(team(track, name), track, 6, solved)
        boards.append(spans(track))

    assert boards[0] == boards[1]
    assert [row[2:4] for row in boards[0]] == [(1, 2), (1, 2)]


def private_spans(track: Track, audience: Audience) -> list[tuple[Any, ...]]:
    fields = ("name", "private_rank_best", "private_rank_worst")
    return [tuple(row[field] for field in fields) for row in board(track, audience)["rows"]]


def test_judges_see_what_the_private_tasks_say_of_the_ranks_before_they_rank() -> None:
    """By the public tasks Ants lead; by the private ones Cows do, and Ants and Bees are tied."""
    track = broad_track()
    for name, public, private in (("Ants", 12, 2), ("Bees", 6, 1), ("Cows", 0, 12)):
        solve(team(track, name), track, public, private)
    hand_in(team(track, "Dogs"), track, state="failed")

    assert private_spans(track, Audience.JUDGES) == [
        ("Ants", 2, 3),
        ("Bees", 2, 3),
        ("Cows", 1, 1),
        ("Dogs", None, None),
    ]
    assert {span[1:] for span in private_spans(track, Audience.SPECTATORS)} == {(None, None)}


def test_private_ranges_stand_with_the_ranks_once_they_rank() -> None:
    track = broad_track(published=True)
    solve(team(track, "Ants"), track, 12, 2)

    for audience in Audience:
        assert private_spans(track, audience) == [("Ants", None, None)]


def test_published_ranges_are_of_the_private_tasks_and_the_declared_submission() -> None:
    track = broad_track(published=True)
    solve(team(track, "Ants"), track, 12, 12)
    solve(team(track, "Ants"), track, 3, 0, is_final=True)
    solve(team(track, "Bees"), track, 3, 12)

    for audience in Audience:
        assert spans(track, audience) == [("Bees", "1", 1, 1, 1, 1), ("Ants", "2", 2, 2, 2, 2)]


def test_frozen_ranges_stand_still_for_spectators() -> None:
    track = broad_track(frozen=True)
    before = timezone.now() - 2 * HOUR
    for name in ("Ants", "Bees"):
        solve(team(track, name), track, 6, at=before)
    frozen = board(track)
    assert spans(track) == [("Ants", "1=", 1, 2, 1, 2), ("Bees", "1=", 1, 2, 1, 2)]

    solve(team(track, "Bees"), track, 12)
    solve(team(track, "Ants"), track, 0)

    shown = board(track)
    assert [(row["rank_best"], row["rank_worst"]) for row in shown["rows"]] == [(1, 2), (1, 2)]
    assert [row["best_of"] for row in shown["rows"]] == [1, 1]
    assert {row["team"]: row["luck"] for row in shown["rows"]} == {
        row["team"]: row["luck"] for row in frozen["rows"]
    }
    assert spans(track, Audience.JUDGES)[0][:4] == ("Bees", "1", 1, 1)


def test_more_teams_than_are_compared_have_no_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "MOST_RANGED", 1)
    track = broad_track()
    for name, score in (("Ants", 0.9), ("Bees", 0.85), ("Cows", 0.1)):
        hand_in(team(track, name), track, score)

    shown = board(track)

    assert shown["header"]["ranges"] is False
    assert [row[2:] for row in spans(track)] == [(None,) * 4] * 3
    assert [row["like_above"] for row in shown["rows"]] == [False, True, False]


def test_a_result_moves_only_rows_that_it_concerns() -> None:
    track = broad_track()
    for name, solved in (("Ants", 12), ("Bees", 0), ("Cows", 0)):
        solve(team(track, name), track, solved)
    refresh_board(track_id=track.pk)

    hand_in(team(track, "Ants"), track, state="failed")
    told = refresh_board(track_id=track.pk)[0].message["board"]

    assert [row["name"] for row in told["rows"]] == ["Ants"]


def test_best_of_several_says_what_it_may_owe_to_luck() -> None:
    track = broad_track()
    for solved in (6, 9):
        solve(team(track, "Ants"), track, solved, public_stderr=0.1)
    hand_in(team(track, "Ants"), track, state="failed")

    (row,) = board(track)["rows"]

    assert (row["best_of"], row["luck"]) == (2, 0.056419)


def test_final_score_on_private_tasks_owes_nothing_to_luck() -> None:
    track = broad_track(published=True)
    for solved in (6, 9):
        solve(team(track, "Ants"), track, solved, solved)

    (row,) = board(track)["rows"]

    assert (row["best_of"], row["luck"]) == (None, None)


def test_stored_board_of_another_format_is_built_anew() -> None:
    track = broad_track()
    solve(team(track, "Ants"), track, 6)
    refresh_board(track_id=track.pk)
    stored = Board.objects.get(track=track, audience=Audience.SPECTATORS)
    stored.snapshot["header"]["format"] = FORMAT - 1
    del stored.snapshot["rows"][0]["rank_best"]
    stored.save()

    shown = current_board(track=track, audience=Audience.SPECTATORS)

    assert (shown.version, shown.snapshot["rows"][0]["rank_best"]) == (stored.version + 1, 1)
