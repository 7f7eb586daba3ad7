"""The page behind the link in an invitation: see the meeting, move it, cancel it. It needs no script.

Who has the link may act, so no token of the API is asked for; without a valid link nothing is shown. Only POST changes
anything, because the mail scanners of the world follow every link. What is changed is said to both by mail, and a link
may change a meeting only so often, so that it cannot be used to flood anybody.
"""

from datetime import date
from itertools import groupby
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from contracts.requests import Cancel, FindSlots, RefusalReason, Refused, Reschedule, Slot
from services.runtime.clock import Clock
from services.runtime.errors import Unavailable
from services.scheduler.desk import BookingDesk
from services.scheduler.domain.letter import Audience, Language
from services.scheduler.domain.link import LinkForged, MeetingLink
from services.scheduler.domain.meeting import Meeting, MeetingStatus
from services.scheduler.links import Links, expired
from services.scheduler.ports import Ledger
from services.scheduler.roster import Roster
from services.scheduler.wording.about import About
from services.scheduler.wording.sentences import STYLE_HASH, fill, words

ALTERNATIVES = 12
"""So many other times are shown."""
MOST_CHANGES = 20
"""A meeting changed so often is not moved by link any more; it can still be cancelled."""

_HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src '{STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
}

_NOTICES = {RefusalReason.CHANGED: "outdated", RefusalReason.NOT_FOUND: "outdated"}
"""What the page says when a change is refused."""
_Sequence = Annotated[int, Form(ge=0)]


class MeetingPages:
    """Shows and changes one meeting for whoever has its link."""

    def __init__(
        self, ledger: Ledger, roster: Roster, desk: BookingDesk, links: Links, clock: Clock, language: Language
    ) -> None:
        self._ledger = ledger
        self._roster = roster
        self._desk = desk
        self._links = links
        self._clock = clock
        self._language = language

    async def show(self, token: str, notice: str | None = None, status: int = 200) -> Response:
        """The meeting as it stands, with other free times."""
        opened = await self._open(token)
        if isinstance(opened, Response):
            return opened
        _, meeting, about = opened
        standing = meeting.status is MeetingStatus.BOOKED
        slots = await self._alternatives(meeting) if standing and meeting.sequence < MOST_CHANGES else []
        said = words(about.language)
        page = fill(
            "page.html",
            about.language,
            headline=said.meeting(about.other) if standing else said.headlines["cancellation"],
            notice=notice if notice in said.notices else None,
            text=None,
            about=about,
            changeable=standing,
            action=f"/m/{token}",
            sequence=meeting.sequence,
            days=_by_day(slots, about),
        )
        return HTMLResponse(page, status, _HEADERS)

    async def reschedule(self, token: str, slot_id: str, sequence: int) -> Response:
        """Move the meeting, if it is still as the page showed it."""
        opened = await self._open(token)
        if isinstance(opened, Response):
            return opened
        link, meeting, _ = opened
        if meeting.sequence == sequence >= MOST_CHANGES:
            return await self.show(token, "too_often", 409)
        asked = Reschedule(meeting_id=meeting.meeting_id, slot_id=slot_id, sequence=sequence)
        reply = await self._desk.reschedule(asked)
        if isinstance(reply, Refused):
            return await self.show(token, _NOTICES.get(reply.reason, "taken"), 409)
        async with self._ledger.reading() as calendar:
            moved = await calendar.meeting(meeting.meeting_id)
        return self._back(moved or meeting, link, "moved")

    async def cancel(self, token: str, sequence: int) -> Response:
        """Cancel the meeting, if it is still as the page showed it."""
        opened = await self._open(token)
        if isinstance(opened, Response):
            return opened
        link, meeting, _ = opened
        if meeting.status is MeetingStatus.BOOKED:
            reason = f"cancelled by the {link.audience.value}, by link"
            asked = Cancel(meeting_id=meeting.meeting_id, reason=reason, sequence=sequence)
            reply = await self._desk.cancel(asked)
            if isinstance(reply, Refused):
                return await self.show(token, _NOTICES.get(reply.reason, "outdated"), 409)
        return self._back(meeting, link, "cancelled")

    def unavailable(self) -> Response:
        """The page when the store does not answer."""
        return _bare(self._language, "busy", 503)

    async def _open(self, token: str) -> tuple[MeetingLink, Meeting, About] | Response:
        """What the link opens, or the page that says why it does not."""
        try:
            link = self._links.read_meeting(token)
        except LinkForged:
            return _bare(self._language, "forged", 404)
        async with self._ledger.reading() as calendar:
            meeting = await calendar.meeting(link.meeting_id)
            people = (await self._roster.offering(calendar)).representatives
        ours = people.get(meeting.representative_id) if meeting else None
        theirs = ours.language if ours and link.audience is Audience.REPRESENTATIVE else None
        language = theirs or self._language
        if meeting is None:
            return _bare(language, "forged", 404)
        if expired(link, meeting, self._clock.now()):
            return _bare(language, "expired", 410)
        place = (ours.location, ours.meeting_url) if ours else (None, None)
        return link, meeting, About(meeting, link.audience, language, *place)

    async def _alternatives(self, meeting: Meeting) -> list[Slot]:
        found = await self._desk.find_slots(FindSlots(meeting_id=meeting.meeting_id, count=ALTERNATIVES))
        return [] if isinstance(found, Refused) else sorted(found.slots, key=lambda slot: slot.start)

    def _back(self, meeting: Meeting, link: MeetingLink, notice: str) -> Response:
        """To the page again, under a link that lasts until the meeting's new start."""
        token = self._links.meeting_token(meeting, link.audience)
        return RedirectResponse(f"/m/{token}?notice={notice}", 303, _HEADERS)


def _bare(language: Language, name: str, status: int) -> Response:
    """A page without a meeting: a headline and a sentence that says what to do."""
    headline, text = getattr(words(language), name)
    page = fill("page.html", language, headline=headline, text=text, about=None, notice=None, changeable=False)
    return HTMLResponse(page, status, _HEADERS)


def _by_day(slots: list[Slot], about: About) -> list[tuple[date, list[Slot]]]:
    local = [slot.model_copy(update={"start": slot.start.astimezone(about.zone)}) for slot in slots]
    return [(day, list(group)) for day, group in groupby(local, key=lambda slot: slot.start.date())]


def router(pages: MeetingPages) -> APIRouter:
    """The page and its two forms. Not guarded: the link is the key."""
    said: dict[int | str, dict[str, Any]] = {
        "4XX": {"description": "Why not", "content": {"text/html": {}, "application/problem+json": {}}},
        303: {"description": "Done; the page shows it"},
        503: {"description": "A page that asks to come again", "content": {"text/html": {}}},
    }
    routes = APIRouter(tags=["scheduler"], default_response_class=HTMLResponse, responses=said)

    @routes.get("/m/{token}")
    async def show(token: str, request: Request) -> Response:
        """The meeting, other free times, and a button that cancels it."""
        try:
            return await pages.show(token, request.query_params.get("notice"))
        except Unavailable:
            return pages.unavailable()

    @routes.post("/m/{token}/reschedule")
    async def reschedule(token: str, slot_id: Annotated[str, Form()], sequence: _Sequence) -> Response:
        """Move the meeting to one of the times shown."""
        try:
            return await pages.reschedule(token, slot_id, sequence)
        except Unavailable:
            return pages.unavailable()

    @routes.post("/m/{token}/cancel")
    async def cancel(token: str, sequence: _Sequence) -> Response:
        """Cancel the meeting."""
        try:
            return await pages.cancel(token, sequence)
        except Unavailable:
            return pages.unavailable()

    return routes
