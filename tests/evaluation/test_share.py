"""A run's share of its model server follows how many runs are going."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from corral.gateway.budget import Budget
from corral.gateway.rules import CallRules
from corral.gateway.server import Gateway
from corral.gateway.upstream import Upstream
from evaluation.domain.share import keep_share, runs_going
from evaluation.enums import RunState
from evaluation.models import Run
from tests.factories import RunFactory

pytestmark = pytest.mark.django_db
UPSTREAM = Upstream(base_url="http://127.0.0.1:1/v1", model="m")


@pytest.fixture(autouse=True)
def _quick(settings: Any) -> None:
    settings.HEARTBEAT_SECONDS = 0.02


def make_gateway() -> Gateway:
    rules = CallRules(concurrency=6)
    budget = Budget(tokens=1, calls=1)
    return Gateway(upstream=UPSTREAM, model="m", budget=budget, api_key="k", rules=rules)


def share_of_run(run: Run, slots: int | None) -> int:
    """What its gateway has after some heartbeats."""
    gateway = make_gateway()

    async def keep() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(0.3):
                await keep_share(gateway, model_id=run.submission.model_id, slots=slots)

    async_to_sync(keep)()
    return gateway.calls_at_once


def test_runs_going_are_those_that_may_ask_the_same_model() -> None:
    run = RunFactory(state=RunState.RUNNING)
    model = run.submission.model
    RunFactory(state=RunState.RUNNING)
    for state in (RunState.QUEUED, RunState.PREPARING, RunState.SCORED):
        RunFactory(state=state, submission__model=model)
    RunFactory(state=RunState.RUNNING, submission__model=model)
    assert runs_going(model.pk) == 2


def test_run_that_is_alone_has_all_that_its_rules_allow() -> None:
    assert share_of_run(RunFactory(state=RunState.RUNNING), 8) == 6


def test_share_of_a_server_without_known_slots_is_what_the_rules_allow() -> None:
    assert share_of_run(RunFactory(state=RunState.RUNNING), None) == 6


def test_share_shrinks_with_each_run_and_grows_again() -> None:
    run = RunFactory(state=RunState.RUNNING)
    others = RunFactory.create_batch(
        3, state=RunState.RUNNING, submission__model=run.submission.model
    )

    assert share_of_run(run, 4) == 1
    waiting = {"state": RunState.QUEUED, "lease_expires_at": None}
    Run.objects.filter(pk__in=[each.pk for each in others]).update(**waiting)
    assert share_of_run(run, 4) == 4
