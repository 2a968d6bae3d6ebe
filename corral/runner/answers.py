"""Reads a project's stdout: answers, lines that are none, and how much of it there may be.

A bad line is never fatal. One that names a task's id (`{"id": "t1", ...` at its beginning) is that
task's answer, and an invalid one; any other is counted and logged and the tasks keep their clocks:
programs print progress and warnings, and the answer may well follow.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Protocol

from corral.json_types import Json
from corral.project.protocol import Answer, BadLine, decode_answer
from corral.runner.lines import HEAD_BYTES, Line, LineSplitter
from corral.sandbox.limits import Limits

BAD_LINES_LOGGED = 20
_ID_FIRST = re.compile(rb'\s*\{\s*"id"\s*:\s*("(?:[^"\\]|\\.)*")')


class Receiver(Protocol):
    """Who takes what was read; both return None, or why the line could not be used."""

    def answer(self, key: str, output: Json) -> str | None: ...
    def invalid(self, key: str, reason: str) -> str | None: ...


class AnswerReader:
    """All of a run's stdout, over every life of its program."""

    def __init__(self, limits: Limits, receiver: Receiver, note: Callable[[str], None]) -> None:
        self._limits = limits
        self._receiver = receiver
        self._note = note
        self._splitter = LineSplitter(limits.answer_bytes)
        self._total = 0
        self.bad_lines = 0
        self.silent = True  # nothing has been written yet

    @property
    def flooded(self) -> bool:
        """Whether the program wrote more than a run may; what follows is thrown away."""
        return self._total > self._limits.output_bytes

    def begin_life(self) -> None:
        """The program starts anew: what its last life left unfinished is no line."""
        self._splitter = LineSplitter(self._limits.answer_bytes)

    def take(self, chunk: bytes) -> Iterator[None]:
        """Read so much of stdout, a line at each step; no more than the limit is looked at."""
        allowed = chunk[: max(0, self._limits.output_bytes - self._total)]
        self._total += len(chunk)
        self.silent = False
        for line in self._splitter.feed(allowed):
            self._read(line, cut=False)
            yield

    def finish(self) -> None:
        """Stdout has ended: a last line without its newline counts too, if it is an answer."""
        if not self.flooded:
            for line in self._splitter.finish():
                self._read(line, cut=True)

    def sum_up(self) -> None:
        """The run has ended: say how many lines could not be used, where not all were shown."""
        if self.bad_lines > BAD_LINES_LOGGED:
            self._note(f"{self.bad_lines} lines on stdout were not used")

    def _read(self, line: Line, *, cut: bool) -> None:
        read = self._decoded(line)
        if isinstance(read, Answer):
            problem = self._receiver.answer(read.key, read.output)
        elif cut:
            problem = read.reason  # nobody's invalid answer: the program died while writing it
        else:
            problem = self._bad(read)
        if problem is not None:
            self._complain(problem)

    def _decoded(self, line: Line) -> Answer | BadLine:
        if line.too_long:
            reason = f"the line is longer than {self._limits.answer_bytes} bytes"
            return BadLine(reason, named_id(line.data))
        if self.bad_lines >= BAD_LINES_LOGGED and not line.data.lstrip().startswith(b"{"):
            return BadLine("the line is no object")  # nobody is told: a cheap look is enough
        read = decode_answer(line.data)
        if isinstance(read, BadLine) and read.key is None:
            return BadLine(read.reason, named_id(line.data))
        return read

    def _bad(self, bad: BadLine) -> str | None:
        """The task that a bad line names has it for its answer; why not, if nobody has."""
        if bad.key is None:
            return bad.reason
        unused = self._receiver.invalid(bad.key, bad.reason)
        return None if unused is None else f"{bad.reason}; {unused}"

    def _complain(self, problem: str) -> None:
        self.bad_lines += 1
        if self.bad_lines <= BAD_LINES_LOGGED:
            self._note(f"a line on stdout is not used: {problem}")
        if self.bad_lines == BAD_LINES_LOGGED:
            self._note("further lines that can't be used are not shown")


def named_id(data: bytes) -> str | None:
    """The id that a broken answer names in its first member, as ours are written; else None."""
    match = _ID_FIRST.match(data[:HEAD_BYTES])
    if match is None:
        return None
    try:
        key = json.loads(match[1])
    except ValueError:
        return None
    return key if isinstance(key, str) else None
