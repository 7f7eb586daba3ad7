"""Makes and reads the links people are sent. The key is the LINKS_SECRET setting, or one kept in the database."""

from datetime import datetime
from typing import Protocol

from services.runtime.errors import Unavailable
from services.scheduler.domain.letter import Audience
from services.scheduler.domain.link import FeedLink, LinkForged, LinkSigner, MeetingLink
from services.scheduler.domain.meeting import Meeting
from services.scheduler.settings import SchedulerSettings


class Keys(Protocol):
    """Keeps what links stand on. Everything raises Unavailable if the store does not answer."""

    async def links_secret(self) -> str: ...

    async def generation(self, representative_id: str) -> int: ...

    async def rotate(self, representative_id: str) -> int: ...


class Links:
    """Links under LINKS_URL. Without that setting mails carry none: a link that nobody can open is worse than none."""

    def __init__(self, settings: SchedulerSettings, keys: Keys) -> None:
        self._base = settings.links_url
        self._secret = settings.links_secret
        self._keys = keys
        self._signer: LinkSigner | None = None

    async def load(self) -> None:
        """Before the first link is made or read. Raises Unavailable."""
        secret = self._secret.get_secret_value() if self._secret else await self._keys.links_secret()
        self._signer = LinkSigner(secret)

    def meeting(self, meeting: Meeting, audience: Audience) -> str | None:
        """Where a meeting can be seen, moved and cancelled until it starts."""
        return f"{self._base}/m/{self.meeting_token(meeting, audience)}" if self._base else None

    def meeting_token(self, meeting: Meeting, audience: Audience) -> str:
        return self._ready.sign_meeting(MeetingLink(meeting.meeting_id, audience, meeting.start))

    def read_meeting(self, token: str) -> MeetingLink:
        """Raises LinkForged."""
        return self._ready.read_meeting(token)

    async def feed_path(self, representative_id: str) -> str:
        """The path of a representative's feed, under whatever address this service is reached."""
        return self._path(FeedLink(representative_id, await self._keys.generation(representative_id)))

    async def rotated_feed_path(self, representative_id: str) -> str:
        """A new path; the one before is void."""
        return self._path(FeedLink(representative_id, await self._keys.rotate(representative_id)))

    async def read_feed(self, token: str) -> str:
        """Whose feed a token opens. Raises LinkForged, also if the feed was rotated since."""
        link = self._ready.read_feed(token)
        if link.generation != await self._keys.generation(link.representative_id):
            raise LinkForged("the feed was rotated")
        return link.representative_id

    def absolute(self, path: str, otherwise: str) -> str:
        """A path under LINKS_URL, or under the address at which we were asked."""
        return (self._base or otherwise.rstrip("/")) + path

    def _path(self, link: FeedLink) -> str:
        return f"/calendar/{self._ready.sign_feed(link)}.ics"

    @property
    def _ready(self) -> LinkSigner:
        if self._signer is None:
            raise Unavailable("the scheduler is starting; try again in a moment")
        return self._signer


def expired(link: MeetingLink, meeting: Meeting, now: datetime) -> bool:
    """A link ends when the meeting it was made for starts, and with the meeting as it stands now."""
    return now >= link.expires or now >= meeting.start
