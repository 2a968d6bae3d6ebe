"""Stopped early: only what is surely worse than the team's best, and told from recorded results."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from corral.sandbox.base import Sandbox
from corral.suites.base import Split
from corral.verdicts import Verdict
from evaluation.domain.adaptive import contest_of, mixed
from evaluation.domain.claim import Claim, claim_run
from evaluation.domain.endings import GOES_ON, finish_stopped
from evaluation.domain.enqueue import enqueue_run
from evaluation.domain.execute import execute
from evaluation.domain.judge import Judged
from evaluation.domain.record import Spent, begin_running, record_results
from evaluation.domain.retries import Outcome
from evaluation.domain.worker import this_sandbox
from evaluation.enums import RunState
from evaluation.errors import LeaseLost
from evaluation.models import Run, TaskResult
from evaluation.signals import run_progressed
from hackathons.enums import Audience
from hackathons.models import Hackathon, Track
from scoreboards.domain.boards import current_board
from submissions.models import Submission
from tests.evaluation.projects import MANIFEST, _handed_in, submitted_program
from tests.factories import (
    MembershipFactory,
    RunFactory,
    SubmissionFactory,
    SuiteVersionFactory,
    TeamFactory,
    TrackFactory,
    sums,
)
from tests.scoreboards.conftest import solve

pytestmark = pytest.mark.django_db(transaction=True)

ECHO = """
import json, sys
for line in sys.stdin:
    task = json.loads(line)
    print(json.dumps({"id": task["id"], "output": task["input"]["input"]}), flush=True)
"""
WRONG = ECHO.replace('task["input"]["input"]', '"wrong"')
NOTHING_STARTS = "raise SystemExit(1)"
PUBLIC = 12
SENTENCE = (
    "Stopped after 8 of 12 tasks: it can no longer be shown to beat the team's best (p ≤ 0.05). "
    "Saved: 4 tasks, and the private ones if any."
)


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return this_sandbox()


@pytest.fixture
def best(sandbox: Sandbox) -> Run:
    """A run that solves everything, on a track that stops runs early."""
    submission = submitted_program(ECHO, tasks=PUBLIC, private=2)
    submission.track.stops_early = True
    submission.track.save()
    return evaluated(submission, sandbox)


def next_one(best: Run, source: str = WRONG) -> Submission:
    """The team's next submission."""
    files = {"corral.toml": MANIFEST, "main.py": source}
    first = best.submission
    return _handed_in(files, first.team, first.track, first.model)


def claimed(submission: Submission) -> Claim:
    enqueue_run(submission_id=submission.pk)
    claim = claim_run(worker="test")
    assert claim is not None
    return claim


def evaluated(submission: Submission, sandbox: Sandbox) -> Run:
    claim = claimed(submission)
    execute(claim, sandbox=sandbox, degraded=False)
    return Run.objects.get(pk=claim.run_id)


def test_run_that_is_surely_worse_is_stopped_and_has_no_score(best: Run, sandbox: Sandbox) -> None:
    run = evaluated(next_one(best), sandbox)

    assert best.state == RunState.SCORED
    assert (run.state, run.reason) == (RunState.CANCELLED, SENTENCE)
    assert (run.public_done, run.private_done) == (8, 0)
    assert (run.public_score, run.private_score) == (None, None)
    assert run.attempts.get().outcome == Outcome.STOPPED


def test_tasks_are_asked_in_an_order_that_all_runs_share(best: Run, sandbox: Sandbox) -> None:
    run = evaluated(next_one(best), sandbox)

    tasks = run.suite_version.tasks.filter(split=Split.PUBLIC).order_by("position")
    asked = set(run.results.values_list("task", flat=True))
    assert asked == {task.pk for task in sorted(tasks, key=mixed)[:8]}


def test_run_as_good_as_the_best_is_run_to_its_end(best: Run, sandbox: Sandbox) -> None:
    run = evaluated(next_one(best, ECHO + "# again"), sandbox)

    assert (run.state, run.public_score, run.private_score) == (RunState.SCORED, 1.0, 1.0)


def test_run_of_a_final_submission_is_run_to_its_end(best: Run, sandbox: Sandbox) -> None:
    submission = next_one(best)
    submission.is_final = True
    submission.save()

    run = evaluated(submission, sandbox)

    assert (run.state, run.public_score) == (RunState.SCORED, 0.0)


