"""Charges its calls to tasks that it does not hold."""

from tests.probes.inside import Facts, call, chat
from tests.probes.seen import Seen

HELD_BY = ("gateway",)
TASKS = 2


def contained(seen: Seen) -> bool:
    """One task is in flight at a time, so each call is its own, whatever the header says."""
    keys = [each.task_key for each in seen.ledger]
    return seen.answers == [200, 200] and keys == ["t-0", "t-1"]


def attempt(facts: Facts) -> int:
    other = "t-1" if facts["id"] == "t-0" else "t-0"
    return call("/v1/chat/completions", chat("hello"), more=(f"X-Corral-Task: {other}",))[0]
