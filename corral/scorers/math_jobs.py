"""math-verify, as it is asked in the process apart."""

from functools import lru_cache

from math_verify import parse, verify

from corral.json_types import JsonObject


def check_math(request: JsonObject) -> JsonObject:
    """Which targets are no expressions."""
    texts = request["targets"]
    assert isinstance(texts, list)
    return {"bad": [text for text in texts if all(map(_is_text, _gold(str(text))))]}


def _is_text(part: object) -> bool:
    """math-verify gives the text of an expression too, and nothing else where it is none."""
    return isinstance(part, str)


def score_math(request: JsonObject) -> JsonObject:
    """Whether the answer in the output equals a target, and the answer; null where there is none.

    math-verify gives an answer as it is understood and as it is written.
    """
    found = _parsed(str(request["output"]))
    targets = request["targets"]
    assert isinstance(targets, list)
    right = bool(found) and any(
        verify(_gold(str(target)), found, timeout_seconds=None) for target in targets
    )
    return {"right": right, "answer": str(found[-1])[:1000] if found else None}


@lru_cache(maxsize=100)
def _gold(target: str) -> "list[object]":
    """A target as it is, or as LaTeX where that is nothing."""
    return _parsed(target) or _parsed(f"${target}$")


def _parsed(text: str) -> "list[object]":
    return list(parse(text, parsing_timeout=None))