def test_track_without_the_option_stops_nothing(best: Run, sandbox: Sandbox) -> None:
    best.submission.track.stops_early = False
    best.submission.track.save()

    run = evaluated(next_one(best), sandbox)

    assert (run.state, run.public_score) == (RunState.SCORED, 0.0)


def test_nothing_stops_while_the_scoreboard_is_frozen(best: Run, sandbox: Sandbox) -> None:
    hackathon = best.submission.track.hackathon
    hackathon.scoreboard_freezes_at = timezone.now() - timedelta(seconds=1)
    hackathon.save()

    run = evaluated(next_one(best), sandbox)

    assert run.state == RunState.SCORED


def test_other_policy_is_no_best(best: Run, sandbox: Sandbox) -> None:
    best.submission.track.token_budget += 1
    best.submission.track.save()

    run = evaluated(next_one(best), sandbox)

    assert run.state == RunState.SCORED


def test_attempt_after_a_killed_worker_goes_on_from_what_was_recorded(
    best: Run, sandbox: Sandbox
) -> None:
    run_id = lost_after(7, next_one(best))

    claim = claim_run(worker="another")
    assert claim is not None
    execute(claim, sandbox=sandbox, degraded=False)

    run = Run.objects.get(pk=run_id)
    assert (run.state, run.reason, run.public_done) == (RunState.CANCELLED, SENTENCE, 8)
    assert TaskResult.objects.filter(run=run, attempt=2).count() == 1


def test_worker_killed_before_the_end_was_written_starts_nothing_again(
    best: Run, sandbox: Sandbox
) -> None:
    run_id = lost_after(8, next_one(best, NOTHING_STARTS))

    claim = claim_run(worker="another")
    assert claim is not None
    execute(claim, sandbox=sandbox, degraded=False)

    run = Run.objects.get(pk=run_id)
    assert (run.state, run.reason, run.public_done) == (RunState.CANCELLED, SENTENCE, 8)


def lost_after(count: int, submission: Submission) -> object:
    """A run whose worker died when so many tasks had been recorded as wrong."""
    claim = claimed(submission)
    begin_running(claim, degraded=False)
    run = Run.objects.get(pk=claim.run_id)
    tasks = sorted(run.suite_version.tasks.filter(split=Split.PUBLIC), key=mixed)[:count]
    record_results(claim, [wrong(task.pk) for task in tasks], Spent())
    Run.objects.filter(pk=run.pk).update(state=RunState.QUEUED, lease_expires_at=None, worker="")
    return run.pk


def wrong(task_id: object) -> Judged:
    return Judged(
        task_id=task_id,  # type: ignore[arg-type]
        split=Split.PUBLIC,
        output="wrong",
        answer="wrong",
        verdict=Verdict.WRONG,
        score=0.0,
        explanation="",
        latency_ms=1.0,
        prompt_tokens=None,
        completion_tokens=None,
    )


def test_lower_score_on_heavier_tasks_is_not_lost_by_counting(best: Run) -> None:
    run = enqueue_run(submission_id=next_one(best).pk)
    contest = contest_of(run)
    assert contest is not None
    *many, heavy = contest.weights
    contest = contest.__class__(
        best=dict.fromkeys(many, 0.1) | {heavy: 0.0},
        weights=contest.weights,
        tested=contest.tested,
        until=None,
    )

    ahead = contest.after(heavy, 1.0)
    for task_id in many[:10]:
        ahead = ahead.after(task_id, 0.05)

    assert (ahead.duel.wins, ahead.duel.losses) == (1, 10)
    assert ahead.lead > 0
    assert not ahead.is_lost(timezone.now())


def test_of_each_passage_the_test_counts_one_task() -> None:
    """Nine tasks on one passage and three alone, all worse: four losses, which settle nothing."""
    tasks = [
        replace(task, cluster="passage" if n < 9 else None)
        for n, task in enumerate(sums(public=PUBLIC, private=0))
    ]
    version = SuiteVersionFactory(tasks=tasks)
    track = TrackFactory(suite_version=version, stops_early=True)
    team = TeamFactory(hackathon=track.hackathon)
    solve(team, track, PUBLIC)
    going = RunFactory(submission=SubmissionFactory(team=team, track=track), state="running")
    Run.objects.filter(submission__team=team).update(policy_digest=going.policy_digest)

    contest = contest_of(Run.objects.get(pk=going.pk))
    assert contest is not None
    for task_id in contest.weights:
        contest = contest.after(task_id, 0.0)

    assert (contest.asked, contest.duel.losses) == (12, 4)
    assert not contest.is_lost(timezone.now())


