"""What the launcher's commands start, and the environment that it hands to all of them."""

import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from launcher.embedded import Engines, postgres_engine, valkey_engine
from launcher.errors import LauncherError
from launcher.machine import weaknesses
from launcher.model import model_service
from launcher.ports import free_port
from launcher.staff import Setting, management, platform_services
from launcher.state import REPOSITORY, State, held, open_state
from launcher.supervisor import Supervisor
from launcher.terminal import say


@dataclass(frozen=True, slots=True)
class Options:
    """What a person asked of `demo`; `data` is a folder with data for more tracks."""

    once: bool = False
    data: Path | None = None
    port: int | None = None


@contextmanager
def engines_up(state: State) -> Iterator[tuple[Supervisor, Engines]]:
    """PostgreSQL and Valkey, kept running; everything is stopped afterwards.

    Raises:
        LauncherError: another launcher has this checkout, or a service did not come up.
    """
    with ExitStack() as stack:
        stack.enter_context(held(state))
        # Workers that were stopped in the middle of a run can't clear up after themselves.
        stack.callback(shutil.rmtree, runs_of(state), ignore_errors=True)
        supervisor = stack.enter_context(Supervisor(log=state.log, run=state.run))
        engines = postgres_engine(state, durable=True) + valkey_engine(state)
        supervisor.start(*engines.services)
        yield supervisor, engines


def run_demo(options: Options) -> int:
    """A whole hackathon on this machine; its exit status is the demo command's with `once`."""
    state = open_state()
    port = options.port or free_port()
    with engines_up(state) as (supervisor, engines):
        model = model_engine(state)
        supervisor.start(*model.services)
        setting = setting_of(state, (engines + model).environment, port=port)
        supervisor.wait_until_ready(*(each.name for each in engines.services))
        migrate(supervisor, setting)
        supervisor.start(*platform_services(setting, port))
        supervisor.wait_until_ready()
        status = supervisor.run(management(setting, *demo_arguments(options, port)))
        if options.once:
            return status
        say(f"The demo is over (status {status})." if status else "All runs have ended.")
        say("The platform keeps running until Ctrl-C.")
        supervisor.wait_for_signal()
    return 0


def run_command(command: tuple[str, ...]) -> int:
    """Run a command with embedded PostgreSQL and Valkey; its exit status."""
    state = open_state()
    with engines_up(state) as (supervisor, engines):
        setting = setting_of(state, engines.environment)
        supervisor.wait_until_ready()
        return supervisor.run_here(command, setting.environment)


def keep_services() -> int:
    """Only PostgreSQL, Valkey and the model, until a signal.

    Prints the variables that other processes need to use them, as a shell reads them.
    """
    state = open_state()
    with engines_up(state) as (supervisor, engines):
        model = model_engine(state)
        supervisor.start(*model.services)
        supervisor.wait_until_ready()
        setting = setting_of(state, (engines + model).environment)
        for name in sorted(setting.environment):
            if os.environ.get(name) != setting.environment[name]:
                print(f"export {name}={shlex.quote(setting.environment[name])}", flush=True)
        supervisor.wait_for_signal()
    return 0


def runs_of(state: State) -> Path:
    """Where this checkout's workers unpack projects and listen for their sandboxes."""
    return state.base / "runs" / state.room.name


def model_engine(state: State) -> Engines:
    """The embedded model server, or nothing where LLAMA_UPSTREAM names a real one."""
    if os.environ.get("LLAMA_UPSTREAM"):
        return Engines()
    port = free_port()
    environment = {**os.environ, "CORRAL_STATE": str(state.base), "PYTHONPATH": str(REPOSITORY)}
    service = model_service(port, REPOSITORY, environment)
    return Engines((service,), {"LLAMA_UPSTREAM": f"http://127.0.0.1:{port}/v1"})


def migrate(supervisor: Supervisor, setting: Setting) -> None:
    """Bring the database to this version's schema.

    Raises:
        LauncherError: it could not be done; the command has said why.
    """
    log = setting.state.log / "migrate.log"
    log.unlink(missing_ok=True)
    if supervisor.run(management(setting, "migrate", "--no-input", "-v", "1"), log):
        raise LauncherError(f"The database could not be migrated:\n{log.read_text()}")


def setting_of(state: State, found: dict[str, str], *, port: int | None = None) -> Setting:
    """The environment for the platform's processes: ours where the person set nothing."""
    programs = str(Path(sys.executable).parent)
    ours = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": state.secret("secret-key"),
        "MEDIA_ROOT": str(state.media),
        "RUNS_ROOT": str(runs_of(state)),
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        **({"BASE_URL": f"http://127.0.0.1:{port}"} if port else {}),
        **degraded(state),
    }
    fixed = {
        **found,
        "CORRAL_STATE": str(state.base),
        "PYTHONPATH": str(REPOSITORY),
        "PATH": os.pathsep.join([programs, os.environ.get("PATH", os.defpath)]),
    }
    return Setting(REPOSITORY, state, {**ours, **os.environ, **fixed})


def degraded(state: State) -> dict[str, str]:
    """SANDBOX_DEGRADED=1, with a notice, where sandboxes lack something that can be replaced."""
    if "SANDBOX_DEGRADED" in os.environ or not (lacking := weaknesses(state.base)):
        return {}
    say(f"Notice: this machine gives sandboxes no {lacking}. Good enough for a demo only.")
    return {"SANDBOX_DEGRADED": "1"}


def demo_arguments(options: Options, port: int) -> list[str]:
    """For `manage.py demo`."""
    arguments = ["demo", "--address", f"http://127.0.0.1:{port}"]
    if options.once:
        arguments.append("--once")
    if options.data is not None:
        arguments += ["--data", str(options.data.expanduser().absolute())]
    return arguments
