"""Budgets of teams and events: drawn, settled, never overshot, and nothing leaks."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError, connections
from django.utils import timezone

from corral.gateway.budget import Budget, Draw
from evaluation.domain.accounts import (
    CHUNK_CALLS,
    CHUNK_TOKENS,
    draw_allowance,
    return_unused,
)
from evaluation.domain.allowance import SharedBudgets
from evaluation.domain.claim import Claim, claim_run
from evaluation.domain.endings import finish_failed, finish_scored, give_back, retry_or_end
from evaluation.domain.job import load_job
from evaluation.domain.patience import in_turn
from evaluation.domain.record import Spent, begin_running, record_results
from evaluation.domain.sweep import EXPIRED, sweep
from evaluation.domain.transitions import HELD
from evaluation.enums import RunState
from evaluation.errors import LeaseLost
from evaluation.models import Attempt, Run
from hackathons.models import BudgetAccount, Team
from tests.factories import (
    HackathonFactory,
    LanguageModelFactory,
    RunFactory,
    SubmissionFactory,
    SuiteVersionFactory,
    TeamFactory,
    TrackFactory,
)

pytestmark = pytest.mark.django_db
ALL = 1_000_000


def queued(team: Team | None = None, **budgets: int) -> Run:
    """A queued run without tasks, which can be scored at once."""
    team = team or TeamFactory(hackathon=HackathonFactory(**budgets))
    track = TrackFactory(
        hackathon=team.hackathon,
        suite_version=SuiteVersionFactory(public=0, private=0),
        allowed_models=[LanguageModelFactory(upstream="http://127.0.0.1:9/v1")],
    )
    return RunFactory(submission=SubmissionFactory(team=team, track=track))


def claimed() -> Claim:
    claim = claim_run(worker="w")
    assert claim is not None
    begin_running(claim, degraded=False)
    return claim


def wanted(tokens: int, calls: int = 1, most: int = ALL, drawn: tuple[int, int] = (0, 0)) -> Draw:
    return Draw(tokens, calls, most, most, *drawn)


def account(run: Run, *, event: bool = False) -> BudgetAccount:
    team = run.submission.team
    return BudgetAccount.objects.get(hackathon=team.hackathon, team=None if event else team)


def books(run: Run, *, event: bool = False) -> tuple[int, int, int, int]:
    found = account(run, event=event)
    return found.used_tokens, found.held_tokens, found.used_calls, found.held_calls


def test_draw_without_limits_is_a_chunk_and_is_held_in_both_accounts() -> None:
    run = queued()
    claim = claimed()

    grant = draw_allowance(claim, wanted(500))

    assert (grant.tokens, grant.calls, grant.refusal) == (CHUNK_TOKENS, CHUNK_CALLS, "")
    for event in (False, True):
        assert books(run, event=event) == (0, CHUNK_TOKENS, 0, CHUNK_CALLS)
    attempt = run.attempts.get()
    assert (attempt.drawn_tokens, attempt.drawn_calls) == (CHUNK_TOKENS, CHUNK_CALLS)


def test_draw_gives_what_is_needed_where_that_is_more_than_a_chunk() -> None:
    queued()
    grant = draw_allowance(claimed(), wanted(CHUNK_TOKENS + 1, CHUNK_CALLS + 1))
    assert (grant.tokens, grant.calls) == (CHUNK_TOKENS + 1, CHUNK_CALLS + 1)


def test_draw_gives_no_more_than_the_run_may_take() -> None:
    queued()
    grant = draw_allowance(claimed(), wanted(5, 1, most=7))
    assert (grant.tokens, grant.calls) == (7, 7)


def test_draw_near_a_limit_is_only_what_is_needed() -> None:
    queued(team_token_budget=2 * CHUNK_TOKENS, event_call_budget=CHUNK_CALLS)
    grant = draw_allowance(claimed(), wanted(500))
    assert (grant.tokens, grant.calls, grant.refusal) == (500, 1, "")


@pytest.mark.parametrize(
    ("budgets", "sentence"),
    [
        (
            {"team_token_budget": 1_000},
            "The team's budget of 1,000 tokens for this hackathon has 1,000 left, "
            "fewer than the call may need.",
        ),
        ({"team_token_budget": 0}, "The team's budget of 0 tokens for this hackathon is spent."),
        ({"team_call_budget": 0}, "The team's budget of 0 calls for this hackathon is spent."),
        (
            {"event_token_budget": 0},
            "The hackathon's budget of 0 tokens for all teams together is spent.",
        ),
        (
            {"event_call_budget": 0, "team_token_budget": 5},
            "The hackathon's budget of 0 calls for all teams together is spent.",
        ),
    ],
)
def test_refusal_says_whose_budget_it_is(budgets: dict[str, int], sentence: str) -> None:
    queued(**budgets)
    assert draw_allowance(claimed(), wanted(1_001)).refusal == sentence


def test_what_other_runs_hold_is_named_as_set_aside() -> None:
    run = queued(team_token_budget=1_000)
    queued(run.submission.team)
    draw_allowance(claimed(), wanted(1_000))

    grant = draw_allowance(claimed(), wanted(1))

    assert (grant.tokens, grant.calls) == (0, CHUNK_CALLS)
    assert grant.refusal == (
        "The team's budget of 1,000 tokens for this hackathon is spent, "
        "or set aside for runs that are going on."
    )


def test_limit_that_was_set_late_counts_what_was_used_before() -> None:
    run = queued()
    claim = claimed()
    draw_allowance(claim, wanted(500))
    hackathon = run.submission.team.hackathon
    hackathon.team_token_budget = 400
    hackathon.save()

    assert draw_allowance(claim, wanted(1, drawn=(CHUNK_TOKENS, CHUNK_CALLS))).tokens == 0


def test_team_pays_for_a_run_that_was_scored() -> None:
    run = queued()
    claim = claimed()
    draw_allowance(claim, wanted(500))
    record_results(claim, [], Spent(300, 100, 3))
    return_unused(claim, used_tokens=400, used_calls=3)

    finish_scored(claim)

    assert books(run) == books(run, event=True) == (400, 0, 3, 0)
    run.refresh_from_db()
    assert (run.lost_tokens, run.lost_calls) == (0, 0)


def test_team_pays_for_a_project_that_failed() -> None:
    run = queued()
    claim = claimed()
    draw_allowance(claim, wanted(500))
    record_results(claim, [], Spent(300, 100, 3))
    return_unused(claim, used_tokens=400, used_calls=3)

    finish_failed(claim, reason="nothing could start")

    assert books(run) == (400, 0, 3, 0)


@pytest.mark.parametrize("last", [False, True])
def test_team_pays_nothing_for_an_attempt_that_the_platform_failed(
    settings: Any, last: bool
) -> None:
    settings.MAX_ATTEMPTS = 1 if last else 3
    run = queued()
    claim = claimed()
    draw_allowance(claim, wanted(500))
    record_results(claim, [], Spent(300, 100, 3))
    return_unused(claim, used_tokens=400, used_calls=3)

    give_back(claim, reason="the model server died.")

    run.refresh_from_db()
    assert run.state == (RunState.ERRORED if last else RunState.QUEUED)
    assert books(run) == (0, 0, 0, 0)
    assert books(run, event=True) == (400, 0, 3, 0)


def lose(claim: Claim) -> None:
    """The worker is killed; the sweep finds the lease expired."""
    Run.objects.filter(pk=claim.run_id).update(lease_expires_at=timezone.now())
    assert sweep().expired == 1


def test_open_draw_of_a_lost_attempt_counts_for_event_and_run_and_not_for_the_team() -> None:
    run = queued()
    claim = claimed()
    draw_allowance(claim, wanted(500))
    record_results(claim, [], Spent(300, 100, 3))

    lose(claim)

    run.refresh_from_db()
    assert (run.lost_tokens, run.lost_calls) == (CHUNK_TOKENS - 400, CHUNK_CALLS - 3)
    assert books(run) == (0, 0, 0, 0)
    assert books(run, event=True) == (CHUNK_TOKENS, 0, CHUNK_CALLS, 0)


def test_run_that_goes_on_has_what_the_lost_attempt_can_not_have_used() -> None:
    run = queued()
    claim = claimed()
    draw_allowance(claim, wanted(500))
    record_results(claim, [], Spent(300, 100, 3))
    lose(claim)

    job = load_job(claimed())

    assert (job.spent_tokens, job.spent_calls) == (CHUNK_TOKENS, CHUNK_CALLS)
    assert job.claim.run_id == run.pk


def test_attempt_that_drew_nothing_loses_nothing() -> None:
    run = queued()
    lose(claimed())
    run.refresh_from_db()
    assert (run.lost_tokens, BudgetAccount.objects.count()) == (0, 0)


def test_attempt_is_settled_once() -> None:
    run = queued()
    claim = claimed()
    draw_allowance(claim, wanted(500))
    lose(claim)
    before = books(run, event=True)

    assert not give_back(claim, reason="late.")
    assert sweep().expired == 0
    with pytest.raises(LeaseLost):
        finish_scored(claim)
    return_unused(claim, used_tokens=CHUNK_TOKENS - 1, used_calls=CHUNK_CALLS - 1)

    assert books(run, event=True) == before


@pytest.mark.parametrize("attempts", [1, 2])
def test_stale_attempt_draws_nothing(attempts: int) -> None:
    run = queued()
    claim = claimed()
    lose(claim)
    if attempts == 2:
        claimed()

    with pytest.raises(LeaseLost):
        draw_allowance(claim, wanted(1))

    assert books(run) == books(run, event=True) == (0, 0, 0, 0)


def test_more_is_never_returned_than_was_left() -> None:
    run = queued()
    claim = claimed()
    draw_allowance(claim, wanted(500, 1, most=500))
    record_results(claim, [], Spent(300, 100, 3))

    return_unused(claim, used_tokens=399, used_calls=500)

    assert books(run)[1] == 500


def test_same_draw_again_is_given_the_same_and_nothing_more() -> None:
    run = queued(team_token_budget=5_000)
    claim = claimed()

    first = draw_allowance(claim, wanted(500))
    again = draw_allowance(claim, wanted(500))  # the answer to the first may have been lost
    other = draw_allowance(claim, wanted(700, drawn=(first.tokens, first.calls)))

    assert again == first
    assert books(run)[1] == books(run, event=True)[1] == first.tokens + other.tokens


def test_same_return_again_gives_back_nothing_more() -> None:
    run = queued()
    claim = claimed()
    draw_allowance(claim, wanted(500))

    for _ in range(2):  # not all that was used need be recorded, where an attempt breaks off
        return_unused(claim, used_tokens=CHUNK_TOKENS - 10, used_calls=CHUNK_CALLS - 1)

    assert books(run) == books(run, event=True) == (0, CHUNK_TOKENS - 10, 0, CHUNK_CALLS - 1)


def test_draw_that_was_never_heard_of_is_given_back() -> None:
    run = queued()
    claim = claimed()
    draw_allowance(claim, wanted(500))

    return_unused(claim, used_tokens=0, used_calls=0)

    assert books(run) == books(run, event=True) == (0, 0, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_draw_whose_answer_is_lost_is_drawn_once() -> None:
    run = queued()
    claim = claimed()
    lost: list[object] = []

    async def lose_the_first(work: Callable[[], Any], /) -> Any:
        answer = await in_turn(work)
        if not lost:
            lost.append(answer)
            raise OperationalError("server closed the connection unexpectedly")
        return answer

    budget = Budget(ALL, ALL, SharedBudgets(claim, lose_the_first))
    async_to_sync(budget.room_for)(500)

    assert (budget.unused_tokens, budget.unused_calls) == (CHUNK_TOKENS, CHUNK_CALLS)
    assert len(lost) == 1
    assert books(run) == (0, CHUNK_TOKENS, 0, CHUNK_CALLS)


def test_other_teams_of_the_event_are_counted_together() -> None:
    hackathon = HackathonFactory()
    runs = [queued(TeamFactory(hackathon=hackathon)) for _ in range(2)]
    for _ in runs:
        draw_allowance(claimed(), wanted(10, 1, most=10))

    assert [books(run)[1] for run in runs] == [10, 10]
    assert books(runs[0], event=True)[1] == 20


@pytest.mark.django_db(transaction=True)
def test_many_runs_at_once_never_overshoot_and_nothing_leaks() -> None:
    hackathon = HackathonFactory(
        team_token_budget=6_000, event_token_budget=9_000, event_call_budget=60
    )
    teams = [TeamFactory(hackathon=hackathon) for _ in range(2)]
    for number in range(12):
        queued(teams[number % 2])
    overshot: list[str] = []

    def watch() -> None:
        for found in BudgetAccount.objects.all():
            limit = 6_000 if found.team_id else 9_000
            if found.used_tokens + found.held_tokens > limit or found.held_calls > 60:
                overshot.append(f"{found}: {found.used_tokens} + {found.held_tokens}")

    def live(seed: int) -> None:
        chance = random.Random(seed)
        try:
            claim = claimed()
            ends: list[Callable[[], object]] = [
                lambda: finish_scored(claim),
                lambda: finish_failed(claim, reason="it failed"),
                lambda: give_back(claim, reason="trouble."),
                lambda: retry_or_end(
                    run_id=claim.run_id,
                    attempt=claim.attempt,
                    guard=HELD,
                    outcome="lost",
                    reason="killed.",
                ),
            ]
            tokens = calls = 0
            for _ in range(6):
                draw = wanted(chance.randint(1, 900), 1, most=900, drawn=(tokens, calls))
                grant = draw_allowance(claim, draw)
                if chance.random() < 0.5 and (grant.tokens or grant.calls):
                    assert draw_allowance(claim, draw) == replace(grant, refusal="")
                used = chance.randint(0, grant.tokens)
                record_results(claim, [], Spent(used, 0, min(1, grant.calls)))
                tokens, calls = tokens + grant.tokens, calls + grant.calls
                if chance.random() < 0.5:
                    tokens, calls = tokens - grant.tokens + used, calls - max(0, grant.calls - 1)
                    return_unused(claim, used_tokens=tokens, used_calls=calls)
                watch()
            chance.choice(ends)()
            watch()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=6) as threads:
        for done in [threads.submit(live, seed) for seed in range(12)]:
            done.result()

    assert overshot == []
    for found in BudgetAccount.objects.all():
        assert (found.held_tokens, found.held_calls) == (0, 0)
    event = BudgetAccount.objects.get(team=None)
    drawn = sum(attempt.drawn_tokens for attempt in Attempt.objects.all())
    assert event.used_tokens == drawn
    paid = Attempt.objects.filter(outcome__in=["scored", "failed"])  # a lost one is tried again
    for team in teams:
        used = sum(attempt.used_tokens for attempt in paid.filter(run__submission__team=team))
        assert BudgetAccount.objects.get(team=team).used_tokens == used


@pytest.mark.django_db(transaction=True)
def test_draw_that_races_with_the_sweep_is_settled_or_refused() -> None:
    for _ in range(8):
        run = queued()
        claim = claimed()
        draw_allowance(claim, wanted(10, 1, most=10))

        def draw(claim: Claim = claim) -> int:
            try:
                return draw_allowance(claim, wanted(10, 1, most=10, drawn=(10, 10))).tokens
            except LeaseLost:
                return 0
            finally:
                connections.close_all()

        def end(claim: Claim = claim) -> bool:
            try:
                Run.objects.filter(pk=claim.run_id).update(lease_expires_at=timezone.now())
                return retry_or_end(
                    run_id=claim.run_id,
                    attempt=claim.attempt,
                    guard=EXPIRED,
                    outcome="lost",
                    reason="killed.",
                )
            finally:
                connections.close_all()

        with ThreadPoolExecutor(max_workers=2) as threads:
            drawn, ended = threads.submit(draw), threads.submit(end)
        assert ended.result()
        run.refresh_from_db()
        assert run.lost_tokens == 10 + drawn.result()
        assert books(run) == (0, 0, 0, 0)
        assert books(run, event=True)[:2] == (10 + drawn.result(), 0)
        Run.objects.all().update(available_at=timezone.now() + timedelta(hours=1))
