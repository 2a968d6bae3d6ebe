"""Looks in replies for what is the host's: paths of weights, keys, times, other prompts."""

from tests.probes.inside import Facts, Harmless, call, chat, request, talk, tried

HELD_BY = ("gateway",)
TELLING = (b"/srv/weights", b"timings", b"cached_tokens", b"Bearer", b"aiohttp", b"Traceback")


def look(reply: bytes) -> object:
    found = [each for each in TELLING if each in reply]
    if found or not reply:
        return found or "no reply"
    raise Harmless("tells nothing")


def attempt(facts: Facts) -> str:
    path = "/v1/chat/completions"
    return tried(
        {
            "answer": lambda: look(call(path, chat("hello"))[1]),
            "stream": lambda: look(talk(request("POST", path, chat("a b c", stream=True)))),
            "error": lambda: look(call(path, chat("[[status 400]]"))[1]),
            "models": lambda: look(talk(request("GET", "/v1/models"))),
            "not HTTP": lambda: look(talk(b"\x16\x03\x01\x02\x00\x01\r\n\r\n")),
        }
    )
