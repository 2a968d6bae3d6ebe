"""Programs of every kind of behaviour, in a sandbox without walls."""

import asyncio
import time
from contextlib import aclosing
from dataclasses import replace

import pytest

from corral.errors import SandboxUnavailable, UpstreamUnavailable
from corral.runner import ProjectFailed
from corral.sandbox.base import Launch
from corral.verdicts import Verdict
from tests.corral.runner.bench import HASTY, POLICY, Bench, limited, tasks_of, until
from tests.fakes.sandbox import PlainProcess, PlainSandbox

ECHO = """
for key, text in tasks():
    answer(key, text.upper())
"""
OBEY = """
def crash():
    os._exit(3)

for key, text in tasks():
    print("got", text, file=sys.stderr, flush=True)
    if text == "crash":
        crash()
    elif text == "leave":
        os._exit(0)
    elif text == "hang":
        time.sleep(60)
    else:
        answer(key, text)
"""
OBEY_AT_ONCE = """
def work(key, text):
    if text == "crash":
        time.sleep(0.1)
        os._exit(3)
    if text == "leave":
        time.sleep(0.1)
        os._exit(0)
    if text == "hang":
        time.sleep(60)
    if text.startswith("after "):
        time.sleep(float(text.removeprefix("after ")))
    answer(key, text)

for key, text in tasks():
    threading.Thread(target=work, args=(key, text), daemon=True).start()
"""


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


async def test_answer_cut_off_by_death_is_a_crash(bench: Bench) -> None:
    source = """
for key, text in tasks():
    write('{"id": "%s", "outp' % key)
    os._exit(1)
"""
    assert await bench.verdicts(bench.program(source), tasks_of("a")) == [Verdict.CRASH]


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


@pytest.mark.parametrize(
    "line",
    [
        "not JSON",
        "[1, 2]",
        '{"output": 1}',
        '{"id": 7, "output": 1}',
        '{"id": "t9", "output": 1}',
        '{"id": "t2", "output": 1}',
        "\\x00\\xff",
        "[" * 5000,
    ],
)
async def test_bad_line_that_is_nobodys_is_only_logged(bench: Bench, line: str) -> None:
    source = f"for key, text in tasks():\n    write({line!r} + chr(10))\n    answer(key, text)"

    assert await bench.verdicts(bench.program(source), tasks_of("a")) == [None]
    assert bench.logged.count("a line on stdout is not used") == 1


async def test_second_answer_is_ignored_and_logged(bench: Bench) -> None:
    source = "for key, text in tasks():\n    answer(key, 1)\n    answer(key, 2)"
    outcomes = await bench.outcomes(bench.program(source), tasks_of("a", "b"))

    assert [outcome.output for outcome in outcomes] == [1, 1]
    assert "no task 't1' is waiting for an answer" in bench.logged


@pytest.mark.parametrize("output", ["NaN", "Infinity", '"half', '"' + "x" * 2000 + '"'])
async def test_bad_line_that_names_its_task_is_invalid_output(bench: Bench, output: str) -> None:
    source = f"""
for key, text in tasks():
    write('{{"id": "%s", "output": ' % key + {output!r} + '}}' + chr(10))
    answer(key, text)
"""
    policy = limited(answer_bytes=1000)
    outcomes = await bench.outcomes(bench.program(source), tasks_of("a", "b"), policy)

    assert [outcome.verdict for outcome in outcomes] == [Verdict.INVALID_OUTPUT] * 2
    assert outcomes[0].reason.startswith("the answer can't be read: ")


async def test_many_bad_lines_are_counted_and_not_all_logged(bench: Bench) -> None:
    source = "for key, text in tasks():\n    write('x\\n' * 5000)\n    answer(key, text)"

    assert await bench.verdicts(bench.program(source), tasks_of("a")) == [None]
    assert bench.logged.count("a line on stdout is not used") == 20
    assert "5000 lines on stdout were not used" in bench.logged


