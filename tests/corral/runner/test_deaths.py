"""Programs that end before they have answered: who is blamed, and with which verdict."""

from dataclasses import replace

import pytest

from corral.runner import ProjectFailed
from corral.verdicts import Verdict
from tests.corral.runner.bench import POLICY, Bench, tasks_of
from tests.corral.runner.programs import ECHO, OBEY, OBEY_AT_ONCE


async def test_task_that_dies_alone_is_a_crash(bench: Bench) -> None:
    outcomes = await bench.outcomes(bench.program(OBEY), tasks_of("a", "crash", "b"))

    assert [outcome.verdict for outcome in outcomes] == [None, Verdict.CRASH, None]
    assert outcomes[1].reason == "exit status 3"
    assert bench.starts() == 2


async def test_death_by_a_signal_names_it(bench: Bench) -> None:
    source = "for key, _ in tasks():\n    os.kill(os.getpid(), 11)"
    [outcome] = await bench.outcomes(bench.program(source), tasks_of("a"))

    assert (outcome.verdict, outcome.reason) == (Verdict.CRASH, "signal 11")


async def test_only_the_task_that_dies_alone_is_blamed(bench: Bench) -> None:
    project = bench.program(OBEY_AT_ONCE, concurrency=4)
    tasks = tasks_of("after 0.3", "crash", "after 0.3", "after 0.3", "a", "b")

    assert await bench.verdicts(project, tasks) == [None, Verdict.CRASH, None, None, None, None]
    assert bench.starts() == 3


async def test_clean_exit_without_an_answer_is_no_answer(bench: Bench) -> None:
    project = bench.program(OBEY_AT_ONCE, concurrency=3)
    tasks = tasks_of("after 0.3", "leave", "after 0.3", "a")
    outcomes = await bench.outcomes(project, tasks)

    assert [outcome.verdict for outcome in outcomes] == [None, Verdict.NO_ANSWER, None, None]
    assert outcomes[1].reason == "the program ended without answering"


async def test_program_that_crashes_on_every_task_is_scored_up_to_the_restarts(
    bench: Bench,
) -> None:
    policy = replace(POLICY, max_restarts=2)
    outcomes = await bench.outcomes(bench.program("sys.exit(1)"), tasks_of(*"abcde"), policy)

    assert [outcome.verdict for outcome in outcomes] == [Verdict.CRASH] * 5
    assert [outcome.reason for outcome in outcomes] == (
        ["exit status 1"] * 3 + ["the program was restarted 2 times"] * 2
    )
    assert bench.starts() == 3


async def test_program_that_answers_before_it_dies_keeps_its_answers(bench: Bench) -> None:
    source = """
for key, text in tasks():
    write(json.dumps({"id": key, "output": text}))
    os._exit(1)
"""
    assert await bench.verdicts(bench.program(source), tasks_of("a")) == [None]


async def test_command_that_is_not_found_fails_the_project(bench: Bench) -> None:
    project = bench.program(ECHO, command=("nonesuch",))

    with pytest.raises(ProjectFailed) as failure:
        await bench.outcomes(project, tasks_of("a"))
    assert failure.value.reason == "nonesuch: command not found"
    assert bench.starts() == 1


async def test_program_that_ran_and_then_says_127_is_a_crash(bench: Bench) -> None:
    source = "for key, text in tasks():\n    answer(key, text)\n    sys.exit(127)"
    verdicts = await bench.verdicts(bench.program(source, concurrency=2), tasks_of("a", "b"))

    assert verdicts == [None, Verdict.CRASH] or verdicts == [None, None]
