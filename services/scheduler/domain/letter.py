"""A letter: what one of the two people of a meeting is told about it by e-mail."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from services.scheduler.domain.meeting import Meeting

Language = Literal["he", "en"]


class Audience(StrEnum):
    """Whom a letter is for."""

    LEAD = "lead"
    REPRESENTATIVE = "representative"


class Occasion(StrEnum):
    """What a letter is about."""

    INVITATION = "invitation"
    MOVE = "move"
    CANCELLATION = "cancellation"
    REMINDER = "reminder"

    @property
    def method(self) -> Literal["REQUEST", "CANCEL"] | None:
        """What the calendar in the letter asks for; a reminder carries none."""
        if self is Occasion.REMINDER:
            return None
        return "CANCEL" if self is Occasion.CANCELLATION else "REQUEST"


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything the text of a letter needs, as it was when the letter was written."""

    meeting: Meeting
    occasion: Occasion
    audience: Audience
    recipient: str
    language: Language
    representative_email: str | None
    location: str | None = None
    meeting_url: str | None = None
    previous_start: datetime | None = None
    """When the meeting was before it moved."""
    invites: bool = True
    """False for somebody whose own calendar we write to: an invitation would be a second event there."""
