"""Asks for models that are not the run's: others, by path, by adapter, by wild card."""

from tests.probes.inside import Facts, chat, must_fail, tried
from tests.probes.seen import Seen, was_refused

HELD_BY = ("gateway",)
NAMES = ("llama-3.1-405b", "/srv/weights/secret/model.Q4.gguf", "../model", "*", "", " ")
ODD = (None, ["smollm2-135m-instruct"], {"id": "x"}, 1)


def contained(seen: Seen) -> bool:
    return was_refused(seen) and not seen.asked


def attempt(facts: Facts) -> str:
    path = "/v1/chat/completions"
    return tried(
        {repr(model): must_fail(path, chat("hello", model=model)) for model in (*NAMES, *ODD)}
    )
