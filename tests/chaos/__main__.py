"""`python -m tests.chaos`: short runs while everything beneath them is killed, cut and frozen.

The last line on stdout sums up. Exit status 0 where nothing was lost, doubled or scored otherwise
than without faults, every promised kill happened, and nothing is left; 1 where not.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import django

from launcher.children import Child, stop_together
from launcher.embedded import Engines, postgres_engine, valkey_engine
from launcher.errors import LauncherError
from launcher.ports import free_port
from launcher.processes import become_subreaper
from launcher.stack import setting_of
from launcher.staff import Setting, management
from launcher.state import REPOSITORY, State, ephemeral_state
from tests.chaos import traces
from tests.chaos.crew import Member, Orphanage, beat, members_of, workers
from tests.chaos.director import Chronicle, Director
from tests.chaos.proxy import Cable, cable
from tests.chaos.recovery import longest
from tests.chaos.schedule import FULL, FaultKind, lacking, planned_faults

if TYPE_CHECKING:
    from tests.chaos.play import Outcome

ALL_SECONDS = 570.0
STOP_SECONDS = 30.0  # of these, to look at everything and to clear up
WINDOW_SECONDS = 1.1  # for each run
SHORTEST_WINDOW = 35.0
PROMISED_SECONDS = 20.0  # from a killed worker until its run goes on
OURS = ("DATABASE_URL", "REDIS_URL", "LLAMA_UPSTREAM", "DATABASE_POOL", "MEDIA_ROOT", "RUNS_ROOT")
SECONDS_OF = {"LEASE_SECONDS": 10.0, "HEARTBEAT_SECONDS": 2.5, "SWEEP_SECONDS": 3.0}
LOGS = REPOSITORY / "build" / "chaos"


@dataclass(frozen=True, slots=True)
class World:
    """Everything that is up while it is played."""

    setting: Setting
    members: dict[str, Member]
    director: Director
    orphanage: Orphanage


def main() -> int:
    """The command."""
    began = time.monotonic()
    options = _options()
    say(f"seed {options.seed}, {options.runs} runs, {_seconds_said()}")
    signal.signal(signal.SIGTERM, _interrupt)
    become_subreaper()
    for name in OURS:
        os.environ.pop(name, None)
    try:
        with ephemeral_state() as state:
            try:
                return _play(state, options, began)
            finally:
                _keep_logs(state, options.logs)
    except (LauncherError, AssertionError) as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--runs", type=int, default=FULL)
    parser.add_argument("--seconds", type=float, help="in which faults happen")
    parser.add_argument("--verbose", action="store_true", help="say each fault")
    parser.add_argument("--logs", type=Path, default=LOGS, help="where logs are kept")
    return parser.parse_args()


def _seconds_said() -> str:
    return ", ".join(f"{name} {os.environ.get(name, usual)}" for name, usual in SECONDS_OF.items())


def _play(state: State, options: argparse.Namespace, began: float) -> int:
    window = options.seconds or max(SHORTEST_WINDOW, WINDOW_SECONDS * options.runs)
    lease = float(os.environ.get("LEASE_SECONDS", SECONDS_OF["LEASE_SECONDS"]))
    faults = planned_faults(seed=options.seed, runs=options.runs, window=window, lease=lease)
    with _world(state, verbose=options.verbose) as world:
        from tests.chaos.play import Theatre
        from tests.fakes.background import serving

        with serving() as upstream:
            upstream.settings.latency = 0.05
            theatre = Theatre(world.setting, world.members, world.director)
            stage, expected = theatre.first_act(upstream.base_url)
            say(f"without faults all is well, {time.monotonic() - began:.0f} s after the start")
            outcome = theatre.second_act(
                stage,
                expected,
                faults,
                seed=options.seed,
                runs=options.runs,
                window=window,
                until=began + ALL_SECONDS - STOP_SECONDS,
            )
            left = _stop(world)
    _write_down(state, world.director.chronicle, outcome)
    return _sum_up(options, world, outcome, left, began)


@contextmanager
def _world(state: State, *, verbose: bool) -> Iterator[World]:
    """Engines, the proxy, the platform's processes and Django; all of it ends in any case."""
    with ExitStack() as stack:
        members: dict[str, Member] = {}
        orphanage = Orphanage(lambda: {each.child.pid for each in members.values() if each.child})
        stack.callback(_end, members)
        engines = postgres_engine(state, durable=True) + valkey_engine(state)
        members.update(members_of({each.name: each for each in engines.services}, state.log))
        _start(members)
        line, environment = _through_proxy(stack, engines)
        setting = setting_of(state, environment)
        setting = replace(setting, environment={**setting.environment, **_places(state)})
        os.environ.update(setting.environment)
        _migrate(setting)
        django.setup()
        staff = {**workers(setting), "beat": beat(setting)}
        members.update(members_of(staff, state.log))
        _start(members)
        director = Director(members, line, orphanage, say if verbose else _nothing)
        yield World(setting, members, director, orphanage)


