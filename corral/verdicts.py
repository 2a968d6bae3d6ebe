"""What a project did with a task."""

from enum import StrEnum


class Verdict(StrEnum):
    """The only verdicts there are; what the platform did wrong is never one of them."""

    CORRECT = "correct"
    WRONG = "wrong"
    PARTIAL = "partial"
    TIMEOUT = "timeout"
    CRASH = "crash"
    NO_ANSWER = "no_answer"
    BUDGET_EXCEEDED = "budget_exceeded"
    INVALID_OUTPUT = "invalid_output"
    TRUNCATED_REASONING = "truncated_reasoning"
