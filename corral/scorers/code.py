"""The output is code that the task's unit tests pass, in the sandbox."""

import re
import textwrap
from collections.abc import Mapping

from corral.json_types import Json
from corral.scorers.base import Judgement
from corral.scorers.checks import no_answer, option_problems, wrong
from corral.scorers.help import Help
from corral.scorers.tried import SECONDS_RULE, judged, seconds_of

MAX_OUTPUT = 100_000
_FIELDS = ("prompt", "test", "entry_point")
_FENCE = re.compile(r"^[ \t]*```[^\n`]*\n?(.*?)(?:^[ \t]*```|\Z)", re.MULTILINE | re.DOTALL)
_FENCE_LINE = re.compile(r"^[ \t]*```", re.MULTILINE)


class Code:
    """HumanEval's functional correctness (Chen et al. 2021, arXiv 2107.03374).

    The target is an object with the fields of HumanEval: `prompt`, the code that the output goes
    on with, may be empty; `test`, the unit tests; `entry_point`, the function that `check` in the
    tests is called with, may be left out, and the tests then are run as they are.

    The output is the rest of the prompt's function, or a whole program that defines the function
    (again), perhaps in a fenced block among other text. What comes before the function in the
    prompt, like imports, goes before such a program. It is run with the tests as by the reference:
    in one interpreter, with names of its own, without input, what it prints thrown away. Code that
    sets out to deceive its tests can do so; but ending early, or printing, passes none.

    Option: `seconds`, the time limit for all of it (default 10; the reference has 3). A test that
    does not hold is `wrong`; any other error, or a death, is `crash`; the explanation says the
    first line of it. The answer is the code that was taken.
    """

    name = "code"

    def check(self, target: Json, options: Mapping[str, Json]) -> list[str]:
        """One sentence for each thing wrong with a target or the options."""
        return [*_target_problems(target), *option_problems(options, {"seconds": SECONDS_RULE})]

    async def score(
        self, output: str, target: Json, options: Mapping[str, Json], help: Help
    ) -> Judgement:
        """1 if all tests pass, else 0."""
        if not output.strip():
            return no_answer()
        if len(output) > MAX_OUTPUT:
            return wrong(None, f"The output has more than {MAX_OUTPUT} characters.")
        prompt, test, entry_point = (_text(target, name) for name in _FIELDS)
        code = taken(output, entry_point)
        tests = f"{test}\ncheck({entry_point})" if entry_point else test
        versions = [f"{each}\n{tests}" for each in _programs(prompt, code, entry_point)]
        tried = await help.with_programs().attempt(versions, seconds=seconds_of(options))
        return judged(tried, code, passed="The code passes all tests", failed="A test failed")


def _text(target: Json, name: str) -> str:
    value = target.get(name) if isinstance(target, dict) else None
    return value if isinstance(value, str) else ""


def _target_problems(target: Json) -> list[str]:
    if not isinstance(target, dict):
        return [f"the target must be an object of {', '.join(_FIELDS)}."]
    problems = [f'"{name}" is not a field of the target.' for name in target.keys() - {*_FIELDS}]
    problems += [
        f"{name} must be a text." for name in _FIELDS if not isinstance(target.get(name, ""), str)
    ]
    if not _text(target, "test").strip():
        problems.append("test must be a text that is not empty.")
    entry_point = _text(target, "entry_point")
    if entry_point and not entry_point.isidentifier():
        problems.append("entry_point must be the name of a function.")
    return problems


def taken(output: str, entry_point: str) -> str:
    """The code in an output.

    A text that begins indented goes on with a function, up to a fence that may follow. Else the
    first fenced block that defines the function counts, or the first of all; without any, the
    whole output.
    """
    if output.lstrip("\r\n")[:1] in (" ", "\t") and not output.lstrip().startswith("```"):
        return _FENCE_LINE.split(output, maxsplit=1)[0]
    blocks = [match[1] for match in _FENCE.finditer(output)]
    defining = (block for block in blocks if _definition(block, entry_point))
    return next(defining, blocks[0] if blocks else output)


def _definition(code: str, entry_point: str) -> re.Match[str] | None:
    """Where a function is defined that stands by itself."""
    if not entry_point:
        return None
    name = re.escape(entry_point)
    return re.search(rf"^(?:async[ \t]+)?def[ \t]+{name}\b", code, re.MULTILINE)


def _programs(prompt: str, code: str, entry_point: str) -> list[str]:
    """What the code may be meant as, the likeliest first; that which is no Python falls out."""
    body = [
        prompt + code,
        f"{prompt}    {code.lstrip()}",  # the first line lost its indentation
        prompt + textwrap.indent(code, "    "),
    ]
    if not _definition(code, entry_point):
        return body if prompt else [code]
    before = _definition(prompt, entry_point)
    preamble = prompt[: before.start()] if before else ""
    return [f"{preamble}{code}", *body]
