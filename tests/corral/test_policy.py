"""What a run may do: stored and read back, refused where a value makes no sense."""

import json
from typing import Any

import pytest

from corral.errors import PolicyRefused
from corral.gateway.rules import CallRules, Reasoning
from corral.policy import Policy
from corral.sandbox.limits import Limits

STRICT = Policy(
    model="m",
    model_sha256="a" * 64,
    limits=Limits(pids=7),
    task_seconds=1.5,
    rules=CallRules(
        temperature=0,
        seed=7,
        context_tokens=4096,
        tools=False,
        reasoning=Reasoning.CAPPED,
        reasoning_tokens=64,
        concurrency=4,
        calls_per_minute=60,
    ),
)


@pytest.mark.parametrize("policy", [STRICT, Policy(model="m")])
def test_policy_comes_back_from_json_as_it_went(policy: Policy) -> None:
    back = Policy.from_json(json.loads(json.dumps(policy.as_json())))

    assert back == policy
    assert type(back.rules.reasoning) is Reasoning
    assert back.digest() == policy.digest()


def test_policy_from_before_there_were_rules_leaves_all_to_the_project() -> None:
    stored = Policy(model="m").as_json()
    del stored["rules"]

    assert Policy.from_json(stored).rules == CallRules()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"task_seconds": 0}, "'task_seconds' must be a number from 0.001 to 86400."),
        ({"task_seconds": float("nan")}, "'task_seconds' must be a number from 0.001 to 86400."),
        ({"token_budget": -1}, "'token_budget' must be a whole number from 0 to"),
        ({"call_budget": 1.5}, "'call_budget' must be a whole number from 0 to"),
        ({"max_restarts": -1}, "'max_restarts' must be a whole number from 0 to 1000."),
        ({"max_concurrency": 0}, "'max_concurrency' must be a whole number from 1 to 1000."),
    ],
)
def test_policy_that_makes_no_sense_is_refused(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(PolicyRefused) as refused:
        Policy(model="m", **values)

    assert str(refused.value).startswith(sentence)
