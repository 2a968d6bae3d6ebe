"""Whatever a project sends: an answer or a refusal, never a failure, and the books balance."""

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corral.gateway.order import FIELDS
from tests.corral.gateway.bench import CHAT, COMPLETIONS, MODEL, open_bench
from tests.fakes.upstream import FakeUpstream

BATCH = 12
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
REQUESTS = st.lists(
    st.tuples(st.sampled_from([CHAT, COMPLETIONS]), BODIES), min_size=1, max_size=BATCH
)


async def statuses(requests: list[tuple[str, bytes]]) -> list[Any]:
    """Send the requests at once; the books are checked afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        async with FakeUpstream() as upstream, open_bench(upstream, Path(folder)) as bench:
            replies = await asyncio.gather(*[bench.post(body, path) for path, body in requests])
            bench.check_books()
            assert bench.gateway.trouble is None
            for reply in replies:
                assert reply.status == 200 or reply.error["message"]
            return [reply.status for reply in replies]


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(REQUESTS)
def test_no_body_makes_the_gateway_fail(requests: list[tuple[str, bytes]]) -> None:
    assert set(asyncio.run(statuses(requests))) <= {200, 400, 404, 429}
