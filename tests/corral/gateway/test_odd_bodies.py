"""Whatever a project sends: an answer or a refusal, never a failure, and the books balance."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.corral.gateway.bench import CHAT, COMPLETIONS, open_bench
from tests.corral.gateway.odd import BODIES
from tests.fakes.upstream import FakeUpstream

BATCH = 12
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
