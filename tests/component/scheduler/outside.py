"""A whole scheduler as people out there reach it: through a proxy, with a link and without a token of the API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import aiohttp

import services.scheduler.app
from contracts.values import MeetingFacts
from messiah.serving import listen, serving, url_of
from messiah.web import build_app
from services.scheduler.domain.letter import Audience
from services.scheduler.domain.link import LinkSigner, MeetingLink
from services.scheduler.settings import SchedulerSettings

SECRET = "a secret that is long enough"
SIGNER = LinkSigner(SECRET)
STRANGER = {"x-forwarded-for": "203.0.113.7", "host": "meet.example"}
"""No route of the API answers them."""


@asynccontextmanager
async def reached(
    nats_url: str, database_url: str | None, folder: Path, **more
) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of a scheduler that runs until the block ends."""
    known = {"nats_url": nats_url, "database_url": database_url, "messiah_var": folder}
    service = await services.scheduler.app.build(SchedulerSettings(_env_file=None, **known | more))
    await service.start()
    try:
        listener = listen("127.0.0.1", 0)
        async with serving(build_app([service]), listener), aiohttp.ClientSession(url_of(listener)) as client:
            yield client
    finally:
        await service.stop()


def token_of(
    meeting: MeetingFacts, audience: Audience = Audience.LEAD, expires: datetime | None = None, signer=SIGNER
) -> str:
    """The token of a link to a meeting."""
    return signer.sign_meeting(MeetingLink(meeting.meeting_id, audience, expires or meeting.start))
