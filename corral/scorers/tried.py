"""From a program that was tried out to a judgement."""

from collections.abc import Mapping

from corral.json_types import Json
from corral.scorers.base import Judgement
from corral.scorers.checks import Rule
from corral.scorers.help import Outcome, Tried
from corral.scorers.text import brief
from corral.verdicts import Verdict

SECONDS = 10.0
MOST_SECONDS = 120
SECONDS_RULE: Rule = (
    f"a number above 0, up to {MOST_SECONDS}",
    lambda value: (
        isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= MOST_SECONDS
    ),
)
_VERDICTS = {
    Outcome.FAILED: Verdict.WRONG,
    Outcome.BROKEN: Verdict.CRASH,
    Outcome.DIED: Verdict.CRASH,
    Outcome.TIMED_OUT: Verdict.TIMEOUT,
}


def seconds_of(options: Mapping[str, Json]) -> float:
    """The time limit in the options."""
    given = options.get("seconds", SECONDS)
    return float(given) if isinstance(given, int | float) else SECONDS


def judged(tried: Tried, answer: str, *, passed: str, failed: str) -> Judgement:
    """`passed` and `failed` say in one sentence, without a full stop, what was found."""
    if tried.outcome is Outcome.PASSED:
        return Judgement(1.0, Verdict.CORRECT, f"{passed}.", answer)
    reason = f": {brief(tried.reason)}" if tried.reason else ""
    if tried.outcome is Outcome.TIMED_OUT:
        failed = "The program took too long"
    elif tried.outcome is not Outcome.FAILED:
        failed = "The program broke off"
    return Judgement(0.0, _VERDICTS[tried.outcome], f"{failed}{reason}.", answer)
