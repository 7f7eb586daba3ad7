"""A representative's meetings as a calendar to subscribe to, under an address that only its owner knows."""

import hashlib
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel, SecretStr

from services.runtime.clock import Clock
from services.runtime.errors import NotFound
from services.runtime.security import guarded
from services.scheduler.domain.invitation import feed
from services.scheduler.domain.letter import Audience, Language
from services.scheduler.domain.link import LinkForged
from services.scheduler.domain.representative import Representative
from services.scheduler.links import Links
from services.scheduler.ports import Ledger, MeetingFilter
from services.scheduler.roster import Roster
from services.scheduler.wording.about import About
from services.scheduler.wording.sentences import words

PAST = timedelta(days=30)
"""How long meetings stay in the feed."""
MOST = 2000
"""So many meetings a feed shows at most."""


class FeedView(BaseModel):
    """Where a representative's feed is. Whoever knows the address can read it."""

    representative_id: str
    url: str


def router(
    ledger: Ledger, roster: Roster, links: Links, clock: Clock, language: Language, token: SecretStr | None
) -> APIRouter:
    """The feed, which its own token opens, and the guarded routes that show and change its address."""
    routes = APIRouter(tags=["scheduler"])

    async def known(representative_id: str) -> Representative:
        async with ledger.reading() as calendar:
            people = (await roster.offering(calendar)).representatives
        if representative_id not in people:
            raise NotFound(f"there is no representative {representative_id}; list them at GET /representatives")
        return people[representative_id]

    @routes.head("/calendar/{token}.ics", response_class=Response, include_in_schema=False)
    @routes.get("/calendar/{token}.ics", response_class=Response)
    async def calendar(token: str, if_none_match: Annotated[str | None, Header()] = None) -> Response:
        """The meetings of one representative, as iCalendar."""
        try:
            representative_id = await links.read_feed(token)
        except LinkForged as error:
            raise NotFound("there is no such feed; ask for its address again") from error
        representative = await known(representative_id)
        body = await _feed(ledger, representative, clock, language)
        headers = {
            "ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
            "Cache-Control": "private, no-cache",
            "X-Robots-Tag": "noindex",
        }
        if _matches(if_none_match, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        return Response(body, media_type="text/calendar; charset=utf-8", headers=headers)

    @routes.get("/representatives/{representative_id}/feed", dependencies=guarded(token))
    async def show(representative_id: str, request: Request) -> FeedView:
        """Where the feed is."""
        await known(representative_id)
        path = await links.feed_path(representative_id)
        return FeedView(representative_id=representative_id, url=links.absolute(path, str(request.base_url)))

    @routes.post("/representatives/{representative_id}/feed/rotate", dependencies=guarded(token))
    async def rotate(representative_id: str, request: Request) -> FeedView:
        """Give the feed a new address; the one before is void at once."""
        await known(representative_id)
        path = await links.rotated_feed_path(representative_id)
        return FeedView(representative_id=representative_id, url=links.absolute(path, str(request.base_url)))

    return routes


async def _feed(ledger: Ledger, representative: Representative, clock: Clock, language: Language) -> bytes:
    spoken = representative.language or language
    only = MeetingFilter(since=clock.now() - PAST, representative_id=representative.id, include_cancelled=True)
    async with ledger.reading() as calendar:
        meetings = await calendar.meetings(only, MOST)
    entries = [
        About(
            each,
            Audience.REPRESENTATIVE,
            spoken,
            location=representative.location,
            meeting_url=representative.meeting_url,
        ).entry(None)
        for each in meetings
    ]
    return feed(f"{words(spoken).calendar}: {representative.name}", entries)


def _matches(if_none_match: str | None, etag: str) -> bool:
    """Whether the reader has this very version, as RFC 9110 compares for reading: weak or strong."""
    known = {each.strip().removeprefix("W/") for each in (if_none_match or "").split(",")}
    return etag in known or "*" in known
