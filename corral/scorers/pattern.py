"""The output matches a pattern, or what a pattern takes from it is the target.

The module is not called `regex`, like the scorer, only because the library is.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

import regex

from corral.json_types import Json
from corral.scorers.base import Judgement
from corral.scorers.checks import (
    FLAG,
    TEXT,
    Rule,
    any_of,
    correct,
    no_answer,
    option_problems,
    text_target_problems,
    text_targets,
    wrong,
)
from corral.scorers.text import brief, normalised

MAX_PATTERN = 2_000
MAX_OUTPUT = 100_000
MATCH_SECONDS = 1.0
_WHICH: Rule = ('"first" or "last"', lambda value: value in ("first", "last"))
_OPTIONS = {"pattern": TEXT, "which": _WHICH, "ignore_case": FLAG, "whole": FLAG}
_Match: TypeAlias = "regex.Match[str]"


class Regex:
    """Judges by a regular expression, in the syntax of the library `regex` (a superset of `re`).

    Without the option `pattern`, the target is the pattern (or a list of patterns of which any
    will do), and the output is right if it matches somewhere. With `pattern`, its first group (or
    the whole match where it has none) is taken from the output and compared with the target as by
    `exact`; `which` says which match counts (default "last"). `whole` (default false) wants the
    pattern to match the whole output; `ignore_case` (default false) goes for pattern and target.

    A pattern can't hang the worker: only the first 100,000 characters of an output are looked at,
    and matching ends after 1 s of processor time, with the verdict `wrong` and that reason.
    """

    name = "regex"

    def check(self, target: Json, options: Mapping[str, Json]) -> list[str]:
        """One sentence for each thing wrong with a target, a pattern or the options."""
        problems = text_target_problems(target) + option_problems(options, _OPTIONS)
        if not problems:
            problems = [p for p in map(_pattern_problem, _patterns(target, options)) if p]
        return problems

    def score(self, output: str, target: Json, options: Mapping[str, Json]) -> Judgement:
        """1 if the output matches as the target wants, else 0."""
        if not output.strip():
            return no_answer()
        text = output[:MAX_OUTPUT]
        try:
            if "pattern" in options:
                return _compare(text, target, options)
            return _search(text, target, options)
        except TimeoutError:
            return wrong(None, "The pattern took too long on this output.")
        except regex.error:
            return wrong(None, "The task's pattern can't be used.")


def _search(text: str, target: Json, options: Mapping[str, Json]) -> Judgement:
    for pattern in text_targets(target):
        match = next(_matches(pattern, text, options), None)
        if match is not None:
            return correct(match[0], f"The output matches the pattern at {brief(match[0])}.")
    return wrong(None, f"No match for the expected pattern in {brief(text)}.")


def _compare(text: str, target: Json, options: Mapping[str, Json]) -> Judgement:
    found = [_taken(match) for match in _matches(str(options["pattern"]), text, options)]
    if not found:
        return wrong(None, f"Found no answer in the expected form in {brief(text)}.")
    answer = found[0] if options.get("which") == "first" else found[-1]
    ignore_case = options.get("ignore_case") is True
    targets = text_targets(target)
    wanted = {normalised(text, ignore_case=ignore_case) for text in targets}
    if normalised(answer, ignore_case=ignore_case) in wanted:
        return correct(answer, f"Found {brief(answer)}, as expected.")
    return wrong(answer, f"Expected {any_of(targets)}, found {brief(answer)}.")


def _taken(match: _Match) -> str:
    return (match[1] or "") if match.re.groups else match[0]


def _matches(pattern: str, text: str, options: Mapping[str, Json]) -> Iterator[_Match]:
    flags = regex.IGNORECASE if options.get("ignore_case") is True else 0
    compiled = regex.compile(pattern, flags)
    if options.get("whole") is True:
        match = compiled.fullmatch(text.strip(), timeout=MATCH_SECONDS)
        return iter([match] if match else [])
    return _in_time(compiled.finditer(text, timeout=MATCH_SECONDS))


def _in_time(matches: Iterable[_Match]) -> Iterator[_Match]:
    """The library's clock may start anew for each match; this one is for all of them."""
    started = time.process_time()
    for match in matches:
        if time.process_time() - started > MATCH_SECONDS:
            raise TimeoutError
        yield match


def _patterns(target: Json, options: Mapping[str, Json]) -> list[str]:
    return [str(options["pattern"])] if "pattern" in options else text_targets(target)


def _pattern_problem(pattern: str) -> str | None:
    if len(pattern) > MAX_PATTERN:
        return f"the pattern is longer than {MAX_PATTERN} characters."
    try:
        regex.compile(pattern)
    except (regex.error, RecursionError, OverflowError, ValueError) as error:
        return f"the pattern {brief(pattern)} is no regular expression: {error}."
    return None
