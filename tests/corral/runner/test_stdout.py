"""What a program writes to stdout besides answers, and how much."""

import pytest

from corral.verdicts import Verdict
from tests.corral.runner.bench import Bench, limited, tasks_of
from tests.corral.runner.programs import ECHO


async def test_answer_cut_off_by_death_is_a_crash(bench: Bench) -> None:
    source = """
for key, text in tasks():
    write('{"id": "%s", "outp' % key)
    os._exit(1)
"""
    assert await bench.verdicts(bench.program(source), tasks_of("a")) == [Verdict.CRASH]


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
