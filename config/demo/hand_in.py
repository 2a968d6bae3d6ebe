"""Hands the samples in as a team would: over the REST API, with a token."""

import asyncio
from collections.abc import Iterable

import aiohttp
from knox.models import AuthToken

from config.demo.samples import Sample
from config.demo.seed import Stage
from corral.errors import PlatformError
from hackathons.models import Team


def hand_in_all(samples: Iterable[Sample], stage: Stage, *, address: str) -> int:
    """Upload every sample to each of its tracks that the stage has; how many that were.

    Raises:
        PlatformError: an upload was refused; the message is the platform's own.
    """
    uploads = [
        (sample, str(stage.tracks[slug].pk), token_of(stage, sample.team))
        for sample in samples
        for slug in sample.tracks
        if slug in stage.tracks
    ]
    asyncio.run(_upload_all(uploads, address))
    return len(uploads)


def token_of(stage: Stage, team: str) -> str:
    """A fresh API token of the team's captain."""
    captain = Team.objects.get(hackathon=stage.hackathon, name=team).people.get()
    return str(AuthToken.objects.create(captain)[1])


async def _upload_all(uploads: list[tuple[Sample, str, str]], address: str) -> None:
    async with aiohttp.ClientSession(base_url=address) as session:
        for sample, track_id, token in uploads:
            form = aiohttp.FormData()
            name = f"{sample.folder.name}.tar.gz"
            form.add_field("archive", sample.archive(), filename=name)
            reply = await session.post(
                f"/api/v1/tracks/{track_id}/submissions/",
                data=form,
                headers={"Authorization": f"Token {token}"},
            )
            if reply.status != 201:
                raise PlatformError(f"{name} was refused ({reply.status}): {await reply.text()}")
