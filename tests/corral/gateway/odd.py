"""Odd requests, from hypothesis: bodies that no rule foresaw, and HTTP that is broken or forged."""

import json

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from corral.gateway.order import FIELDS
from tests.corral.gateway.bench import CHAT, COMPLETIONS, MODEL

TEXTS = st.text(st.characters(), max_size=20)
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
NAMES = sorted({name for rules in FIELDS.values() for name in rules} | {"messages", "user", "x"})
MESSAGE = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "assistant", "tool", "wizard"]), "content": TEXTS | ODD},
    optional={"name": ODD, "tool_calls": ODD},
)
CALLS = st.fixed_dictionaries(
    {"model": st.just(MODEL) | ODD},
    optional={
        "messages": st.lists(MESSAGE, max_size=3) | ODD,
        "prompt": TEXTS | ODD,
        "stream": st.booleans(),
        "n": st.integers(-1, 9),
        "max_tokens": st.integers(-1, 2**40) | ODD,
        "tools": ODD,
    },
)
BODIES = st.one_of(
    CALLS,
    st.builds(
        lambda call, more: {**call, **more}, CALLS, st.dictionaries(st.sampled_from(NAMES), ODD)
    ),
    ODD,
).map(lambda body: json.dumps(body).encode()) | st.binary(max_size=60)

