"""Programs that call the model: tokens, the budget, and trouble upstream."""

import pytest

from corral.errors import UpstreamUnavailable
from corral.verdicts import Verdict
from tests.corral.runner.bench import Bench, tasks_of

ASK = """
def work(key, text):
    status = ask(text, key if text == "named" else None) if text != "calls nothing" else 0
    if status == 429 and text != "goes on":
        os._exit(5)
    answer(key, status)

def work_later(key, text):
    time.sleep(0.2)
    work(key, text)

for key, text in tasks():
    threading.Thread(target=work_later, args=(key, text), daemon=True).start()
"""


async def test_tokens_of_tasks_in_flight_alone_are_counted(model_bench: Bench) -> None:
    project = model_bench.program(ASK)
    outcomes = await model_bench.outcomes(project, tasks_of("one", "calls nothing"))

    assert [outcome.output for outcome in outcomes] == [200, 0]
    assert [(o.prompt_tokens, o.completion_tokens) for o in outcomes] == [(9, 1), (0, 0)]


async def test_tokens_of_calls_that_name_their_task_are_counted(model_bench: Bench) -> None:
    project = model_bench.program(ASK, concurrency=2)
    outcomes = await model_bench.outcomes(project, tasks_of("named", "named"))

    assert [(o.prompt_tokens, o.completion_tokens) for o in outcomes] == [(9, 1), (9, 1)]


async def test_tokens_of_calls_that_may_be_anybodys_are_unknown(model_bench: Bench) -> None:
    project = model_bench.program(ASK, concurrency=3)
    outcomes = await model_bench.outcomes(project, tasks_of("one", "two", "three"))

    assert [outcome.output for outcome in outcomes] == [200] * 3
    assert outcomes[0].prompt_tokens is None or outcomes[1].prompt_tokens is None
    assert model_bench.gateway.usage().prompt_tokens == 27


async def test_task_that_dies_of_a_refused_call_exceeded_the_budget(poor_bench: Bench) -> None:
    outcomes = await poor_bench.outcomes(
        poor_bench.program(ASK), tasks_of("one", "two", "three", "calls nothing", "goes on")
    )

    assert [outcome.verdict for outcome in outcomes] == [
        None,
        None,
        Verdict.BUDGET_EXCEEDED,
        None,
        None,
    ]
    assert outcomes[2].reason == "a budget refused a model call; then: exit status 5"
    assert outcomes[4].output == 429


async def test_task_that_dies_without_a_call_is_a_crash_though_the_budget_is_spent(
    poor_bench: Bench,
) -> None:
    source = ASK.replace("status == 429", 'text == "crash"').replace("calls nothing", "crash")
    verdicts = await poor_bench.verdicts(
        poor_bench.program(source), tasks_of("one", "two", "goes on", "crash")
    )

    assert verdicts == [None, None, None, Verdict.CRASH]


async def test_upstream_that_fails_is_no_verdict(model_bench: Bench) -> None:
    with pytest.raises(UpstreamUnavailable):
        await model_bench.outcomes(model_bench.program(ASK), tasks_of("fine", "[[die]]", "fine"))

    assert model_bench.alive() == 0
    assert model_bench.gateway.in_flight == set()


async def test_program_that_leaves_after_its_reasoning_was_cut_is_truncated(
    capped_bench: Bench,
) -> None:
    source = """
for key, text in tasks():
    ask(text + " [[think 8]]" if text != "calls nothing" else "x")
    if text == "answers":
        answer(key, "so")
    else:
        os._exit(0)
"""
    outcomes = await capped_bench.outcomes(
        capped_bench.program(source), tasks_of("leaves", "answers", "calls nothing")
    )

    assert [outcome.verdict for outcome in outcomes] == [
        Verdict.TRUNCATED_REASONING,
        None,
        Verdict.NO_ANSWER,
    ]
    assert outcomes[0].reason == (
        "the model's reasoning was cut at the track's cap; then: "
        "the program ended without answering"
    )
