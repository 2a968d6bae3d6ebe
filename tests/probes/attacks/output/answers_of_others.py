"""Answers tasks that it was not given, and its own more than once."""

from tests.probes.inside import Facts, answer
from tests.probes.seen import Seen

HELD_BY = ("runner",)
TASKS = 3


def contained(seen: Seen) -> bool:
    return seen.answers == ["honest t-0", "honest t-1", "honest t-2"]


def attempt(facts: Facts) -> str:
    own = int(facts["id"].split("-")[1])
    for number in (*range(own), *range(own + 1, 5)):
        answer(f"t-{number}", "forged")
    for key in (
        "",
        "t-1\0",
        "../t-1",
        "T-1",
        "x" * 100_000,
        "00000000-0000-0000-0000-000000000000",
    ):
        answer(key, "forged")
    answer(facts["id"], f"honest {facts['id']}")
    return "forged afterwards"
