"""A launcher with small services, for tests to kill: `python -m tests.launcher.rig FOLDER NAME…`.

Every process that it starts has FOLDER among its arguments or works in it.
"""

import sys
from pathlib import Path
from signal import Signals

from launcher.errors import Interrupted, ServiceFailed
from launcher.services import Service, Step
from launcher.supervisor import Supervisor

# Listens on the port in FOLDER/port and has a child in its session.
LISTENER = """
import pathlib, socket, subprocess, sys, time
folder = pathlib.Path(sys.argv[1])
server = socket.create_server(("127.0.0.1", int((folder / "port").read_text())))
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", sys.argv[1]])
(folder / "lives").open("a").write("started\\n")
print("listening", flush=True)
time.sleep(600)
"""
# Takes no notice of any polite signal.
STUBBORN = """
import signal, sys, time
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT):
    signal.signal(number, signal.SIG_IGN)
print("listening", flush=True)
time.sleep(600)
"""
# Leaves a daemon in a session of its own.
DAEMON = """
import subprocess, sys, time
subprocess.Popen(
    [sys.executable, "-c", "import time; time.sleep(600)", sys.argv[1]], start_new_session=True
)
print("listening", flush=True)
time.sleep(600)
"""
BROKEN = "import sys; sys.exit('the disk is on fire')"
SILENT = "import time; time.sleep(600)"
PROGRAMS = {
    "listener": LISTENER,
    "stubborn": STUBBORN,
    "favoured": STUBBORN,  # is given a minute
    "daemon": DAEMON,
    "broken": BROKEN,
    "silent": SILENT,  # never comes up
}


def service(name: str, folder: Path) -> Service:
    """One of the small services."""
    grace = 30.0 if name == "favoured" else 1.0
    return Service(
        name=name,
        title=name.capitalize(),
        command=(sys.executable, "-c", PROGRAMS[name], str(folder)),
        says=b"listening",
        stopping=(Step(Signals.SIGTERM, grace), Step(Signals.SIGQUIT, grace)),
    )


def main() -> int:
    """Keep the services until a signal."""
    folder = Path(sys.argv[1])
    try:
        with Supervisor(log=folder / "log", run=folder / "run") as supervisor:
            supervisor.start(*(service(name, folder) for name in sys.argv[2:]))
            supervisor.wait_until_ready()
            print("ready", flush=True)
            supervisor.wait_for_signal()
    except ServiceFailed as error:
        print(error, flush=True)
        return 1
    except Interrupted:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
