"""Links that prove what they may do: signed for one purpose, so that one cannot be made up or used for another."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from itsdangerous import BadData, URLSafeSerializer

from services.scheduler.domain.letter import Audience


class LinkForged(Exception):
    """We made no such link."""


@dataclass(frozen=True, slots=True)
class MeetingLink:
    """Lets its bearer see, move and cancel one meeting until `expires`, the start that was known when it was made."""

    meeting_id: UUID
    audience: Audience
    expires: datetime


@dataclass(frozen=True, slots=True)
class FeedLink:
    """Lets its bearer read one representative's meetings. Rotating a feed makes another generation the right one."""

    representative_id: str
    generation: int


class LinkSigner:
    """HMAC-SHA256 with keys derived for each purpose from one secret."""

    def __init__(self, secret: str) -> None:
        self._meetings = _serializer(secret, "meeting link")
        self._feeds = _serializer(secret, "feed link")

    def sign_meeting(self, link: MeetingLink) -> str:
        """A token for a URL."""
        return _text(self._meetings.dumps([link.meeting_id.hex, link.audience.value, int(link.expires.timestamp())]))

    def read_meeting(self, token: str) -> MeetingLink:
        """What a token says, whether or not it has expired. Raises LinkForged."""
        try:
            meeting_id, audience, expires = self._meetings.loads(token)
            return MeetingLink(UUID(hex=meeting_id), Audience(audience), datetime.fromtimestamp(expires, UTC))
        except (BadData, ValueError, TypeError) as error:
            raise LinkForged(str(error)) from error

    def sign_feed(self, link: FeedLink) -> str:
        return _text(self._feeds.dumps([link.representative_id, link.generation]))

    def read_feed(self, token: str) -> FeedLink:
        """What a token says, whether or not it is of the right generation. Raises LinkForged."""
        try:
            representative_id, generation = self._feeds.loads(token)
            return FeedLink(str(representative_id), int(generation))
        except (BadData, ValueError, TypeError) as error:
            raise LinkForged(str(error)) from error


def _serializer(secret: str, purpose: str) -> URLSafeSerializer:
    how = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
    return URLSafeSerializer(secret, salt=f"messiah scheduler {purpose}", signer_kwargs=how)


def _text(token: str | bytes) -> str:
    return token if isinstance(token, str) else token.decode()
