"""Whether a model reasoned in spite of a track's rules, and what the project gets then."""

from dataclasses import replace

from corral.gateway.prompt_size import text_tokens
from corral.gateway.refusal import CallRefused
from corral.gateway.replies import Tokens, tokens_of
from corral.gateway.rules import CallRules, Reasoning
from corral.gateway.upstream import UpstreamClient
from corral.json_types import Json, JsonObject

MARKS = 4  # tokens of marks around a thought, which may be an empty one
BYTES_PER_TOKEN = 4
FIELDS = ("reasoning_content", "reasoning")  # llama-server's, and vLLM's newer name


class ReasoningRefused(CallRefused):
    """The model reasoned although it was told not to: nobody gets to use that."""

    def __init__(self) -> None:
        super().__init__(
            400,
            "The model reasoned, which this track's rules forbid; its answer is withheld.",
            code="reasoning_forbidden",
        )


def most_reasoning(rules: CallRules) -> int | None:
    """Tokens of reasoning after which the rules are broken, None where there is no such bound."""
    match rules.reasoning:
        case Reasoning.FORBIDDEN:
            return MARKS
        case Reasoning.CAPPED:
            return (rules.reasoning_tokens or 0) + MARKS
        case Reasoning.ALLOWED:
            return None


def counted(reply: JsonObject, tokens: Tokens | None) -> Tokens | None:
    """Where the server does not count the reasoning that it shows, by its share of the text."""
    thought = thought_of(reply)
    if tokens is None or tokens.reasoning or not thought.strip():
        return tokens
    share = len(thought) / (len(thought) + _answer_length(reply))
    return replace(tokens, reasoning=max(1, round(tokens.completion * share)))


async def reasoned(client: UpstreamClient, reply: JsonObject, most: int) -> int:
    """Tokens of reasoning in a reply; over `most` of them they are counted, not guessed.

    As the server reports them, else by the model's own tokenizer, else by their share of the text.
    """
    reported = tokens_of(reply.get("usage"))
    if reported is not None and reported.reasoning:
        return reported.reasoning
    thought = thought_of(reply)
    guess = counted(reply, reported)
    tokens = len(thought) // BYTES_PER_TOKEN if guess is None else guess.reasoning
    exact = await text_tokens(client, thought) if tokens > most else None
    return tokens if exact is None else exact


def cut(reply: JsonObject, part: float) -> JsonObject:
    """The reply as if the model had been stopped: a part of its thought, and no answer."""
    thought = thought_of(reply)
    message: Json = {
        "role": "assistant",
        "content": "",
        FIELDS[0]: thought[: int(len(thought) * part)],
    }
    choice: Json = {"index": 0, "finish_reason": "length", "message": message, "logprobs": None}
    return {**reply, "choices": [choice]}


def ended_in_thought(reply: JsonObject) -> bool:
    """Whether the tokens of a reply without content ran out while the model reasoned."""
    match reply:
        case {"choices": [{"finish_reason": "length"}, *_]}:
            tokens = tokens_of(reply.get("usage"))
            return bool(thought_of(reply) or (tokens and tokens.reasoning))
        case _:
            return False


def thought_of(reply: JsonObject) -> str:
    """The reasoning that a chat completion shows, "" if none."""
    message = _message_of(reply)
    texts = [message.get(field) for field in FIELDS]
    return next((text for text in texts if isinstance(text, str) and text), "")


def _answer_length(reply: JsonObject) -> int:
    message = _message_of(reply)
    content, calls = message.get("content"), message.get("tool_calls")
    return len(content) if isinstance(content, str) else len(str(calls or ""))


def _message_of(reply: JsonObject) -> JsonObject:
    match reply.get("choices"):
        case [{"message": dict(message)}, *_]:
            return message
        case _:
            return {}
