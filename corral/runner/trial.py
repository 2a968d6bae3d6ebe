"""Runs inside a sandbox: tries out a program, and says in one line how it ended.

stdin is one JSON object, `{"versions": [programs], "token": text}`. The first version that is
Python is run, with names of its own and no input; what it prints is thrown away. The line on stdout
is JSON and carries the token, which the program is not told: ending by itself it says nothing.
Standard library only, from Python 3.9 on.
"""

import json
import os
import sys
from types import CodeType

LONGEST = 500


def main() -> None:
    """Read the order, run, report, and end whatever threads there still are."""
    order = json.loads(sys.stdin.buffer.read())
    report = os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    kind, reason = tried(order.pop("versions"))
    said = {"token": order["token"], "kind": kind, "reason": reason}
    os.write(report, json.dumps(said).encode() + b"\n")
    os._exit(0)


def tried(versions: "list[str]") -> "tuple[str, str]":
    """How the first version that compiles ended, and why."""
    try:
        code = compiled(versions)
        exec(code, {})
    except AssertionError as error:
        return "failed", first_line(error)
    except BaseException as error:
        return "broken", first_line(error)
    return "passed", ""


def compiled(versions: "list[str]") -> CodeType:
    """The first that is Python; the error of the first where none is."""
    errors = []
    for version in versions:
        try:
            return compile(version, "<program>", "exec", dont_inherit=True)
        except Exception as error:
            errors.append(error)
    raise errors[0]


def first_line(error: BaseException) -> str:
    """What kind of error, and the first line that it says of itself."""
    try:
        lines = str(error).strip().splitlines()
    except BaseException:
        lines = []
    name = type(error).__name__
    return (name + ": " + lines[0] if lines else name)[:LONGEST]


if __name__ == "__main__":
    main()
