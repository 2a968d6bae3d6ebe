"""A Python interpreter that waits inside a sandbox for its program.

Runs under the sandbox interpreter, from Python 3.9 on. argv: a descriptor to write to when it
begins, one to read orders from, and modules to import meanwhile. Orders are JSON: `argv` without
the interpreter, and `environment`. Then the program runs in this very process, as `python main.py`
would run it; where that would be different, a fresh interpreter takes over.
"""

import json
import os
import sys
from importlib.machinery import SourceFileLoader
from types import CodeType
from typing import Any

PROJECT = "/project"
LIBRARY = "/corral/library"


def main(early: "set[str]") -> None:
    """Prepare, wait, say that it begins, and become the program.

    `early` are the modules that every interpreter has before it looks at its program.
    """
    ready, waiting, *modules = sys.argv[1:]
    preload(modules)
    orders = read_orders(int(waiting))
    os.write(int(ready), b"\n")
    os.close(int(ready))
    os.chdir(PROJECT)
    argv, environment = orders["argv"], orders["environment"]
    code = code_of(argv[0])
    if code is None or shadows(os.path.dirname(argv[0]) or ".", early):
        os.execve(sys.executable, ["python", *argv], environment)
    os.environ.clear()
    os.environ.update(environment)
    become(argv, code)


def preload(modules: "list[str]") -> None:
    """Import what the program asked for; what fails here fails again when it imports it itself."""
    sys.stdout = sys.stderr  # the project's answers have not begun
    for module in modules:
        try:
            __import__(module)
        except (Exception, SystemExit):
            continue
    sys.stdout = sys.__stdout__


def read_orders(descriptor: int) -> "dict[str, Any]":
    """Wait for them; without any, nobody wants this one."""
    with open(descriptor, "rb") as file:
        text = file.read()
    if not text:
        os._exit(0)
    orders: dict[str, Any] = json.loads(text)
    return orders


def code_of(path: str) -> "CodeType | None":
    """The code of a script; None for what only the interpreter itself can run, or refuse."""
    try:
        with open(path, "rb") as file:
            return compile(file.read(), os.path.abspath(path), "exec", dont_inherit=True)
    except (OSError, SyntaxError, ValueError):
        return None


def shadows(folder: str, early: "set[str]") -> bool:
    """Whether the project has a module of a name that was imported here before its turn."""
    imported = {name.partition(".")[0] for name in sys.modules.keys() - early}
    return not imported.isdisjoint(name.partition(".")[0] for name in os.listdir(folder))


def become(argv: "list[str]", code: CodeType) -> None:
    """Run the program, with the names, the path and the ends that it has under `python`."""
    names = sys.modules["__main__"].__dict__
    fresh = names_of(os.path.abspath(argv[0]))
    fresh |= {name: {} for name in names if name == "__annotations__"}
    sys.argv[:] = argv
    sys.path[sys.path.index(LIBRARY)] = os.path.dirname(os.path.realpath(argv[0]))
    for module in [name for name in sys.modules if name.partition(".")[0] == "corral"]:
        del sys.modules[module]
    names.clear()
    names.update(fresh)
    try:
        exec(code, names)
    except SystemExit:
        raise
    except BaseException as error:
        trace = error.__traceback__
        error.__traceback__ = trace and trace.tb_next  # it begins in the program
        sys.excepthook(type(error), error, error.__traceback__)
        sys.exit(1)


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
