"""What the runner's tests share: small programs, tasks, and a run's outcomes gathered by key."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path

from corral.gateway.server import Gateway
from corral.policy import Policy
from corral.project.manifest import Manifest, ProgramSection, ProjectKind, PromptSection
from corral.runner import StoredProject, TaskOutcome, run_project
from corral.sandbox.base import Sandbox
from corral.sandbox.limits import Limits
from corral.suites.base import Task
from corral.verdicts import Verdict
from tests.fakes.sandbox import PlainSandbox

MODEL = "smollm2-135m-instruct"
COMMAND = ("python", "-I", "-S", "main.py")
POLICY = Policy(model=MODEL, task_seconds=20.0)
HASTY = replace(POLICY, task_seconds=1.5)  # long enough for an interpreter to start

PREAMBLE = '''
import json, os, socket, sys, threading, time

def tasks():
    for line in sys.stdin:
        task = json.loads(line)
        yield task["id"], task["input"]["input"]

def write(text):
    sys.stdout.write(text)
    sys.stdout.flush()

def answer(key, output):
    write(json.dumps({"id": key, "output": output}) + "\\n")

def ask(text, task=None):
    """One chat completion; returns the HTTP status."""
    body = json.dumps({"model": os.environ["CORRAL_MODEL"], "max_tokens": 8,
                       "messages": [{"role": "user", "content": text}]}).encode()
    head = ["POST /v1/chat/completions HTTP/1.1", "Host: gateway", "Connection: close",
            "Content-Type: application/json", "Content-Length: %d" % len(body),
            "Authorization: Bearer " + os.environ["OPENAI_API_KEY"]]
    if task:
        head.append("X-Corral-Task: " + task)
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(os.environ["CORRAL_GATEWAY_SOCKET"])
        line.sendall("\\r\\n".join(head + ["", ""]).encode() + body)
        reply = b""
        while chunk := line.recv(65536):
            reply += chunk
    return int(reply.split()[1])
'''


def tasks_of(*inputs: str) -> list[Task]:
    """One task for each text, with the keys t1, t2, and so on."""
    return [
        Task(key=f"t{number}", input={"input": text}, target=None, scorer="exact")
        for number, text in enumerate(inputs, start=1)
    ]


async def until(true: Callable[[], bool]) -> None:
    """Wait for something that no event tells of."""
    while not true():  # noqa: ASYNC110
        await asyncio.sleep(0.01)


def limited(policy: Policy = POLICY, **limits: int | float) -> Policy:
    """A policy with other limits."""
    return replace(policy, limits=replace(Limits(), **limits))  # type: ignore[arg-type]


@dataclass
class Bench:
    """A folder for a project, and all that a run needs besides."""

    folder: Path
    gateway: Gateway
    socket: Path
    sandbox: Sandbox = field(default_factory=PlainSandbox)
    log: bytearray = field(default_factory=bytearray)

    def program(
        self, source: str, *, concurrency: int = 1, command: tuple[str, ...] = COMMAND
    ) -> StoredProject:
        """A stored project whose main.py is `source`, after the preamble."""
        (self.folder / "main.py").write_text(PREAMBLE + source, encoding="utf-8")
        section = ProgramSection(command=command, concurrency=concurrency, requirements=None)
        return StoredProject(
            Manifest("Test", ProjectKind.PROGRAM, MODEL, program=section, prompt=None), self.folder
        )

    def prompt(self, template: str = "Say {input}", **sampling: int | float) -> StoredProject:
        """A stored project of kind `prompt`."""
        (self.folder / "prompt.txt").write_text(template, encoding="utf-8")
        section = PromptSection("Be brief.", template="prompt.txt", sampling={**sampling})
        return StoredProject(
            Manifest("Test", ProjectKind.PROMPT, MODEL, program=None, prompt=section), self.folder
        )

    def run(
        self, project: StoredProject, tasks: Sequence[Task], policy: Policy = POLICY
    ) -> AsyncGenerator[TaskOutcome, None]:
        """The generator itself."""
        return run_project(
            project,
            tasks,
            policy,
            gateway=self.gateway,
            sandbox=self.sandbox,
            gateway_socket=self.socket,
            on_log=self.log.extend,
        )

    async def outcomes(
        self, project: StoredProject, tasks: Sequence[Task], policy: Policy = POLICY
    ) -> list[TaskOutcome]:
        """Every outcome, in the order of the tasks; fails unless there is exactly one for each."""
        async with aclosing(self.run(project, tasks, policy)) as outcomes:
            gathered = [outcome async for outcome in outcomes]
        order = [task.key for task in tasks]
        assert sorted(outcome.key for outcome in gathered) == sorted(order)
        return sorted(gathered, key=lambda outcome: order.index(outcome.key))

    async def verdicts(
        self, project: StoredProject, tasks: Sequence[Task], policy: Policy = POLICY
    ) -> list[Verdict | None]:
        """The verdicts alone, in the order of the tasks; None: answered."""
        return [outcome.verdict for outcome in await self.outcomes(project, tasks, policy)]

    @property
    def logged(self) -> str:
        return self.log.decode(errors="replace")

    def starts(self) -> int:
        assert isinstance(self.sandbox, PlainSandbox)
        return len(self.sandbox.started)

    def alive(self) -> int:
        assert isinstance(self.sandbox, PlainSandbox)
        return sum(process.alive for process in self.sandbox.started)
