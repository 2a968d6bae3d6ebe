"""A Python interpreter that waits inside a sandbox for its program.

Runs under the sandbox interpreter, from Python 3.9 on. argv: a descriptor to write to when it
runs, one to read orders from, and modules to import meanwhile. Orders are JSON: `argv` without the
interpreter, and `environment`. Then the program runs in this very process, as `python main.py`
would run it.
"""

import json
import os
import sys
from importlib.machinery import SourceFileLoader
from typing import Any, NoReturn

PROJECT = "/project"
CANNOT_OPEN = 2  # as the interpreter itself says it


def main() -> None:
    """Say that it runs, prepare, wait, and become the program."""
    ready, waiting, *modules = sys.argv[1:]
    os.write(int(ready), b"\n")
    os.close(int(ready))
    preload(modules)
    orders = read_orders(int(waiting))
    os.chdir(PROJECT)
    os.environ.clear()
    os.environ.update(orders["environment"])
    become(orders["argv"])


def preload(modules: "list[str]") -> None:
    """Import what the program asked for; what fails here fails again when it imports it itself."""
    for module in modules:
        try:
            __import__(module)
        except Exception:
            continue


def read_orders(descriptor: int) -> "dict[str, Any]":
    """Wait for them; without any, nobody wants this one."""
    with open(descriptor, "rb") as file:
        text = file.read()
    if not text:
        os._exit(0)
    orders: dict[str, Any] = json.loads(text)
    return orders


def become(argv: "list[str]") -> None:
    """Run the program, with the names, the path and the ends that it has under `python`."""
    script = os.path.abspath(argv[0])
    code = compiled(script)
    names = sys.modules["__main__"].__dict__
    fresh = {**names_of(script), **{name: {} for name in names if name == "__annotations__"}}
    sys.argv[:] = argv
    sys.path[0] = os.path.dirname(os.path.realpath(argv[0]))
    sys.path.remove("/corral/library")
    for module in [name for name in sys.modules if name.partition(".")[0] == "corral"]:
        del sys.modules[module]  # a project may have a package of that name
    names.clear()
    names.update(fresh)
    try:
        exec(code, names)
    except SystemExit:
        raise
    except BaseException as error:
        trace = error.__traceback__
        fail(error.with_traceback(trace and trace.tb_next))


def compiled(path: str) -> Any:
    """The code of a script, or an end like the interpreter's own."""
    try:
        with open(path, "rb") as file:
            source = file.read()
    except OSError as error:
        reason = f"[Errno {error.errno}] {error.strerror}"
        sys.stderr.write(f"python: can't open file {path!r}: {reason}\n")
        sys.exit(CANNOT_OPEN)
    try:
        return compile(source, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        fail(error.with_traceback(None))


def names_of(path: str) -> "dict[str, object]":
    """The names that a script finds at its start."""
    return {
        "__name__": "__main__",
        "__doc__": None,
        "__package__": None,
        "__loader__": SourceFileLoader("__main__", path),
        "__spec__": None,
        "__builtins__": __builtins__,
        "__file__": path,
        "__cached__": None,
    }


def fail(error: BaseException) -> NoReturn:
    """End as after an uncaught exception."""
    sys.excepthook(type(error), error, error.__traceback__)
    sys.exit(1)
