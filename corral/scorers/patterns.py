"""Regular expressions that a suite gives, in an engine that stops in time.

Everything in a suite that is a pattern goes through here: the library `regex`, a superset of `re`
that takes a time limit and gives the same matches for what `re` knows.
"""

import math
import time
from collections.abc import Iterable, Iterator
from typing import TypeAlias

import regex

from corral.scorers.text import brief

Match: TypeAlias = "regex.Match[str]"

MAX_PATTERN = 2_000
MAX_TEXT = 1_000_000
MATCH_SECONDS = 1.0
# A repetition of a repetition is written out when a pattern is compiled: 1000 times 1000 takes
# 260 MB, and once more takes the machine.
MAX_REPEATS = 100_000
_REPEAT = regex.compile(r"\{([0-9]{1,9})(?:,[0-9]*)?\}")


class PatternFailed(Exception):
    """A pattern gave no result; the message is a sentence for the explanation of a judgement."""


def pattern_problem(pattern: str) -> str | None:
    """Why a pattern can't be used, as a sentence; None: it can."""
    if len(pattern) > MAX_PATTERN:
        return f"the pattern is longer than {MAX_PATTERN} characters."
    if math.prod(int(count) or 1 for count in _REPEAT.findall(pattern)) > MAX_REPEATS:
        return f"the pattern {brief(pattern)} repeats repetitions more than {MAX_REPEATS} times."
    try:
        regex.compile(pattern)
    except (regex.error, RecursionError, OverflowError, ValueError) as error:
        return f"the pattern {brief(pattern)} is no regular expression: {error}."
    return None


def group_problem(pattern: str, group: int | str) -> str | None:
    """Why a usable pattern has not that group, as a sentence; None: it has."""
    compiled = regex.compile(pattern)
    known = group in compiled.groupindex if isinstance(group, str) else group <= compiled.groups
    return None if known else f"the pattern {brief(pattern)} has no group {group}."


def matches(pattern: str, text: str, *, ignore_case: bool = False) -> Iterator[Match]:
    """Every match in the first 1,000,000 characters of a text, in order.

    Raises:
        PatternFailed: the pattern is none, or takes more than 1 s of processor time.
    """
    try:
        found = _compiled(pattern, ignore_case).finditer(text[:MAX_TEXT], timeout=MATCH_SECONDS)
        yield from _in_time(found)
    except (TimeoutError, MemoryError):
        raise PatternFailed("The pattern took too long on this output.") from None


def whole_match(pattern: str, text: str, *, ignore_case: bool = False) -> "Match | None":
    """The match of a pattern with all of a text, which it can't be with more than 1,000,000.

    Raises:
        PatternFailed: the pattern is none, or takes more than 1 s of processor time.
    """
    if len(text) > MAX_TEXT:
        return None
    try:
        return _compiled(pattern, ignore_case).fullmatch(text, timeout=MATCH_SECONDS)
    except (TimeoutError, MemoryError):
        raise PatternFailed("The pattern took too long on this output.") from None


def without_matches(pattern: str, text: str, *, replacement: str = "") -> str:
    """A text with every match replaced by a text, which is taken as it is.

    Raises:
        PatternFailed: the pattern is none, or takes more than 1 s of processor time.
    """
    parts, end = [], 0
    for match in matches(pattern, text):
        parts += [text[end : match.start()], replacement]
        end = match.end()
    return "".join([*parts, text[end:]])


def first_group(match: Match) -> str:
    """The first group that took something; "" where none did, all where there are no groups."""
    if not match.re.groups:
        return match[0]
    return next((group for group in match.groups() if group), "")


def _compiled(pattern: str, ignore_case: bool) -> "regex.Pattern[str]":
    if pattern_problem(pattern) is not None:
        raise PatternFailed("The task's pattern can't be used.")
    return regex.compile(pattern, regex.IGNORECASE if ignore_case else 0)


def _in_time(found: Iterable[Match]) -> Iterator[Match]:
    """The library's clock may start anew for each match; this one is for all of them."""
    started = time.process_time()
    for match in found:
        if time.process_time() - started > MATCH_SECONDS:
            raise TimeoutError
        yield match
