"""Whole runs under the budgets of their team and event: real gateway, a fake upstream."""

from collections.abc import Iterator

import pytest
from django.db.models.functions import Now

from corral.verdicts import Verdict
from evaluation.domain.claim import claim_run
from evaluation.domain.enqueue import enqueue_run
from evaluation.domain.execute import execute
from evaluation.domain.worker import this_sandbox
from evaluation.enums import RunState
from evaluation.models import Run
from hackathons.models import BudgetAccount, Track
from submissions.models import Submission
from tests.evaluation.projects import PROMPT, submitted
from tests.fakes.background import serving
from tests.fakes.upstream import FakeUpstream

pytestmark = pytest.mark.django_db(transaction=True)
FILES = {"corral.toml": PROMPT, "prompt.txt": "{input}"}


@pytest.fixture
def upstream() -> Iterator[FakeUpstream]:
    with serving() as upstream:
        yield upstream


def evaluated(upstream: FakeUpstream, *, tasks: int = 6, **budgets: int) -> Run:
    return evaluation_of(submitted(FILES, tasks=tasks, upstream=upstream.base_url), **budgets)


def evaluation_of(submission: Submission, **budgets: int) -> Run:
    for field, limit in budgets.items():
        setattr(submission.team.hackathon, field, limit)
    submission.team.hackathon.save()
    run = enqueue_run(submission_id=submission.pk)
    go_on()
    return Run.objects.get(pk=run.pk)


def go_on() -> None:
    Run.objects.update(available_at=Now())
    claim = claim_run(worker="test")
    assert claim is not None
    execute(claim, sandbox=this_sandbox(), degraded=False)


def test_run_settles_to_what_it_used(upstream: FakeUpstream) -> None:
    run = evaluated(upstream)

    assert (run.state, run.calls, run.lost_tokens) == (RunState.SCORED, 6, 0)
    accounts = list(BudgetAccount.objects.all())
    assert len(accounts) == 2
    for account in accounts:
        assert (account.used_tokens, account.held_tokens) == (run.tokens, 0)
        assert (account.used_calls, account.held_calls) == (6, 0)


@pytest.mark.parametrize("whose", ["team", "event"])
def test_run_whose_shared_budget_is_spent_is_told_whose(upstream: FakeUpstream, whose: str) -> None:
    run = evaluated(upstream, **{f"{whose}_call_budget": 4})

    refused = run.results.filter(verdict=Verdict.BUDGET_EXCEEDED)
    assert (run.state, run.calls, refused.count()) == (RunState.SCORED, 4, 2)
    owner = {"team": "The team's budget of 4 calls", "event": "The hackathon's budget of 4 calls"}
    assert all(owner[whose] in result.explanation for result in refused)
    assert {account.used_calls for account in BudgetAccount.objects.all()} == {4}
    assert len(upstream.requests) == 4


def test_tokens_of_the_team_are_never_overshot(upstream: FakeUpstream) -> None:
    run = evaluated(upstream, tasks=12, team_token_budget=250)

    account = BudgetAccount.objects.exclude(team=None).get()
    assert run.state == RunState.SCORED
    assert account.used_tokens == run.tokens <= 250
    assert 0 < run.calls < 12


def test_attempt_that_the_model_server_failed_costs_the_team_nothing(
    upstream: FakeUpstream,
) -> None:
    upstream.settings.fail_next = 100
    run = evaluated(upstream)
    assert run.state == RunState.QUEUED
    team = BudgetAccount.objects.exclude(team=None).get()
    assert (team.used_tokens, team.held_tokens, team.used_calls, team.held_calls) == (0, 0, 0, 0)
    assert BudgetAccount.objects.get(team=None).held_tokens == 0

    upstream.settings.fail_next = 0
    go_on()

    run.refresh_from_db()
    account = BudgetAccount.objects.exclude(team=None).get()
    assert (run.state, run.lost_tokens) == (RunState.SCORED, 0)
    assert (account.used_calls, account.held_calls) == (6, 0)


def test_rules_of_the_track_hold_for_every_call(upstream: FakeUpstream) -> None:
    submission = submitted(FILES, tasks=2, upstream=upstream.base_url)
    Track.objects.update(enforced_temperature=0.5, enforced_seed=7)

    run = evaluation_of(Submission.objects.get(pk=submission.pk))

    assert run.state == RunState.SCORED
    assert [(asked["temperature"], asked["seed"]) for asked in upstream.requests] == [(0.5, 7)] * 2
