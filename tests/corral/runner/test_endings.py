"""Runs that end early: by the platform's fault, or because their caller leaves."""

import asyncio
import time
from contextlib import aclosing

import pytest

from corral.errors import SandboxUnavailable, UpstreamUnavailable
from corral.sandbox.base import Launch
from tests.corral.runner.bench import HASTY, POLICY, Bench, tasks_of, until
from tests.corral.runner.programs import ECHO, OBEY
from tests.fakes.sandbox import PlainProcess, PlainSandbox


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