def test_board_keeps_the_best_and_page_and_api_say_why_it_stopped(
    best: Run, sandbox: Sandbox, client: Client
) -> None:
    run = evaluated(next_one(best), sandbox)
    person = MembershipFactory(team=run.submission.team).person
    client.force_login(person)

    page = client.get(reverse("evaluation:submission", args=[run.submission_id]))
    told = client.get(f"/api/v1/runs/{run.pk}/").json()
    board = current_board(track=run.submission.track, audience=Audience.SPECTATORS)

    assert escape(SENTENCE) in page.content.decode()
    assert told["reason"] == SENTENCE
    assert told["stopped_early"] == {
        "asked": 8,
        "planned": 12,
        "saved_tasks": 4,
        "saved_tokens": 0,  # its program asks no model
    }
    assert [row["score"] for row in board.snapshot["rows"]] == [1.0]


def test_stopped_run_declared_final_leaves_the_decision_to_the_best(
    best: Run, sandbox: Sandbox
) -> None:
    run = evaluated(next_one(best), sandbox)
    run.submission.is_final = True
    run.submission.save()
    hackathon = run.submission.track.hackathon
    hackathon.scoreboard_freezes_at = None
    hackathon.submissions_close_at = hackathon.results_published_at = timezone.now()
    hackathon.save()

    board = current_board(track=run.submission.track, audience=Audience.SPECTATORS)

    assert [(row["number"], row["score"]) for row in board.snapshot["rows"]] == [
        (best.submission.number, 1.0)
    ]


SLOW = WRONG.replace("import json, sys", "import json, sys, time").replace(
    "    task =", "    time.sleep(0.1)\n    task ="
)


def as_final(run: Run) -> None:
    Submission.objects.filter(pk=run.submission_id).update(is_final=True)


def as_full(run: Run) -> None:
    Track.objects.filter(pk=run.submission.track_id).update(stops_early=False)


def as_frozen(run: Run) -> None:
    Hackathon.objects.filter(tracks=run.submission.track_id).update(scoreboard_freezes_at=Now())


@pytest.mark.parametrize("change", [as_final, as_full, as_frozen])
def test_run_is_not_stopped_once_something_forbids_it_and_goes_on_where_it_was(
    best: Run, sandbox: Sandbox, change: Callable[[Run], None]
) -> None:
    claim = claimed(next_one(best, SLOW))
    changed: list[Run] = []

    def soon(run_id: UUID, **_: object) -> None:
        """After the contest was made and before it is lost: the first result is recorded."""
        if not changed:
            changed.append(Run.objects.get(pk=run_id))
            change(changed[0])

    run_progressed.connect(soon)
    try:
        execute(claim, sandbox=sandbox, degraded=False)
    finally:
        run_progressed.disconnect(soon)

    run = Run.objects.get(pk=claim.run_id)
    first = run.attempts.get()
    assert 0 < changed[0].public_done < 8
    assert (run.state, run.reason, run.public_done) == (RunState.QUEUED, GOES_ON, 8)
    assert (first.outcome, first.reason) == (Outcome.PAUSED, GOES_ON)

    again = claim_run(worker="another")
    assert again is not None
    execute(again, sandbox=sandbox, degraded=False)

    run.refresh_from_db()
    assert (run.state, run.public_score, run.private_score) == (RunState.SCORED, 0.0, 0.0)
    assert run.results.filter(attempt=1).count() == 8
    assert run.results.filter(attempt=2).count() == PUBLIC - 8 + 2


def test_end_that_comes_after_its_lease_neither_stops_nor_puts_back(best: Run) -> None:
    claim = claimed(next_one(best))
    begin_running(claim, degraded=False)
    as_final(Run.objects.get(pk=claim.run_id))
    Run.objects.filter(pk=claim.run_id).update(lease_expires_at=timezone.now())

    with pytest.raises(LeaseLost):
        finish_stopped(claim, reason=SENTENCE)

    assert Run.objects.get(pk=claim.run_id).state == RunState.RUNNING
