"""A quick score: the same tasks first for everybody, soon, for whom may see it, and cheap."""

import statistics
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from catalogue.models import Task as StoredTask
from common.meanings import Meaning
from corral.statistics.clustered import clustered_mean
from corral.suites.base import Split, Task
from evaluation.domain.adaptive import mixed
from evaluation.domain.queries import run_for_person
from evaluation.domain.quick import QuickScore, first_tasks, in_order, quick_score
from evaluation.enums import RunState
from evaluation.models import Run
from hackathons.enums import Audience
from scoreboards.domain.boards import current_board
from tests.evaluation.test_pages import judge_of, member_of, page_of, seen_by
from tests.factories import (
    RunFactory,
    SubmissionFactory,
    SuiteVersionFactory,
    TaskResultFactory,
    TrackFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
PUBLIC, FIRST = 16, 6
TAGS = [("add",)] * 8 + [("multiply", "hard")] * 8


def tasks(passages: int = 0) -> list[Task]:
    """Half of the public tasks with one set of tags, half with another, and two private ones.

    With `passages` each task belongs to one of so many.
    """
    public = [
        Task(
            key=f"t{i}",
            input={"input": "?"},
            target="1",
            scorer="exact",
            split=Split.PUBLIC,
            tags=tags,
            cluster=f"passage {i % passages}" if passages else None,
        )
        for i, tags in enumerate(TAGS)
    ]
    private = [Task(f"p{i}", {"input": "?"}, "1", "exact", split=Split.PRIVATE) for i in range(2)]
    return public + private


def quick_run(state: RunState = RunState.RUNNING, quick: int | None = FIRST, **more: Any) -> Run:
    version = more.pop("version", None) or SuiteVersionFactory(tasks=tasks(more.pop("passages", 0)))
    track = TrackFactory(suite_version=version, quick_tasks=quick, **more)
    run: Run = RunFactory(submission=SubmissionFactory(track=track), state=state)
    return run


def answer(run: Run, count: int, right: int = 0) -> None:
    """So many of its public tasks are judged, in the run's order; the first `right` are correct."""
    done = in_order(run, public_of(run), mix=False)[:count]
    for number, task in enumerate(done):
        verdict = "correct" if number < right else "wrong"
        TaskResultFactory(run=run, task=task, verdict=verdict)
    run.public_done = count
    run.save()


def public_of(run: Run) -> list[StoredTask]:
    return list(run.suite_version.tasks.filter(split=Split.PUBLIC).order_by("position"))


def shown_to(person: User, run: Run) -> QuickScore | None:
    seen = run_for_person(person=person, pk=run.pk, at=timezone.now())
    assert seen is not None
    return quick_score(seen)


def told_to(person: User, run: Run) -> Any:
    client = Client()
    client.force_login(person)
    return client.get(f"/api/v1/runs/{run.pk}/").json()["quick"]


def test_first_tasks_have_the_mix_of_tags_of_the_whole() -> None:
    run = quick_run()

    first = first_tasks(run)

    chosen = [task for task in public_of(run) if task.pk in first]
    assert Counter(tuple(task.tags) for task in chosen) == {("add",): 3, ("multiply", "hard"): 3}


def test_first_tasks_are_alike_for_runs_of_other_teams_and_tracks_of_the_version() -> None:
    one = quick_run()
    other = quick_run(version=one.suite_version)

    assert one.submission.team != other.submission.team
    assert first_tasks(one) == first_tasks(other)


@pytest.mark.parametrize("quick", [None, PUBLIC, PUBLIC + 1, 1_000_000])
def test_option_that_is_off_or_means_all_changes_nothing(quick: int | None) -> None:
    run = quick_run(quick=quick)
    answer(run, PUBLIC)

    assert in_order(run, public_of(run), mix=False) == public_of(run)
    assert in_order(run, public_of(run), mix=True) == sorted(public_of(run), key=mixed)
    assert shown_to(member_of(run), run) is None
    assert "data-quick" not in seen_by(member_of(run), page_of(run))


def test_order_is_first_tasks_then_the_others_both_mixed_whatever_order_they_come_in() -> None:
    run = quick_run()
    every = list(run.suite_version.tasks.all())
    first = first_tasks(run)
    expected = sorted((t for t in every if t.pk in first), key=mixed)
    expected += sorted((t for t in every if t.pk not in first), key=mixed)

    @settings(deadline=None)
    @given(st.permutations(every), st.booleans(), st.integers(0, PUBLIC))
    def check(shuffled: list[StoredTask], mix: bool, answered: int) -> None:
        assert in_order(run, shuffled, mix=mix) == expected
        left = [task for task in shuffled if task not in expected[:answered]]
        assert in_order(run, left, mix=mix) == expected[answered:]

    check()
    assert [task.pk in first for task in expected[: FIRST + 1]] == [True] * FIRST + [False]


@settings(deadline=None, max_examples=30)  # each writes to the database
@given(count=st.integers(FIRST, PUBLIC - 1), right=st.integers(0, FIRST))
def test_score_is_that_of_the_first_tasks_alone(count: int, right: int) -> None:
    run = quick_run()
    answer(run, count, right)

    found = shown_to(member_of(run), run)

    assert found is not None
    scores = [1.0] * right + [0.0] * (FIRST - right)
    assert (found.tasks, found.total) == (FIRST, PUBLIC)
    assert found.score == pytest.approx(right / FIRST)
    assert found.stderr == pytest.approx(statistics.stdev(scores) / FIRST**0.5)


def test_error_is_clustered_where_tasks_share_a_passage() -> None:
    run = quick_run(passages=2)
    answer(run, FIRST, 3)

    found = shown_to(member_of(run), run)

    rows = [(one.score, one.task.cluster) for one in run.results.select_related("task")]
    scores, clusters = zip(*rows, strict=True)
    expected = clustered_mean(scores, [1.0] * FIRST, clusters)
    plain = clustered_mean(scores, [1.0] * FIRST, [None] * FIRST)
    assert found is not None
    assert expected.stderr not in {None, plain.stderr}
    assert found.stderr == pytest.approx(expected.stderr)


def test_no_number_until_all_of_the_first_tasks_are_judged() -> None:
    run = quick_run()
    answer(run, FIRST - 1, 3)
    late = in_order(run, public_of(run), mix=False)[FIRST]
    TaskResultFactory(run=run, task=late)  # a project may finish them in another order
    run.public_done = FIRST
    run.save()

    page = seen_by(member_of(run), page_of(run, "status"))

    assert shown_to(member_of(run), run) == QuickScore(FIRST, PUBLIC, None, None)
    assert told_to(member_of(run), run) == {
        "score": None,
        "stderr": None,
        "tasks": FIRST,
        "total": PUBLIC,
    }
    assert f'data-quick-after="{FIRST}"' in page
    assert "once the first 6 of 16 tasks are judged" in page


def test_run_that_ended_before_promises_nothing() -> None:
    run = quick_run()
    answer(run, FIRST - 1)
    Run.objects.filter(pk=run.pk).update(
        state="cancelled", ended_at=timezone.now(), lease_expires_at=None
    )

    assert shown_to(member_of(run), run) is None
    assert "data-quick" not in seen_by(member_of(run), page_of(run))


def test_page_and_api_show_it_while_the_run_goes_on() -> None:
    run = quick_run()
    answer(run, FIRST, 3)

    for part in ("submission", "status"):
        page = " ".join(seen_by(member_of(run), page_of(run, part)).split())
        assert '<strong class="numeric">50.0 %</strong>' in page
        assert "± 22.4 %</span> on the first 6 of 16 tasks" in page
        assert Meaning.QUICK in page
    told = told_to(member_of(run), run)
    assert (told["score"], told["tasks"], told["total"]) == (0.5, FIRST, PUBLIC)
    assert told["stderr"] == pytest.approx(0.2236, abs=1e-4)


def test_it_stays_as_a_line_once_the_run_is_scored() -> None:
    run = quick_run(RunState.SCORED)
    answer(run, PUBLIC, 3)

    page = " ".join(seen_by(member_of(run), page_of(run)).split())

    assert 'On the 6 tasks that come first: <span class="numeric">50.0 % ± 22.4 %</span>' in page
    assert "on the first 6 of 16" not in page


def test_judges_see_it_and_others_know_of_no_run() -> None:
    run = quick_run()
    answer(run, FIRST, 3)
    client = Client()

    assert told_to(judge_of(run), run)["score"] == 0.5
    for person in (None, UserFactory(), member_of(quick_run())):
        if person:
            client.force_login(person)
        assert client.get(f"/api/v1/runs/{run.pk}/").status_code in {401, 404}
        for part in ("submission", "status"):
            assert client.get(page_of(run, part)).status_code == 404


def frozen(run: Run) -> None:
    hackathon = run.submission.track.hackathon
    hackathon.scoreboard_freezes_at = timezone.now() - timedelta(minutes=1)
    hackathon.save()


def climbs(run: Run) -> None:
    run.submission.track.ladder = True
    run.submission.track.save()


@pytest.mark.parametrize("hide", [frozen, climbs])
def test_team_sees_none_while_the_freeze_or_a_ladder_hides_its_results(hide: Any) -> None:
    run = quick_run()
    answer(run, FIRST, 3)
    hide(run)

    assert told_to(member_of(run), run) is None
    for part in ("submission", "status"):
        assert "data-quick" not in seen_by(member_of(run), page_of(run, part))
    assert told_to(judge_of(run), run)["score"] == 0.5


@pytest.mark.parametrize("audience", list(Audience))
def test_no_board_knows_of_it(audience: Audience) -> None:
    run = quick_run()
    answer(run, FIRST, 3)

    snapshot = current_board(track=run.submission.track, audience=audience).snapshot

    assert "quick" not in str(snapshot)
    assert all(row["score"] is None for row in snapshot["rows"])


def test_it_costs_one_query_and_none_before_it_can_be_there() -> None:
    off, soon, there = quick_run(quick=None), quick_run(), quick_run()
    for run, count in ((off, FIRST), (soon, FIRST - 1), (there, FIRST)):
        answer(run, count)
        first_tasks(run)  # a process reads a version's tags once

    assert queries(soon) == queries(off)
    assert queries(there) == queries(off) + 1


def queries(run: Run) -> int:
    client = Client()
    client.force_login(member_of(run))
    with CaptureQueriesContext(connection) as captured:
        assert client.get(page_of(run, "status")).status_code == 200
    return len(captured)


def test_track_says_that_its_runs_begin_with_the_same_tasks(client: Client) -> None:
    track = quick_run().submission.track

    page = client.get(track.get_absolute_url()).text
    told = client.get(f"/api/v1/tracks/{track.pk}/").json()

    assert "Each run begins with the same 6 of the 16 public tasks" in page
    assert told["quick_tasks"] == FIRST
