"""Steers the model server by fields that are its own, and has it fetch pictures."""

from tests.probes.inside import Facts, chat, must_fail, tried
from tests.probes.seen import Seen, was_refused

HELD_BY = ("gateway",)
FIELDS = {
    "cache_prompt": True,
    "id_slot": 0,
    "lora": [{"id": 0, "scale": 9}],
    "grammar": "root ::= root",
    "n_probs": 10**6,
    "chat_template": "{{ x }}",
    "chat_template_kwargs": {"a": 1},
    "guided_regex": "(a+)+$",
    "prompt_logprobs": 100,
    "stream_options": {"include_usage": "no"},
    "__proto__": {},
}


def contained(seen: Seen) -> bool:
    return was_refused(seen) and not seen.asked


def attempt(facts: Facts) -> str:
    path = "/v1/chat/completions"
    here = f"http://127.0.0.1:{facts['port']}/picture.png"
    picture = [{"type": "image_url", "image_url": {"url": here}}]
    file = [{"type": "image_url", "image_url": {"url": "file://" + facts["secret_file"]}}]
    return tried(
        {name: must_fail(path, chat("hello", **{name: value})) for name, value in FIELDS.items()}
        | {
            name: must_fail(path, chat("", messages=[{"role": "user", "content": content}]))
            for name, content in {"picture": picture, "file": file}.items()
        }
    )
