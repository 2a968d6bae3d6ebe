"""What runs in the process apart: `python -m corral.scorers.apart_jobs`, on a socket as stdin."""

import json
import logging
import os
import resource
import signal
import socket
import sys
import time
import warnings
from collections.abc import Callable, Mapping

from corral.json_types import JsonObject
from corral.scorers.apart import MEMORY_BYTES, TOO_LONG, WALL_SECONDS
from corral.scorers.math_jobs import check_math, score_math
from corral.scorers.schema_jobs import check_schema, score_schema

_ENDINGS: dict[int, str] = dict.fromkeys((signal.SIGPROF, signal.SIGALRM), TOO_LONG)
JOBS: Mapping[str, Callable[[JsonObject], JsonObject]] = {
    "check_math": check_math,
    "score_math": score_math,
    "check_schema": check_schema,
    "score_schema": score_schema,
}

# What makes the mathematics load what it loads late: numbers, polynomials and functions.
_WARMING = (
    ("$1/2$", "$0.5$"),
    ("$x^2+2x+1$", "$(x+1)^2$"),
    (r"$\sin(x)$", r"$\cos(x-\frac{\pi}{2})$"),
)


def main() -> None:
    """Answer requests until the other side is gone.

    The libraries are imported and used once, so that no output pays for what the first one takes.
    A fork of this process does the work, and where a job ends it, this process says so and forks
    anew.
    """
    _limit()
    for output, target in _WARMING:
        score_math({"output": output, "targets": [target]})
    with socket.socket(fileno=os.dup(0)) as line:
        while status := _serve(line):
            line.sendall(_message({"failed": _ENDINGS.get(status, "takes too much memory")}))


def _serve(line: socket.socket) -> int:
    """Serve in a fork until it ends; the signal that ended it, 0 where none did."""
    if pid := os.fork():
        return os.WTERMSIG(os.waitpid(pid, 0)[1])
    with line.makefile("rb") as requests:
        for request in requests:
            line.sendall(_answer(request))
    os._exit(0)


def _answer(request: bytes) -> bytes:
    given, began = json.loads(request), time.process_time()
    # Both end the fork where it is, even inside a long operation of the interpreter.
    signal.alarm(int(WALL_SECONDS))
    signal.setitimer(signal.ITIMER_PROF, given["seconds"])
    try:
        answer = JOBS[given["job"]](given)
    except RecursionError:
        answer = {"failed": "nests too deeply"}
    except MemoryError:
        answer = {"failed": "takes too much memory"}
    except Exception as error:  # whatever a library does with hostile text
        answer = {"failed": f"can't be worked with ({type(error).__name__})"}
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.alarm(0)
    return _message({**answer, "took": time.process_time() - began})


def _message(answer: JsonObject) -> bytes:
    return json.dumps(answer).encode() + b"\n"


def _limit() -> None:
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    # Python's own handlers, if any were inherited, would wait for the interpreter.
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    sys.set_int_max_str_digits(4300)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
