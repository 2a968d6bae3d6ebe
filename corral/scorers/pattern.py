"""The output matches a pattern, or what a pattern takes from it is the target.

The module is not called `regex`, like the scorer, only because the library is.
"""

from collections.abc import Iterator, Mapping

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
from corral.scorers.patterns import (
    Match,
    PatternFailed,
    first_group,
    matches,
    pattern_problem,
    whole_match,
)
from corral.scorers.text import brief, normalised

_WHICH: Rule = ('"first" or "last"', lambda value: value in ("first", "last"))
_OPTIONS = {"pattern": TEXT, "which": _WHICH, "ignore_case": FLAG, "whole": FLAG}


class Regex:
    """Judges by a regular expression, in the syntax of the library `regex` (a superset of `re`).

    Without the option `pattern`, the target is the pattern (or a list of patterns of which any
    will do), and the output is right if it matches somewhere. With `pattern`, its first group that
    took something (or the whole match where it has no groups) is taken from the output and
    compared with the target as by `exact`; `which` says which match counts (default "last").
    `whole` (default false) wants the pattern to match the whole output; `ignore_case` (default
    false) goes for pattern and target.

    The option `pattern` is lm-evaluation-harness's filter `regex` before `exact_match`, with its
    `group_select` as `which`; a target that is a pattern is searched for as the library does.

    A pattern can't hang the worker: only the first 1,000,000 characters of an output are looked
    at, and matching ends after 1 s of processor time, with the verdict `wrong` and that reason.
    """

    name = "regex"

    def check(self, target: Json, options: Mapping[str, Json]) -> list[str]:
        """One sentence for each thing wrong with a target, a pattern or the options."""
        problems = text_target_problems(target) + option_problems(options, _OPTIONS)
        if not problems:
            problems = [p for p in map(pattern_problem, _patterns(target, options)) if p]
        return problems

    def score(self, output: str, target: Json, options: Mapping[str, Json]) -> Judgement:
        """1 if the output matches as the target wants, else 0."""
        if not output.strip():
            return no_answer()
        judge = _compare if "pattern" in options else _search
        try:
            return judge(output, target, options)
        except PatternFailed as failed:
            return wrong(None, str(failed))


def _search(text: str, target: Json, options: Mapping[str, Json]) -> Judgement:
    for pattern in text_targets(target):
        match = next(_matches(pattern, text, options), None)
        if match is not None:
            return correct(match[0], f"The output matches the pattern at {brief(match[0])}.")
    return wrong(None, f"No match for the expected pattern in {brief(text)}.")


def _compare(text: str, target: Json, options: Mapping[str, Json]) -> Judgement:
    found = [first_group(match) for match in _matches(str(options["pattern"]), text, options)]
    if not found:
        return wrong(None, f"Found no answer in the expected form in {brief(text)}.")
    answer = found[0] if options.get("which") == "first" else found[-1]
    ignore_case = options.get("ignore_case") is True
    targets = text_targets(target)
    wanted = {normalised(text, ignore_case=ignore_case) for text in targets}
    if normalised(answer, ignore_case=ignore_case) in wanted:
        return correct(answer, f"Found {brief(answer)}, as expected.")
    return wrong(answer, f"Expected {any_of(targets)}, found {brief(answer)}.")


def _matches(pattern: str, text: str, options: Mapping[str, Json]) -> Iterator[Match]:
    ignore_case = options.get("ignore_case") is True
    if options.get("whole") is True:
        match = whole_match(pattern, text.strip(), ignore_case=ignore_case)
        return iter([match] if match else [])
    return matches(pattern, text, ignore_case=ignore_case)


def _patterns(target: Json, options: Mapping[str, Json]) -> list[str]:
    return [str(options["pattern"])] if "pattern" in options else text_targets(target)
