"""A track's rules as values; what they do to calls is in test_enforcement.py."""

from typing import Any

import pytest

from corral.errors import PolicyRefused
from corral.gateway.rules import CallRules, Reasoning


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"temperature": 3}, "'temperature' must be a number from 0 to 2."),
        ({"temperature": "0"}, "'temperature' must be a number from 0 to 2."),
        ({"seed": -1}, "'seed' must be a whole number from 0 to 2147483647."),
        ({"context_tokens": 0}, "'context_tokens' must be a whole number from 1 to 2147483647."),
        ({"tools": 1}, "'tools' must be true or false."),
        ({"tools": None}, "'tools' must be true or false."),
        ({"concurrency": 0}, "'concurrency' must be a whole number from 1 to 256."),
        ({"concurrency": None}, "'concurrency' must be a whole number from 1 to 256."),
        (
            {"calls_per_minute": 0},
            "'calls_per_minute' must be a whole number from 1",
        ),
        ({"reasoning": "some"}, "'reasoning' must be one of allowed, capped, forbidden."),
        ({"reasoning": "capped"}, "'reasoning_tokens' goes with capped reasoning, and only"),
        ({"reasoning_tokens": 5}, "'reasoning_tokens' goes with capped reasoning, and only"),
        ({"reasoning": "capped", "reasoning_tokens": 0}, "'reasoning_tokens' must be a whole"),
        ({"top_p": 1}, "'top_p' is no rule for calls."),
    ],
)
def test_rule_that_makes_no_sense_is_refused(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(PolicyRefused) as refused:
        CallRules.from_json(values)

    assert str(refused.value).startswith(sentence)


def test_rules_come_back_from_json_with_real_members() -> None:
    rules = CallRules(reasoning=Reasoning.CAPPED, reasoning_tokens=5)

    assert rules.as_json()["reasoning"] == "capped"
    assert CallRules.from_json(rules.as_json()) == rules
    assert CallRules.from_json({}) == CallRules()