async def test_flood_on_stdout_ends_the_run(bench: Bench) -> None:
    source = ECHO.replace("answer(", "text == 'flood' and write('x' * 1_000_000)\n    answer(")
    outcomes = await bench.outcomes(
        bench.program(source), tasks_of("a", "flood", "b"), limited(output_bytes=100_000)
    )

    assert outcomes[0].verdict is None
    assert [outcome.verdict for outcome in outcomes[1:]] == [Verdict.INVALID_OUTPUT] * 2
    assert outcomes[1].reason == "the program wrote more than 100000 bytes to stdout"
    assert bench.alive() == 0


async def test_flood_on_stderr_does_not_block_the_program(bench: Bench) -> None:
    source = (
        "for key, text in tasks():\n    sys.stderr.write('e' * 3_000_000)\n    answer(key, text)"
    )

    assert await bench.verdicts(bench.program(source), tasks_of("a")) == [None]
    assert len(bench.log) == 3_000_000


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


async def test_trouble_of_the_platform_is_no_verdict(bench: Bench) -> None:
    async with aclosing(bench.run(bench.program(OBEY), tasks_of("a", "hang", "b"))) as outcomes:
        assert (await anext(outcomes)).key == "t1"
        bench.gateway.trouble = UpstreamUnavailable("The model server died.")
        with pytest.raises(UpstreamUnavailable, match="The model server died"):
            await anext(outcomes)

    assert bench.alive() == 0
    assert bench.gateway.in_flight == set()


async def test_answer_after_trouble_is_not_yielded(bench: Bench) -> None:
    async with aclosing(bench.run(bench.program(ECHO), tasks_of("a"))) as outcomes:
        bench.gateway.trouble = UpstreamUnavailable("The model server died.")
        with pytest.raises(UpstreamUnavailable):
            await anext(outcomes)


async def test_sandbox_that_is_unavailable_is_told(bench: Bench) -> None:
    class Broken(PlainSandbox):
        async def start(self, launch: Launch) -> PlainProcess:
            raise SandboxUnavailable("No user namespaces here.")

    bench.sandbox = Broken()
    with pytest.raises(SandboxUnavailable, match="No user namespaces"):
        await bench.outcomes(bench.program(ECHO), tasks_of("a"))


async def test_closing_the_run_kills_the_program(bench: Bench) -> None:
    outcomes = bench.run(bench.program(OBEY), tasks_of("a", "hang"))
    assert (await anext(outcomes)).key == "t1"
    assert bench.alive() == 1

    await outcomes.aclose()

    assert bench.alive() == 0
    assert bench.gateway.in_flight == set()


async def test_cancelling_the_run_kills_the_program(bench: Bench) -> None:
    running = asyncio.create_task(bench.outcomes(bench.program(OBEY), tasks_of("hang")))
    await until(lambda: bench.logged != "")

    running.cancel()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert bench.alive() == 0


async def test_cancelling_a_start_kills_what_was_started(bench: Bench) -> None:
    bench.sandbox = PlainSandbox(start_seconds=0.5)
    running = asyncio.create_task(bench.outcomes(bench.program(OBEY), tasks_of("a")))
    await until(lambda: bench.starts() == 1)

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert bench.alive() == 0


async def test_run_goes_on_while_its_caller_is_busy(bench: Bench) -> None:
    async with aclosing(bench.run(bench.program(ECHO), tasks_of(*"abc"), HASTY)) as outcomes:
        first = await anext(outcomes)
        await asyncio.sleep(1.8)
        rest = [outcome async for outcome in outcomes]

    assert [outcome.verdict for outcome in (first, *rest)] == [None, None, None]


async def test_log_that_fails_ends_the_run(bench: Bench) -> None:
    class Full(bytearray):
        def extend(self, chunk: object) -> None:
            raise OSError("No space left on device")

    bench.log = Full()
    started = time.monotonic()
    with pytest.raises(OSError, match="No space left"):
        await bench.outcomes(bench.program(OBEY), tasks_of("hang"))

    assert time.monotonic() - started < POLICY.task_seconds
    assert bench.alive() == 0
