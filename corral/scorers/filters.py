"""What is done to an output before a scorer sees it: a suite's list of filters, in order.

Filters take from the output alone and leave the target as it is, as those of
lm-evaluation-harness (`filter_list`) do. They are given in a scorer's options:
`"filters": [{"filter": "strip_reasoning"}, {"filter": "regex", "pattern": "is (.*)\\\\."}]`.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias, cast

from corral.json_types import Json
from corral.scorers.base import Judgement
from corral.scorers.checks import FLAG, TEXT, Rule, option_problems, wrong
from corral.scorers.numbers import numbers_made_plain
from corral.scorers.patterns import (
    Match,
    PatternFailed,
    first_group,
    group_problem,
    matches,
    pattern_problem,
)
from corral.scorers.text import brief
from corral.verdicts import Verdict

MAX_FILTERS = 20
Fields: TypeAlias = Mapping[str, Json]
Form: TypeAlias = Literal["NFC", "NFD", "NFKC", "NFKD"]

_WHICH: Rule = (
    '"first", "last", "all" or a whole number',
    lambda value: value in ("first", "last", "all") if isinstance(value, str) else _is_whole(value),
)
_GROUP: Rule = (
    "the number or the name of a group",
    lambda value: (_is_whole(value) and cast(int, value) >= 0) or TEXT[1](value),
)
_END: Rule = ('"first" or "last"', lambda value: value in ("first", "last"))
_FORM: Rule = (
    '"NFC", "NFD", "NFKC" or "NFKD"',
    lambda value: value in ("NFC", "NFD", "NFKC", "NFKD"),
)
_ANY_TEXT: Rule = ("a text", lambda value: isinstance(value, str))
_STOPS: Rule = (
    "a text or a list of texts, none empty",
    lambda value: bool(_texts(value)) and all(_texts(value)),
)
_TAG: Rule = (
    "the name of a tag, as think",
    lambda value: isinstance(value, str) and re.fullmatch(r"[\w.-]{1,40}", value) is not None,
)


class _Ended(Exception):
    """A filter that leaves nothing to be scored, and the judgement instead."""

    def __init__(self, judgement: Judgement) -> None:
        super().__init__(judgement.explanation)
        self.judgement = judgement


@dataclass(frozen=True, slots=True)
class Filter:
    """What a filter does, the rules of its fields and which of them it must have."""

    apply: Callable[[str, Fields], str]
    rules: Mapping[str, Rule] = field(default_factory=dict)
    needs: tuple[str, ...] = ()


def filter_problems(filters: Json) -> list[str]:
    """One sentence for each thing wrong with a list of filters."""
    if not isinstance(filters, list) or len(filters) > MAX_FILTERS:
        return [f'"filters" must be a list of at most {MAX_FILTERS} objects.']
    return [
        f"filter {number}: {sentence}"
        for number, given in enumerate(filters, start=1)
        for sentence in _problems_of(given)
    ]


def apply_filters(text: str, filters: Json) -> str | Judgement:
    """What the filters leave of an output, or the judgement that ends it before a scorer sees it.

    A pattern that finds nothing and has no `fallback` is `wrong`, reasoning that was cut off is
    `truncated_reasoning`, and where nothing but white space is left it is `no_answer`.
    """
    if filter_problems(filters):
        return wrong(None, "The task's filters can't be used.")
    try:
        for given in cast("list[Fields]", filters):
            text = FILTERS[str(given["filter"])].apply(text, given)
    except _Ended as ended:
        return ended.judgement
    except PatternFailed as failed:
        return wrong(None, str(failed))
    if text.strip():
        return text
    return Judgement(0.0, Verdict.NO_ANSWER, "The filters leave nothing of the output.")


def _problems_of(given: Json) -> list[str]:
    name = given.get("filter") if isinstance(given, dict) else None
    if not isinstance(given, dict) or not isinstance(name, str) or name not in FILTERS:
        return [f'it must be an object whose "filter" is one of: {", ".join(FILTERS)}.']
    known = FILTERS[name]
    fields = {key: value for key, value in given.items() if key != "filter"}
    problems = option_problems(fields, known.rules)
    problems += [f'"{need}" is missing.' for need in known.needs if need not in fields]
    if not problems and "pattern" in fields:
        problems += _pattern_problems(str(fields["pattern"]), fields.get("group"))
    return [f"{name}: {problem}" for problem in problems]


def _pattern_problems(pattern: str, group: Json) -> list[str]:
    problem = pattern_problem(pattern)
    if problem is None and isinstance(group, int | str):
        problem = group_problem(pattern, group)
    return [] if problem is None else [problem]


def _regex(text: str, fields: Fields) -> str:
    found = matches(str(fields["pattern"]), text, ignore_case=fields.get("ignore_case") is True)
    taken = [_group_of(match, fields.get("group")) for match in found]
    which = fields.get("which", "first")
    if which == "all" and taken:
        return str(fields.get("join", " ")).join(taken)
    index = {"first": 0, "last": -1}.get(str(which), which)
    if isinstance(index, int) and -len(taken) <= index < len(taken):
        return taken[index]
    if "fallback" in fields:
        return str(fields["fallback"])
    raise _Ended(wrong(None, f"Found no answer in the expected form in {brief(text)}."))


def _group_of(match: Match, group: Json) -> str:
    if isinstance(group, int | str):
        return (match[group] or "").strip()
    return first_group(match).strip()


def _strip_reasoning(text: str, fields: Fields) -> str:
    tag = re.escape(str(fields.get("tag", "think")))
    kept: list[str] = []
    end, open_at = 0, None
    for match in re.finditer(rf"<(/?){tag}>", text, re.IGNORECASE):
        if match[1]:
            # a closing tag that nothing opened closes what the prompt had opened
            kept = kept if open_at is not None else []
            open_at, end = None, match.end()
        elif open_at is None:
            kept.append(text[end : match.start()])
            open_at = match.start()
    if open_at is not None:
        reason = "The reasoning was cut off before it ended, so there is no answer."
        raise _Ended(Judgement(0.0, Verdict.TRUNCATED_REASONING, reason))
    return "".join([*kept, text[end:]]).strip()


def _take(text: str, fields: Fields) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return ""
    return lines[0] if fields["which"] == "first" else lines[-1]


def _until(text: str, fields: Fields) -> str:
    cuts = [at for stop in _texts(fields["stops"]) if (at := text.find(stop)) >= 0]
    return text[: min(cuts)] if cuts else text


def _texts(value: Json) -> list[str]:
    texts = value if isinstance(value, list) else [value]
    whole = all(isinstance(text, str) for text in texts)
    return [str(text) for text in texts] if whole else []


def _is_whole(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**6


FILTERS: Mapping[str, Filter] = MappingProxyType(
    {
        # What a pattern takes: `group` by number or name (default: the first that took something,
        # or the whole match of a pattern without groups), stripped; of the matches `which`, by
        # default "first"; an index counts from 0, or from the end when negative; "all" puts
        # `join` (default " ") between them. This is lm-evaluation-harness's filter `regex` with
        # `group_select` as `which`; its "[invalid]" where nothing is found is `fallback`, without
        # which the output is `wrong` with that reason, and no text that nobody wrote is scored.
        "regex": Filter(
            _regex,
            {
                "pattern": TEXT,
                "group": _GROUP,
                "which": _WHICH,
                "join": _ANY_TEXT,
                "ignore_case": FLAG,
                "fallback": _ANY_TEXT,
            },
            needs=("pattern",),
        ),
        # Takes <think>…</think> out (`tag` names another tag). Text before a closing tag that
        # nothing opened is reasoning too: many prompts end with the opening one. Reasoning that
        # is not closed is the verdict `truncated_reasoning`, never scored as text.
        "strip_reasoning": Filter(_strip_reasoning, {"tag": _TAG}),
        # The first or the last line that is not blank, stripped.
        "take": Filter(_take, {"which": _END}, needs=("which",)),
        # What comes before the first of the texts `stops`, as generation that stops at them.
        "until": Filter(_until, {"stops": _STOPS}, needs=("stops",)),
        # Lower case, as Python's `str.lower` and lm-evaluation-harness's filter `lowercase`.
        "lower": Filter(lambda text, _: text.lower()),
        # A Unicode normalisation form (default NFKC).
        "unicode": Filter(
            lambda text, fields: unicodedata.normalize(
                cast(Form, str(fields.get("form", "NFKC"))), text
            ),
            {"form": _FORM},
        ),
        # Every number the plain way: "$1,234.50" is "1234.5", "−3" is "-3".
        "number": Filter(lambda text, _: numbers_made_plain(text)),
    }
)
