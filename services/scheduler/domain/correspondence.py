"""Who is written to when a meeting is booked, moved or cancelled. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.runtime.email_address import is_address
from services.scheduler.domain.letter import Audience, Language, Letter, Occasion
from services.scheduler.domain.mail import Mail
from services.scheduler.domain.meeting import Meeting, MeetingStatus
from services.scheduler.domain.reminder import Reminder
from services.scheduler.domain.representative import Representative

PATIENCE = timedelta(days=1)
"""How long a mail that is refused for now is tried again."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the mails of one moment. `language` is the lead's, and that of a representative who names none."""

    language: Language
    now: datetime

    def news(
        self, meeting: Meeting, previous: Meeting | None, ours: Representative | None, before: Representative | None
    ) -> Iterator[Mail]:
        """What a change calls for; nothing once the meeting is over.

        `ours` takes the meeting from here on, `before` took it until now; None if that person is with us no more.
        """
        if meeting.end <= self.now:
            return
        for letter in self._to_both(meeting, _occasion(meeting, previous), ours):
            moved = previous is not None and previous.start != meeting.start
            yield self._mail(replace(letter, previous_start=previous.start if previous and moved else None))
        if previous is not None and before is not None and previous.representative_id != meeting.representative_id:
            withdrawn = replace(previous, sequence=meeting.sequence, changed_at=meeting.changed_at)
            yield self._mail(self._to_representative(withdrawn, Occasion.CANCELLATION, before))

    def invitation(self, meeting: Meeting, ours: Representative | None) -> Iterator[Mail]:
        """The lead's invitation to a meeting that stands."""
        if meeting.end > self.now:
            yield from map(self._mail, self._to_lead(meeting, Occasion.INVITATION, ours))

    def reminders(self, meeting: Meeting, ours: Representative | None, reminders: Iterable[Reminder]) -> Iterator[Mail]:
        """Reminds both of them."""
        for each in reminders:
            for letter in self._to_both(meeting, Occasion.REMINDER, ours):
                yield Mail.of(letter, self.now, each.due_at, each.give_up_at)

    def _to_both(self, meeting: Meeting, occasion: Occasion, ours: Representative | None) -> Iterator[Letter]:
        yield from self._to_lead(meeting, occasion, ours)
        if ours is not None:
            yield self._to_representative(meeting, occasion, ours)

    def _to_lead(self, meeting: Meeting, occasion: Occasion, ours: Representative | None) -> Iterator[Letter]:
        """An address that is none is worth a failed invitation, that somebody looks at, and no failed reminder."""
        email = (meeting.lead.email or "").strip()
        if email and (occasion is not Occasion.REMINDER or is_address(email)):
            yield Letter(
                meeting=meeting,
                occasion=occasion,
                audience=Audience.LEAD,
                recipient=email,
                language=self.language,
                representative_email=ours.email if ours else None,
                location=ours.location if ours else None,
                meeting_url=ours.meeting_url if ours else None,
            )

    def _to_representative(self, meeting: Meeting, occasion: Occasion, ours: Representative) -> Letter:
        return Letter(
            meeting=meeting,
            occasion=occasion,
            audience=Audience.REPRESENTATIVE,
            recipient=ours.email,
            language=ours.language or self.language,
            representative_email=ours.email,
            location=ours.location,
            meeting_url=ours.meeting_url,
            invites=ours.own_calendar is None,
        )

    def _mail(self, letter: Letter) -> Mail:
        """An invitation is of no use once the meeting is over; a cancellation still is."""
        until = self.now + PATIENCE
        if letter.occasion is not Occasion.CANCELLATION:
            until = min(until, letter.meeting.end)
        return Mail.of(letter, self.now, self.now, until)


def _occasion(meeting: Meeting, previous: Meeting | None) -> Occasion:
    if meeting.status is MeetingStatus.CANCELLED:
        return Occasion.CANCELLATION
    return Occasion.INVITATION if previous is None else Occasion.MOVE


def wanted(mail: Mail, earlier: Iterable[Mail], opted_out: bool) -> bool:
    """Whether a lead is to get a mail. One who opted out gets no invitation and no reminder, only what corrects an
    invitation that may have arrived: nobody should wait for a meeting that does not take place."""
    if mail.letter.audience is not Audience.LEAD or not opted_out:
        return True
    corrects = mail.letter.occasion in (Occasion.MOVE, Occasion.CANCELLATION)
    return corrects and any(each.letter.audience is Audience.LEAD and each.may_have_arrived for each in earlier)


def learned_address(said: str | None, meeting: Meeting) -> str | None:
    """The address a lead gave in a call, if the meeting stands without one and mail can be sent there."""
    unknown = meeting.lead.email is None and meeting.status is MeetingStatus.BOOKED
    return said if unknown and is_address(said) else None
