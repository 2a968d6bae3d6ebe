"""What serves a run's model: asked when an attempt begins, recorded, refused if it is another."""

from collections.abc import Awaitable, Callable

from catalogue.domain.upstreams import Checked, check_served
from corral.errors import PlatformError
from corral.gateway.identity import Served
from evaluation.domain.job import Job


async def insist_on_model(job: Job, record: Callable[[Checked], Awaitable[None]]) -> Served:
    """What is served; go on only where nothing of it contradicts the catalogue.

    Raises:
        PlatformError: something does, or the server can't be reached.
    """
    checked = await check_served(job.upstream, job.facts)
    await record(checked)
    if checked.contradictions:
        raise PlatformError(" ".join(checked.contradictions))
    return checked.served
