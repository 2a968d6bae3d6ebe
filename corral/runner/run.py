"""A project, tasks and a policy in; one outcome for each task out, as they come."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path

from corral.gateway.door import GatewayDoor
from corral.gateway.server import Gateway
from corral.policy import Policy
from corral.project.manifest import Manifest, ProgramSection, ProjectKind, PromptSection
from corral.runner.certain import cancel_for_certain
from corral.runner.outcome import StoredProject, TaskOutcome
from corral.runner.program import Place, ProgramRun
from corral.runner.prompts import PromptRun
from corral.sandbox.base import Sandbox
from corral.suites.base import Task


async def run_project(
    project: StoredProject,
    tasks: Sequence[Task],
    policy: Policy,
    *,
    gateway: Gateway,
    sandbox: Sandbox,
    gateway_socket: Path,
    on_log: Callable[[bytes], None],
) -> AsyncGenerator[TaskOutcome, None]:
    """Yield exactly one outcome for each task, in any order.

    The run goes on while the caller is busy with an outcome: its clocks depend on nobody else.
    Close the generator (`contextlib.aclosing`) or cancel its task to stop the run: when that
    returns, nothing of it is left. `on_log` gets stderr in chunks, must return at once, and keeps
    of it what it wants.

    Raises:
        ProjectFailed: nothing of the project could start.
        SandboxUnavailable, UpstreamUnavailable: the platform failed; what was yielded holds.
    """
    _check_keys(tasks)
    outcomes: asyncio.Queue[TaskOutcome | None] = asyncio.Queue()
    place = Place(sandbox, gateway, GatewayDoor(gateway, gateway_socket), on_log)
    driver = asyncio.ensure_future(_drive(project, tasks, policy, place, outcomes.put_nowait))
    driver.add_done_callback(lambda _: outcomes.put_nowait(None))
    try:
        while (outcome := await outcomes.get()) is not None:
            yield outcome
        await driver
    finally:
        await cancel_for_certain(driver)


async def _drive(
    project: StoredProject,
    tasks: Sequence[Task],
    policy: Policy,
    place: Place,
    emit: Callable[[TaskOutcome], None],
) -> None:
    match project.manifest:  # a manifest may show both sections; its kind says which one counts
        case Manifest(kind=ProjectKind.PROGRAM, program=ProgramSection() as program):
            await ProgramRun(project, program, tasks, policy, place, emit).run()
        case Manifest(kind=ProjectKind.PROMPT, prompt=PromptSection() as prompt):
            await PromptRun(project.folder, prompt, policy, place.gateway, emit).run(tasks)
        case _:
            raise ValueError("The manifest lacks the section of its kind.")


def _check_keys(tasks: Sequence[Task]) -> None:
    if len({task.key for task in tasks}) != len(tasks):
        raise ValueError("Two tasks of a run have the same key.")