def _places(state: State) -> dict[str, str]:
    return {"MEDIA_ROOT": str(state.media), "RUNS_ROOT": str(state.room / "runs")}


def _start(members: dict[str, Member]) -> None:
    for member in members.values():
        member.start()
    until = time.monotonic() + 60
    while not all(member.is_up() for member in members.values()):
        for member in members.values():
            if not member.lives() or time.monotonic() > until:
                raise LauncherError(f"{member.name} did not come up:\n{member.log.read_text()}")
        time.sleep(0.1)


def _through_proxy(stack: ExitStack, engines: Engines) -> tuple[Cable, dict[str, str]]:
    """A cable to Redis, and the environment of those who must use it."""
    real = urlsplit(engines.environment["REDIS_URL"])
    port = free_port()
    assert real.port is not None
    line = stack.enter_context(cable(port=port, target=real.port))
    address = real._replace(netloc=real.netloc.replace(f":{real.port}", f":{port}"))
    return line, {**engines.environment, "REDIS_URL": urlunsplit(address)}


def _migrate(setting: Setting) -> None:
    child = Child(management(setting, "migrate", "--no-input"), setting.state.log / "migrate.log")
    if child.status():
        raise LauncherError((setting.state.log / "migrate.log").read_text())


def _stop(world: World) -> list[str]:
    """End it as an operator does; sentences about what is left then."""
    children = [m.child for n, m in world.members.items() if m.child and n not in _engines()]
    left = [f"folder {each}" for each in traces.left_in(world.setting.state.room / "runs")]
    stop_together(children)
    left += [f"process {each}" for each in world.orphanage.empty(10.0)]
    base = world.setting.state.base
    traces.tidy_up(base)
    return left + [f"of a sandbox {each}" for each in traces.left_of_sandboxes(base)]


def _engines() -> tuple[str, ...]:
    return ("postgres", "valkey")


def _end(members: dict[str, Member]) -> None:
    """Whatever has happened: wake, stop and bury all, the engines last."""
    for member in members.values():
        member.wake()
    for engines in (False, True):
        stop_together(
            [m.child for n, m in members.items() if m.child and (n in _engines()) == engines]
        )


def _sum_up(
    options: argparse.Namespace, world: World, outcome: "Outcome", left: list[str], began: float
) -> int:
    chronicle, found = world.director.chronicle, outcome.audit
    slowest = longest(outcome.recoveries)
    survivors = [orphan.command for orphan in world.orphanage.survivors]
    missing = options.runs - outcome.handed_in
    lost = [*found.lost, *([f"{missing} uploads were never accepted"] if missing else [])]
    problems = {
        "lost": lost,
        "doubled": found.doubled,
        "wrong": found.wrong,
        "left": left,
        "outlived its worker": survivors,
        "too few": lacking(chronicle.counts, options.runs),
        "too slow": [f"{slowest:.1f} s until a run went on"] if slowest > PROMISED_SECONDS else [],
    }
    for what, sentences in problems.items():
        for sentence in sentences:
            say(f"{what}: {sentence}")
    _tell_more(chronicle, outcome, began)
    print(
        f"runs {options.runs} ended {found.ended} lost {len(lost)} doubled {len(found.doubled)} "
        f"wrong_score {len(found.wrong)} kills {chronicle.kills} longest_recovery {slowest:.1f} s",
        flush=True,
    )
    return int(any(problems.values()))


def _tell_more(chronicle: Chronicle, outcome: "Outcome", began: float) -> None:
    for sentence in sorted(set(chronicle.fallen)):
        say(f"{sentence} ({chronicle.fallen.count(sentence)} times)")
    counts = ", ".join(f"{kind} {chronicle.counts[kind]}" for kind in FaultKind)
    say(f"faults: {counts}; {len(outcome.recoveries)} runs were held by a worker that was hit")
    whole = max((each.seconds for each in outcome.recoveries), default=0.0)
    say(f"longest recovery with the time in which PostgreSQL was away: {whole:.1f} s")
    say(f"{time.monotonic() - began:.0f} s in all")


def _write_down(state: State, chronicle: Chronicle, outcome: "Outcome") -> None:
    """Beside the logs: what was hit when, how long PostgreSQL was away, and what recovered."""
    (state.log / "recoveries.json").write_text(
        json.dumps(
            {
                "postgres_away": chronicle.away,
                "blows": [asdict(each) for each in chronicle.blows],
                "recoveries": [asdict(each) for each in outcome.recoveries],
            },
            indent=1,
        )
    )


def _keep_logs(state: State, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(state.log, folder)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _nothing(_: str) -> None:
    """What is said where nobody wants to hear each thing."""


def say(sentence: str) -> None:
    """For people, on stderr."""
    print(f"{time.strftime('%H:%M:%S')} {sentence}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
