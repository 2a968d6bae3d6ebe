"""What a run and a task cost beside the bare program, fed with the same lines over pipes.

A run is timed in this process, as a worker's task does it: from its claim until it is scored, with
durable commits and all that is told to others. What the program says is what it is asked.
"""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.bench.measure import Figure, median_figure, turns
from tests.bench.stage import Stage
from tests.bench.starts import docker_prefix

ROUNDS: Mapping[int, int] = {1: 25, 100: 7, 1000: 5}  # by the number of tasks
RUN, BARE, DOCKER = "run", "bare", "docker run"
Samples = dict[str, list[float]]
RUN_GOAL_MS, TASK_GOAL_MS = 150.0, 1.0


def run_figures(stage: Stage) -> dict[str, Figure]:
    """What it costs to run a project that answers 1, 100 and 1,000 tasks without a model."""
    seen = {tasks: _seen(stage, tasks) for tasks in ROUNDS}
    return _of_runs(seen) | _of_tasks(seen)


def _seen(stage: Stage, tasks: int) -> Samples:
    from tests.bench.rows import ECHO, crowd, hand_in, new_track

    track, rounds = new_track(tasks=tasks, upstream=stage.upstream), ROUNDS[tasks]
    waiting = crowd(hand_in(track, ECHO), rounds + 1)
    lines = b"".join(_line(f"t{n}", f"word{n}") for n in range(tasks))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "main.py").write_text(ECHO)
        peers = _bare_peers(folder, lines) | {RUN: lambda: _run(waiting.pop().pk)}
        for peer in peers.values():
            peer()
        samples: Samples = {name: [] for name in peers}
        for name in turns(list(peers), rounds):
            samples[name].append(peers[name]())
    return samples


def _line(key: str, word: str) -> bytes:
    return json.dumps({"id": key, "input": {"input": word}}).encode() + b"\n"


def _bare_peers(folder: Path, lines: bytes) -> dict[str, Callable[[], float]]:
    from django.conf import settings

    python = str(settings.SANDBOX_PYTHON)
    peers = {BARE: lambda: _fed((python, str(folder / "main.py")), lines)}
    prefix = docker_prefix("-i", "-v", f"{folder}:/project:ro")
    if prefix is not None:
        peers[DOCKER] = lambda: _fed((*prefix, "/usr/bin/python3", "/project/main.py"), lines)
    return peers


def _fed(command: Sequence[str], lines: bytes) -> float:
    """Milliseconds of a process from its start to its end; it gets all lines at once."""
    began = time.perf_counter()
    done = subprocess.run(command, input=lines, capture_output=True, check=True, env=os.environ)
    took = time.perf_counter() - began
    assert done.stdout.count(b"\n") == lines.count(b"\n")
    return took * 1000


def _run(submission_id: object) -> float:
    """Milliseconds from the claim of a run that waits until it is scored."""
    from evaluation.domain.claim import claim_run
    from evaluation.domain.enqueue import enqueue_run
    from evaluation.domain.execute import execute
    from evaluation.domain.worker import is_degraded, this_sandbox
    from evaluation.enums import RunState
    from evaluation.models import Run

    run = enqueue_run(submission_id=submission_id)  # type: ignore[arg-type]
    sandbox, degraded = this_sandbox(), is_degraded()
    began = time.perf_counter()
    claim = claim_run(worker="bench:1")
    assert claim is not None
    execute(claim, sandbox=sandbox, degraded=degraded)
    took = time.perf_counter() - began
    ended = Run.objects.get(pk=run.pk)
    assert (ended.state, ended.public_score) == (RunState.SCORED, 1.0), ended.reason
    return took * 1000


def _of_runs(seen: Mapping[int, Samples]) -> dict[str, Figure]:
    how = "claim to scored, in this process, less the bare program just before or after"
    figures = {}
    for tasks in (1, 100):
        name = "run_overhead_ms" if tasks == 1 else f"run_overhead_ms_{tasks}_tasks"
        goal = RUN_GOAL_MS if tasks == 1 else None
        told = f"{how}; {tasks} tasks"
        figures[name] = median_figure(_more(seen[tasks], RUN), "ms", told, goal=goal)
    figures |= {
        f"bare_ms_{tasks}_tasks": median_figure(
            samples[BARE], "ms", f"the bare python3 main.py, {tasks} tasks"
        )
        for tasks, samples in seen.items()
    }
    if DOCKER in seen[1]:
        told = "docker run of the same program, less the bare one, 1 task"
        figures["docker_run_overhead_ms"] = median_figure(_more(seen[1], DOCKER), "ms", told)
    return figures


def _more(samples: Samples, name: str) -> list[float]:
    return [one - bare for one, bare in zip(samples[name], samples[BARE], strict=True)]


def _of_tasks(seen: Mapping[int, Samples]) -> dict[str, Figure]:
    """What one more task adds, less what it adds to the bare program."""
    most = max(seen)
    pairs = zip(_more(seen[most], RUN), _more(seen[1], RUN), strict=False)
    each = [(many - one) / (most - 1) for many, one in pairs]
    told = f"what {most} tasks take beyond the bare program, less what 1 does, over {most - 1}"
    return {"task_overhead_ms": median_figure(each, "ms", told, goal=TASK_GOAL_MS)}
