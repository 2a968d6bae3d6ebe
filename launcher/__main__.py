"""`python -m launcher demo|run|services`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from launcher.errors import Interrupted, LauncherError
from launcher.stack import Options, keep_services, run_command, run_demo
from launcher.terminal import say


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say; the exit status."""
    options = parser().parse_args(arguments)
    try:
        return chosen(options)
    except LauncherError as error:
        say(str(error))
        return 1
    except Interrupted as interrupted:
        say("Stopped.")
        return 128 + interrupted.number


def chosen(options: argparse.Namespace) -> int:
    """Call what a person chose."""
    if options.action == "run":
        return run_command(tuple(options.command))
    if options.action == "services":
        return keep_services()
    return run_demo(Options(once=options.once, data=options.data, port=options.port))


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m launcher", description=__doc__)
    actions = top.add_subparsers(dest="action", required=True)
    demo = actions.add_parser("demo", help="a whole hackathon on this machine, until Ctrl-C")
    demo.add_argument("--once", action="store_true", help="end when every run has ended")
    demo.add_argument("--data", type=Path, help="a folder with data for more tracks")
    demo.add_argument("--port", type=int, help="of the web server; a free one if not given")
    run = actions.add_parser("run", help="a command with embedded PostgreSQL and Valkey")
    run.add_argument("command", nargs="+", metavar="CMD", help="the command, after --")
    actions.add_parser("services", help="PostgreSQL, Valkey and the model, until Ctrl-C")
    return top


if __name__ == "__main__":
    sys.exit(main())