# A template is sent to two runs: each fills in its own name and the other's, which are as long.
AT_ONCE = 40
OWN, OTHER = b"ownxx", b"othrx"
KEY_OF = "key-of-run-{}"
CLOSING = (
    b"GET /v1/models HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer key-of-run-ownxx\r\n"
    b"Connection: close\r\n\r\n"
)
GOOD = st.fixed_dictionaries(
    {
        "model": st.just(MODEL),
        "messages": st.integers(0, 10**6).map(
            lambda number: [{"role": "user", "content": f"the secret of ownxx is {number}"}]
        ),
    },
    optional={
        "stream": st.booleans(),
        "n": st.integers(1, 2),
        "max_tokens": st.integers(1, 20),
        "stop": st.just("."),
    },
).map(lambda body: json.dumps(body).encode())
MONSTERS = st.sampled_from(
    [
        b"[" * 100_000,
        b'{"messages":' * 5000,
        b'{"model":"' + MODEL.encode() + b'","seed":' + b"9" * 5000 + b"}",
        b'{"model":"' + MODEL.encode() + b'","temperature":1e999,"messages":[]}',
        b'{"model":NaN,"messages":-Infinity}',
        b'{"model":"\\ud800","messages":[{"role":"user","content":"\\udfff"}]}',
        b'{"model":"a","model":"' + MODEL.encode() + b'","prompt":"twice"}',
        b'{"prompt":"' + b"a" * 200_000 + b'"}',
        b"\xff\xfe{\x00}\x00",
        b"",
        b"null",
    ]
)
METHODS = st.sampled_from([b"GET", b"HEAD", b"PUT", b"DELETE", b"OPTIONS", b"TRACE", b"CONNECT"])
METHODS |= st.sampled_from([b"post", b"BREW", b"", b"POST POST", b"PRI"]) | st.binary(max_size=5)
TARGETS = st.sampled_from(
    [
        CHAT, COMPLETIONS, "/v1/models", "/", "*", "", "//v1/models", "/v1/../v1/models",
        "http://127.0.0.1:8080/v1/models", "http://othrx/v1/models", "/v1/models#x",
        "/v1/models?a=b", "/" + "a" * 9000, "/v1/chat%2fcompletions", "/v1/models\x00",
        "/v1/files", "/v1/runs/othrx",
    ]
).map(str.encode)  # fmt: skip
VERSIONS = st.sampled_from(
    [b"HTTP/1.1"] * 4 + [b"HTTP/1.0", b"HTTP/2.0", b"HTTP/0.9", b"HTTP/", b""]
)
HEADERS = st.sampled_from(
    [
        b"Host: othrx", b"Host: 127.0.0.1:5432", b"Host", b"Authorization: Bearer key-of-run-othrx",
        b"Authorization: Basic a2V5", b"Authorization:", b"Transfer-Encoding: chunked",
        b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding : chunked", b"Content-Length: 0",
        b"Content-Length: -1", b"Content-Length: 99999999999999999999", b"Content-Length: 1048577",
        b"Content-Length: 5, 5", b"Content-Length: 0x5", b"Content-Encoding: gzip",
        b"Expect: 100-continue", b"Expect: odd", b"Upgrade: websocket\r\nConnection: upgrade",
        b"X-Corral-Task: task-of-othrx", b"X-Corral-Task: \xff\xfe", b" folded: 1", b": nameless",
        b"X: " + b"a" * 9000, b"X: \x00", b"Trailer: Authorization", b"Connection: close",
        b"Keep-Alive: timeout=999999", b"Range: bytes=0-1", b"Cookie: a=b",
    ]
) | st.binary(max_size=12)  # fmt: skip
KEYS = st.sampled_from(
    [
        b"Authorization: Bearer key-of-run-othrx", b"Authorization: Basic a2V5", b"X: 1",
        b"Authorization: Bearer", b"Authorization: key-of-run-ownxx",
        b"Authorization: Bearer \xff\xfe", b"Api-Key: key-of-run-ownxx",
    ]
)  # fmt: skip
KINDS = st.sampled_from(["good", "good", "key", "line", "headers", "length", "chunks", "cut"])
CHUNKS = st.sampled_from(
    [b"%x\r\n", b"%x;a=b\r\n", b"0%x\r\n", b"-%x\r\n", b"fffffffff%x\r\n", b"%x\n", b"z%x\r\n"]
)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """A request as bytes: good, or odd in its body, its head, its length or anywhere."""
    body = draw(st.one_of(GOOD, GOOD, BODIES, MONSTERS))
    kind = draw(
        st.sampled_from(["good", "good", "key", "line", "headers", "length", "chunks", "cut"])
    )
    line = b"POST " + draw(st.sampled_from([CHAT, CHAT, COMPLETIONS])).encode() + b" HTTP/1.1"
    headers = [b"Host: x", b"Authorization: Bearer key-of-run-ownxx"]
    length = len(body)
    if kind == "key":
        headers[1] = draw(KEYS)
    elif kind == "line":
        line = b" ".join([draw(METHODS | st.just(b"POST")), draw(TARGETS), draw(VERSIONS)])
    elif kind == "headers":
        headers += draw(st.lists(HEADERS, min_size=1, max_size=3))
    elif kind == "length":
        length += draw(st.integers(-5, 5) | st.sampled_from([2**21, 2**63, -(2**20)]))
    if kind == "chunks":
        headers.append(b"Transfer-Encoding: chunked")
        body = draw(CHUNKS) % length + body + b"\r\n0\r\n\r\n"
    else:
        headers.append(b"Content-Length: %d" % length)
    whole = b"\r\n".join([line, *headers]) + b"\r\n\r\n" + body
    if kind == "cut":
        at = draw(st.integers(0, min(len(whole), 400)))
        whole = whole[:at] + draw(st.sampled_from([b"", b"\x00", b"\r\n", b"\n", b"\xff" * 9]))
    return whole


def drawn(count: int) -> list[bytes]:
    """About so many requests, the same ones each time."""
    found: list[bytes] = []

    @settings(
        max_examples=count // AT_ONCE, phases=[Phase.generate], derandomize=True, database=None,
        deadline=None, suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.lists(requests(), min_size=AT_ONCE, max_size=AT_ONCE))
    def keep(some: list[bytes]) -> None:
        found.extend(some)

    keep()
    return found


def filled_in(template: bytes, own: str, other: str) -> bytes:
    """The bytes that a run sends."""
    return template.replace(OWN, own.encode()).replace(OTHER, other.encode())
