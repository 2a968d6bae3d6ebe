"""Makes 64 calls at once against a budget for a few."""

import threading

from tests.probes.inside import Facts, call, chat
from tests.probes.seen import Seen

HELD_BY = ("gateway",)
LIMITS = {"pids": 100, "open_files": 256}
TOKENS, CALLS = 600, 10


def contained(seen: Seen) -> bool:
    tokens, calls = seen.spent
    counted = sum(each.prompt_tokens + each.completion_tokens for each in seen.ledger)
    within = 0 < tokens <= TOKENS and calls <= CALLS and len(seen.asked) <= CALLS
    return within and counted == tokens and seen.answers == ["64 answered"]


def attempt(facts: Facts) -> str:
    threading.stack_size(256 * 1024)
    statuses: list[int] = []
    threads = [
        threading.Thread(
            target=lambda: statuses.append(
                call("/v1/chat/completions", chat("hello [[tokens 9]]"))[0]
            )
        )
        for _ in range(64)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return f"{len([s for s in statuses if s in (200, 429)])} answered"
