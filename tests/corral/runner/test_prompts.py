"""Prompts, asked through the real gateway of an upstream that speaks HTTP."""

import asyncio
from contextlib import aclosing
from dataclasses import replace

import pytest

from corral.errors import UpstreamUnavailable
from corral.runner import ProjectFailed
from corral.runner.prompts import CONCURRENCY, content_of
from corral.verdicts import Verdict
from tests.corral.runner.bench import HASTY, Bench, limited, tasks_of
from tests.fakes.upstream import FakeUpstream


async def test_prompt_is_asked_for_every_task(model_bench: Bench, model: FakeUpstream) -> None:
    project = model_bench.prompt("Say {input}", temperature=0, max_tokens=16)
    outcomes = await model_bench.outcomes(project, tasks_of("one", "two"))

    assert [outcome.output for outcome in outcomes] == ["Say one", "Say two"]
    assert [outcome.verdict for outcome in outcomes] == [None, None]
    assert all(outcome.latency_ms is not None for outcome in outcomes)
    assert [(o.prompt_tokens, o.completion_tokens) for o in outcomes] == [(12, 2), (12, 2)]
    assert model_bench.starts() == 0
    assert model_bench.gateway.in_flight == set()


async def test_prompt_goes_with_its_system_and_sampling(
    model_bench: Bench, model: FakeUpstream
) -> None:
    project = model_bench.prompt("Say {input}", temperature=0.5, max_tokens=16, seed=3)
    await model_bench.outcomes(project, tasks_of("one"))

    [request] = model.requests
    assert request["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Say one"},
    ]
    assert (request["temperature"], request["max_tokens"], request["seed"]) == (0.5, 16, 3)


async def test_prompt_asks_a_few_at_a_time(model_bench: Bench, model: FakeUpstream) -> None:
    tasks = tasks_of(*["[[sleep 0.1]]"] * 10)
    verdicts = await model_bench.verdicts(model_bench.prompt(), tasks)

    assert verdicts == [None] * 10
    assert 1 < model.most_at_once <= CONCURRENCY


async def test_empty_answer_is_no_answer(model_bench: Bench) -> None:
    [outcome] = await model_bench.outcomes(model_bench.prompt(), tasks_of("[[empty]]"))

    assert outcome.verdict is Verdict.NO_ANSWER
    assert outcome.reason == "the model answered with nothing"
    assert outcome.latency_ms is None


async def test_slow_answer_is_a_timeout(model_bench: Bench) -> None:
    policy = replace(HASTY, task_seconds=1.0)
    verdicts = await model_bench.verdicts(
        model_bench.prompt(), tasks_of("[[sleep 5]]", "one"), policy
    )

    assert verdicts == [Verdict.TIMEOUT, None]


async def test_prompt_run_ends_when_its_seconds_are_used_up(
    model_bench: Bench, model: FakeUpstream
) -> None:
    tasks = tasks_of(*["[[sleep 0.6]]"] * 12)
    outcomes = await model_bench.outcomes(
        model_bench.prompt(), tasks, limited(HASTY, wall_seconds=1.0)
    )

    late = [outcome for outcome in outcomes if outcome.verdict is Verdict.TIMEOUT]
    assert len(outcomes) == 12
    assert len(late) == 8
    assert {outcome.reason for outcome in late} == {"the run's 1 s were used up"}
    assert len(model.requests) == 8


async def test_prompt_that_is_refused_is_no_answer(model_bench: Bench) -> None:
    outcomes = await model_bench.outcomes(model_bench.prompt(), tasks_of("[[status 400]]", "one"))

    assert [outcome.verdict for outcome in outcomes] == [Verdict.NO_ANSWER, None]
    assert outcomes[0].reason.startswith("the call was refused: ")


async def test_prompt_over_budget_is_budget_exceeded(poor_bench: Bench) -> None:
    verdicts = await poor_bench.verdicts(
        poor_bench.prompt(max_tokens=8), tasks_of("one", "two", "three")
    )

    assert verdicts.count(None) == 2
    assert verdicts.count(Verdict.BUDGET_EXCEEDED) == 1


async def test_template_with_a_field_that_the_task_lacks_is_no_answer(model_bench: Bench) -> None:
    [outcome] = await model_bench.outcomes(model_bench.prompt("{question}"), tasks_of("one"))

    assert outcome.verdict is Verdict.NO_ANSWER
    assert outcome.reason == (
        "no prompt could be made: prompt.txt: uses {question}, but the task has only {input}."
    )


async def test_upstream_that_fails_is_no_verdict(model_bench: Bench) -> None:
    with pytest.raises(UpstreamUnavailable):
        await model_bench.outcomes(model_bench.prompt(), tasks_of("[[die]]", "one", "two"))

    assert model_bench.gateway.in_flight == set()


async def test_closing_the_run_stops_asking(model_bench: Bench, model: FakeUpstream) -> None:
    tasks = tasks_of("one", *["[[sleep 0.2]]"] * 20)
    async with aclosing(model_bench.run(model_bench.prompt(), tasks)) as outcomes:
        await anext(outcomes)
    asked = len(model.requests)
    await asyncio.sleep(0.4)

    assert len(model.requests) == asked
    assert model_bench.gateway.in_flight == set()


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
async def test_template_that_cannot_be_read_fails_the_project(
    bench: Bench, content: bytes | None
) -> None:
    project = bench.prompt()
    (bench.folder / "prompt.txt").unlink()
    if content is not None:
        (bench.folder / "prompt.txt").write_bytes(content)

    with pytest.raises(ProjectFailed, match="can't be read as UTF-8"):
        await bench.outcomes(project, tasks_of("one"))


async def test_template_that_leaves_the_project_fails_it(bench: Bench) -> None:
    (bench.folder.parent / "secret.txt").write_text("secret")
    project = bench.prompt()
    (bench.folder / "prompt.txt").unlink()
    (bench.folder / "prompt.txt").symlink_to("../secret.txt")

    with pytest.raises(ProjectFailed, match="lies outside the project"):
        await bench.outcomes(project, tasks_of("one"))


def test_content_of_a_choice_without_text_is_empty() -> None:
    assert content_of({"choices": [{"message": {"content": None}}]}) == ""


def test_content_of_something_else_is_the_upstreams_fault() -> None:
    with pytest.raises(UpstreamUnavailable):
        content_of({"choices": []})


async def test_answer_that_never_came_out_of_reasoning_is_truncated(model_bench: Bench) -> None:
    project = model_bench.prompt("{input}", max_tokens=4)
    tasks = tasks_of("[[think 9]] one", "[[think 2]] one", "[[empty]]")
    outcomes = await model_bench.outcomes(project, tasks)

    assert [outcome.verdict for outcome in outcomes] == [
        Verdict.TRUNCATED_REASONING,
        None,
        Verdict.NO_ANSWER,
    ]
    assert outcomes[0].reason == "the model was still reasoning when its tokens were used up"
    assert outcomes[0].completion_tokens == 4


async def test_reasoning_over_the_cap_is_truncated(capped_bench: Bench) -> None:
    verdicts = await capped_bench.verdicts(
        capped_bench.prompt("{input}"), tasks_of("[[think 9]] one", "[[think 3]] one")
    )

    assert verdicts == [Verdict.TRUNCATED_REASONING, None]
