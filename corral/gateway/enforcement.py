"""A track's rules, applied to a call before it is made."""

from dataclasses import replace

from corral.gateway.order import Endpoint, Order
from corral.gateway.prompt_size import prompt_tokens
from corral.gateway.refusal import CallRefused
from corral.gateway.rules import CallRules, Reasoning
from corral.gateway.upstream import UpstreamClient
from corral.json_types import JsonObject

_TOOLS = ("tools", "tool_choice", "parallel_tool_calls")


def ruled(order: Order, rules: CallRules) -> Order:
    """The call as the rules have it: what they fix replaces what it asks for.

    Raises:
        CallRefused: it asks for what they forbid, with one sentence that names field and rule.
    """
    if not rules.tools:
        _refuse_tools(order.fields)
    if rules.reasoning is not Reasoning.ALLOWED:
        _refuse_reasoning(order, rules.reasoning)
    fixed: JsonObject = {}
    if rules.temperature is not None:
        fixed["temperature"] = rules.temperature
    if rules.seed is not None:
        fixed["seed"] = rules.seed
    fixed |= _on_reasoning(rules)
    return replace(order, fields=order.fields | fixed) if fixed else order


async def in_context(client: UpstreamClient, order: Order, rules: CallRules) -> Order:
    """The call with an answer so short that it and the prompt keep to the rules' context.

    The prompt is counted by the model's own tokenizer where its upper bound does not fit.

    Raises:
        CallRefused: the prompt leaves no room for an answer.
    """
    most = rules.context_tokens
    if most is None or order.prompt_tokens + order.max_tokens <= most:
        return order
    counted = await prompt_tokens(client, order)
    prompt = order.prompt_tokens if counted is None else min(counted, order.prompt_tokens)
    if prompt >= most:
        raise CallRefused(
            400,
            f"The prompt has up to {prompt:,} tokens; this track's context limit is {most:,} "
            "tokens for a call's prompt and answer.",
            code="context_length_exceeded",
            param="prompt" if order.endpoint is Endpoint.COMPLETIONS else "messages",
        )
    return replace(order, prompt_tokens=prompt, max_tokens=min(order.max_tokens, most - prompt))


def _refuse_tools(fields: JsonObject) -> None:
    for field in _TOOLS:
        if field in fields:
            raise CallRefused(
                400, f"'{field}' may not be used: this track's rules forbid tools.", param=field
            )


def _refuse_reasoning(order: Order, reasoning: Reasoning) -> None:
    """A plain completion may hold a template's marks, and its reasoning can't be told apart."""
    if order.endpoint is Endpoint.COMPLETIONS:
        raise CallRefused(
            400,
            f"'prompt' may not be completed as plain text: reasoning is {reasoning} by this "
            "track's rules; use /v1/chat/completions.",
            param="prompt",
        )
    effort = order.fields.get("reasoning_effort", "none")
    if reasoning is Reasoning.FORBIDDEN and effort != "none":
        raise CallRefused(
            400,
            "'reasoning_effort' must be none: this track's rules forbid reasoning.",
            param="reasoning_effort",
        )


def _on_reasoning(rules: CallRules) -> JsonObject:
    """How servers are told: llama-server reads both fields, vLLM the first and ignores the other.

    (vLLM's own `thinking_token_budget` has every call refused where the server is not set up for
    it, so it is not sent: the cap is kept by cutting answers.)
    """
    match rules.reasoning:
        case Reasoning.FORBIDDEN:
            return {"chat_template_kwargs": {"enable_thinking": False}, "thinking_budget_tokens": 0}
        case Reasoning.CAPPED:
            return {"thinking_budget_tokens": rules.reasoning_tokens}
        case Reasoning.ALLOWED:
            return {}
