"""The whole output is the target."""

import string
from collections.abc import Mapping

from corral.json_types import Json
from corral.scorers.base import Judgement
from corral.scorers.checks import (
    FLAG,
    Rule,
    any_of,
    correct,
    no_answer,
    option_problems,
    text_target_problems,
    text_targets,
    wrong,
)
from corral.scorers.patterns import PatternFailed, pattern_problem, without_matches
from corral.scorers.text import brief, normalised

MAX_IGNORED = 20
_IGNORED: Rule = (
    f"a list of at most {MAX_IGNORED} regular expressions",
    lambda value: (
        isinstance(value, list)
        and len(value) <= MAX_IGNORED
        and all(isinstance(pattern, str) and pattern for pattern in value)
    ),
)
_PUNCTUATION: Rule = (
    'true, false or "everywhere"',
    lambda value: isinstance(value, bool) or value == "everywhere",
)
_OPTIONS = {
    "ignore": _IGNORED,
    "ignore_case": FLAG,
    "ignore_digits": FLAG,
    "ignore_punctuation": _PUNCTUATION,
}
_EDGES = string.punctuation + "…“”‘’«» "
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)
_NO_DIGITS = str.maketrans("", "", string.digits)


class Exact:
    """Equal after normalisation: NFKC, no white space around, single spaces inside.

    Options: `ignore_case` (default false) compares casefolded; `ignore_punctuation` (default
    false) drops punctuation around the answer and the target ("Paris." is "Paris"), none inside,
    or with "everywhere" all ASCII punctuation; `ignore_digits` (default false) drops 0 to 9;
    `ignore` is a list of regular expressions of which every match is dropped, before all else, in
    their order. A target is a text or a list of texts of which any will do.

    This is lm-evaluation-harness's `exact_match`, with its `regexes_to_ignore` as `ignore`,
    `ignore_numbers` as `ignore_digits`, and `ignore_punctuation` as "everywhere"; only that there
    white space and Unicode forms count. Its strict match for GSM8K is the filter `regex` with
    "#### (\\-?[0-9\\.\\,]+)" and `ignore` [",", "\\$", "(?s).*#### ", "\\.$"], and BIG-Bench
    Hard's the filter `regex` with "(?<=the answer is )(.*)(?=.)" and nothing to ignore.
    """

    name = "exact"

    def check(self, target: Json, options: Mapping[str, Json]) -> list[str]:
        """One sentence for each thing wrong with a target or the options."""
        problems = text_target_problems(target) + option_problems(options, _OPTIONS)
        return problems or [problem for p in _ignored(options) if (problem := pattern_problem(p))]

    def score(self, output: str, target: Json, options: Mapping[str, Json]) -> Judgement:
        """1 if the output equals a target, else 0."""
        if not output.strip():
            return no_answer()
        targets = text_targets(target)
        try:
            answer = _plain(output, options)
            wanted = {_plain(text, options) for text in targets}
        except PatternFailed as failed:
            return wrong(None, str(failed))
        if answer in wanted:
            return correct(answer, f"The output is {any_of(targets)}, as expected.")
        return wrong(answer, f"Expected {any_of(targets)}, found {brief(output)}.")


def _ignored(options: Mapping[str, Json]) -> list[str]:
    given = options.get("ignore", [])
    return [str(pattern) for pattern in given] if isinstance(given, list) else []


def _plain(text: str, options: Mapping[str, Json]) -> str:
    for pattern in _ignored(options):
        text = without_matches(pattern, text)
    if options.get("ignore_digits") is True:
        text = text.translate(_NO_DIGITS)
    if options.get("ignore_punctuation") == "everywhere":
        text = text.translate(_NO_PUNCTUATION)
    text = normalised(text, ignore_case=options.get("ignore_case") is True)
    if options.get("ignore_punctuation") is True:
        return text.strip(_EDGES) or text
    return text
