"""A letter on its way: tried until it is taken, refused for good, or of no use any more."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from contracts.values import once_id
from services.runtime.backoff import Backoff
from services.runtime.email_address import is_address
from services.scheduler.domain.letter import Letter, Occasion

CLAIM = timedelta(minutes=5)
"""How long a mail belongs to the one who is sending it; longer than any sending may take."""

BACKOFF = Backoff(timedelta(minutes=1), timedelta(hours=1))

SUPERSEDED = "the meeting has changed since"
OPTED_OUT = "the lead opted out"
TOO_LATE = "it was of no use any more"
DAY_OF_REST = "it could not be sent in time, and nobody is reminded on Shabbat or a holiday"
NO_ADDRESS = "this is no e-mail address that mail can be sent to; correct it and book or move the meeting again"


class MailStatus(StrEnum):
    """What has become of a mail. Only a pending one is ever sent."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Mail:
    """`attempt_at` is when to try next; `reason` is why it was not taken so far, why it failed or was dropped."""

    mail_id: UUID
    letter: Letter
    due_at: datetime
    attempt_at: datetime
    give_up_at: datetime
    created_at: datetime
    attempts: int = 0
    status: MailStatus = MailStatus.PENDING
    reason: str | None = None
    sent_at: datetime | None = None

    @classmethod
    def of(cls, letter: Letter, now: datetime, due_at: datetime, give_up_at: datetime) -> "Mail":
        """To be sent; to something that is no address it has failed at once.

        The id is the same for the same news to the same address, so that it is stored and sent once.
        """
        meeting = letter.meeting
        about: list[object] = [meeting.meeting_id, meeting.sequence, letter.occasion, letter.recipient.lower()]
        if letter.occasion is Occasion.REMINDER:
            about.append(due_at.isoformat())
        mail = cls(once_id("mail", *about), letter, due_at, due_at, give_up_at, created_at=now)
        return mail if is_address(letter.recipient) else mail.failed(NO_ADDRESS)

    @property
    def pending(self) -> bool:
        return self.status is MailStatus.PENDING

    @property
    def may_have_arrived(self) -> bool:
        """Sent, or tried with an answer that may have been lost."""
        return self.status is MailStatus.SENT or (self.pending and self.attempts > 0)

    @property
    def is_reminder(self) -> bool:
        return self.letter.occasion is Occasion.REMINDER

    def claimed(self, now: datetime) -> "Mail":
        """Nobody else tries until the claim is over."""
        return replace(self, attempts=self.attempts + 1, attempt_at=now + CLAIM)

    def sent(self, now: datetime) -> "Mail":
        return replace(self, status=MailStatus.SENT, reason=None, sent_at=now)

    def failed(self, reason: str) -> "Mail":
        return replace(self, status=MailStatus.FAILED, reason=reason)

    def dropped(self, reason: str) -> "Mail":
        return replace(self, status=MailStatus.DROPPED, reason=reason)

    def refused_for_now(self, reason: str, now: datetime) -> "Mail":
        """To be tried again after a delay that grows; failed when it would be tried too late."""
        again = now + BACKOFF.after(self.attempts)
        if again >= self.give_up_at:
            return self.failed(f"given up after {self.attempts} attempts: {reason}")
        return replace(self, attempt_at=again, reason=reason)
