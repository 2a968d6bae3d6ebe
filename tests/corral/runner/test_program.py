"""Programs that answer, wait and hang, in a sandbox without walls."""

from contextlib import aclosing
from dataclasses import replace

import pytest

from corral.verdicts import Verdict
from tests.corral.runner.bench import HASTY, POLICY, Bench, limited, tasks_of
from tests.corral.runner.programs import ECHO, OBEY, OBEY_AT_ONCE


async def test_program_answers_every_task(bench: Bench) -> None:
    outcomes = await bench.outcomes(bench.program(ECHO), tasks_of("a", "b"))

    assert [outcome.output for outcome in outcomes] == ["A", "B"]
    assert [outcome.verdict for outcome in outcomes] == [None, None]
    assert all(outcome.latency_ms is not None for outcome in outcomes)
    assert [(o.prompt_tokens, o.completion_tokens) for o in outcomes] == [(0, 0), (0, 0)]
    assert bench.starts() == 1


async def test_program_gets_only_the_gateway_in_its_environment(bench: Bench) -> None:
    source = "for key, _ in tasks():\n    answer(key, dict(os.environ))"
    [outcome] = await bench.outcomes(bench.program(source), tasks_of("a"))

    assert isinstance(outcome.output, dict)
    assert set(outcome.output) - {"CORRAL_GATEWAY_SOCKET", "LC_CTYPE"} == {
        "OPENAI_BASE_URL",
        "OPENAI_API_KEY",
        "CORRAL_MODEL",
    }
    assert outcome.output["OPENAI_BASE_URL"] == "http://127.0.0.1:8080/v1"
    assert outcome.output["OPENAI_API_KEY"] == bench.gateway.api_key
    assert outcome.output["CORRAL_MODEL"] == POLICY.model


async def test_no_tasks_start_no_program(bench: Bench) -> None:
    assert await bench.outcomes(bench.program(ECHO), []) == []
    assert bench.starts() == 0


async def test_two_tasks_of_one_key_are_refused(bench: Bench) -> None:
    with pytest.raises(ValueError, match="same key"):
        await bench.outcomes(bench.program(ECHO), tasks_of("a") * 2)


async def test_answers_may_come_in_any_order(bench: Bench) -> None:
    source = """
held = []
for key, text in tasks():
    held.append((key, text))
    if len(held) == 3:
        while held:
            answer(*held.pop())
"""
    outcomes = await bench.outcomes(bench.program(source, concurrency=3), tasks_of(*"abcdef"))

    assert [outcome.output for outcome in outcomes] == list("abcdef")


async def test_no_more_tasks_in_flight_than_the_policy_allows(bench: Bench) -> None:
    source = """
most, now = 0, 0
lock = threading.Lock()

def work(key):
    global most, now
    time.sleep(0.1)
    with lock:
        most, now = max(most, now), now - 1
    answer(key, most)

for key, _ in tasks():
    with lock:
        now += 1
    threading.Thread(target=work, args=(key,)).start()
"""
    project = bench.program(source, concurrency=8)
    outcomes = await bench.outcomes(
        project, tasks_of(*"abcdef"), replace(POLICY, max_concurrency=2)
    )

    assert max(int(str(outcome.output)) for outcome in outcomes) <= 2


async def test_program_finishes_at_the_end_of_its_input(bench: Bench) -> None:
    await bench.outcomes(bench.program(ECHO + "print('done', file=sys.stderr)"), tasks_of("a"))

    assert "done" in bench.logged


async def test_program_that_does_not_finish_is_killed_after_a_grace(bench: Bench) -> None:
    source = ECHO + "time.sleep(60)"

    assert await bench.verdicts(bench.program(source), tasks_of("a")) == [None]
    assert bench.alive() == 0


async def test_hung_task_alone_has_the_program_restarted(bench: Bench) -> None:
    outcomes = await bench.outcomes(bench.program(OBEY), tasks_of("a", "hang", "b"), HASTY)

    assert [outcome.verdict for outcome in outcomes] == [None, Verdict.TIMEOUT, None]
    assert outcomes[1].reason == "not answered in 1.5 s"
    assert outcomes[1].latency_ms is None
    assert bench.starts() == 2
    assert bench.alive() == 0


async def test_hung_task_among_others_lets_the_run_go_on(bench: Bench) -> None:
    project = bench.program(OBEY_AT_ONCE, concurrency=2)
    verdicts = await bench.verdicts(project, tasks_of("hang", *"abcdef"), HASTY)

    assert verdicts == [Verdict.TIMEOUT] + [None] * 6
    assert bench.starts() == 1


async def test_hung_tasks_in_every_slot_have_the_program_restarted(bench: Bench) -> None:
    project = bench.program(OBEY_AT_ONCE, concurrency=2)
    verdicts = await bench.verdicts(project, tasks_of("hang", "hang", "a", "b"), HASTY)

    assert verdicts == [Verdict.TIMEOUT, Verdict.TIMEOUT, None, None]
    assert bench.starts() == 2


async def test_late_answer_is_ignored_and_logged(bench: Bench) -> None:
    project = bench.program(OBEY_AT_ONCE, concurrency=2)
    tasks = tasks_of("after 2", "after 1.1", "after 1.1")
    verdicts = await bench.verdicts(project, tasks, HASTY)

    assert verdicts == [Verdict.TIMEOUT, None, None]
    assert "the answer to task 't1' came too late" in bench.logged
    assert bench.starts() == 1


async def test_silent_program_is_told_to_flush(bench: Bench) -> None:
    source = "for key, text in tasks():\n    print('{}')"
    [outcome] = await bench.outcomes(bench.program(source), tasks_of("a"), HASTY)

    assert outcome.verdict is Verdict.TIMEOUT
    assert outcome.reason == (
        "not answered in 1.5 s; nothing was ever written to stdout "
        "(does the program flush its lines?)"
    )


async def test_program_that_does_not_read_only_times_out(bench: Bench) -> None:
    project = bench.program("time.sleep(60)", concurrency=2)
    tasks = tasks_of("x" * 1_000_000, "y" * 1_000_000)

    assert await bench.verdicts(project, tasks, HASTY) == [Verdict.TIMEOUT] * 2
    assert bench.alive() == 0


async def test_run_that_takes_too_long_ends_with_timeouts(bench: Bench) -> None:
    project = bench.program(OBEY_AT_ONCE, concurrency=2)
    outcomes = await bench.outcomes(
        project, tasks_of("a", "hang", "hang", "b"), limited(wall_seconds=1.5)
    )

    assert [outcome.verdict for outcome in outcomes] == [None] + [Verdict.TIMEOUT] * 3
    assert outcomes[-1].reason == "the run's 1.5 s were used up"
    assert bench.alive() == 0


async def test_gateway_knows_which_tasks_the_program_holds(bench: Bench) -> None:
    project = bench.program(OBEY_AT_ONCE, concurrency=2)
    async with aclosing(bench.run(project, tasks_of("hang", "a"))) as outcomes:
        assert (await anext(outcomes)).key == "t2"
        assert bench.gateway.in_flight == {"t1"}

    assert bench.gateway.in_flight == set()
