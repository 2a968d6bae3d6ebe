"""How the pages of hackathons word values."""

import json
from dataclasses import dataclass

from django import template

from corral.gateway.rules import CallRules, Reasoning
from corral.json_types import Json, JsonObject

register = template.Library()


@register.filter
def as_json(value: Json) -> str:
    """As a project is given it, readable: the template escapes it."""
    return json.dumps(value, ensure_ascii=False, indent=2)


@register.filter
def seconds(value: float) -> str:
    """A duration in the largest unit that gives a short number: 30 s, 1.5 min, 2 h."""
    for unit, size in (("h", 3600), ("min", 60)):
        if value >= size and value * 10 % size == 0:
            return f"{value / size:g} {unit}"
    return f"{value:g} s"


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a track's rules."""

    what: str
    allowed: str


@register.filter
def call_rules(rules: CallRules) -> list[Rule]:
    """A track's rules for calls, in words."""
    return [
        Rule("Temperature", _enforced(rules.temperature)),
        Rule("Seed", _enforced(rules.seed)),
        Rule("Prompt and answer", _at_most(rules.context_tokens, "tokens a call")),
        Rule("Tools", "allowed" if rules.tools else "not allowed"),
        Rule("Thinking", _thinking(rules)),
        Rule("At once", _at_most(rules.concurrency, "calls")),
        Rule("A minute", _at_most(rules.calls_per_minute, "calls")),
    ]


@register.filter
def rules_of_policy(policy: JsonObject) -> str:
    """Those rules for calls that a stored policy sets, in one line; "" where it sets none."""
    stored = policy.get("rules")
    rules = CallRules.from_json(stored if isinstance(stored, dict) else {})
    free = call_rules(CallRules())
    return "; ".join(
        f"{rule.what.lower()}: {rule.allowed}" for rule in call_rules(rules) if rule not in free
    )


def _enforced(value: float | None) -> str:
    return "yours to choose" if value is None else f"always {value:g}"


def _at_most(value: int | None, of: str) -> str:
    return "no limit of the track's" if value is None else f"at most {value:,} {of}"


def _thinking(rules: CallRules) -> str:
    if rules.reasoning is Reasoning.CAPPED:
        return _at_most(rules.reasoning_tokens, "tokens a call")
    return "allowed" if rules.reasoning is Reasoning.ALLOWED else "not allowed"
