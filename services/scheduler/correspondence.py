"""Writes the mails that a change of a meeting calls for, in the transaction that makes the change."""

from collections.abc import Iterable
from datetime import datetime

from services.runtime.clock import ISRAEL
from services.scheduler.domain.correspondence import Writer, wanted
from services.scheduler.domain.letter import Language
from services.scheduler.domain.mail import OPTED_OUT, SUPERSEDED, Mail
from services.scheduler.domain.meeting import Meeting, MeetingStatus
from services.scheduler.domain.reminder import reminders
from services.scheduler.domain.representative import Representative
from services.scheduler.ports import Transaction
from services.scheduler.roster import Roster


class Correspondence:
    """Follows every meeting. What it writes is sent by the sender, later and elsewhere."""

    def __init__(self, roster: Roster, language: Language, reminder_hours: Iterable[float]) -> None:
        self._roster = roster
        self._language = language
        self._reminder_hours = tuple(reminder_hours)

    async def changed(
        self, transaction: Transaction, meeting: Meeting, previous: Meeting | None, now: datetime
    ) -> None:
        """Tell both of them; what was still to be sent about the meeting as it was is not sent any more."""
        earlier = await transaction.mails_about(meeting.meeting_id) if previous is not None else []
        for mail in earlier:
            if mail.pending:
                await transaction.change_mail(mail.dropped(SUPERSEDED))
        people = (await self._roster.offering(transaction)).representatives
        ours = people.get(meeting.representative_id)
        before = people.get(previous.representative_id) if previous else None
        mails = [*Writer(self._language, now).news(meeting, previous, ours, before)]
        if meeting.status is not MeetingStatus.CANCELLED:
            mails += self._reminders(meeting, ours, now)
        await self._post(transaction, meeting, mails, earlier)

    async def address_learned(self, transaction: Transaction, meeting: Meeting, now: datetime) -> None:
        """Invite a lead who said where to only after the meeting was booked."""
        ours = (await self._roster.offering(transaction)).representatives.get(meeting.representative_id)
        mails = [*Writer(self._language, now).invitation(meeting, ours), *self._reminders(meeting, ours, now)]
        await self._post(transaction, meeting, mails, ())

    async def opted_out(self, transaction: Transaction, lead_id: str) -> None:
        """Send the lead nothing any more, except what corrects an invitation that may have arrived."""
        for mail in await transaction.pending_mails_of(lead_id):
            about_it = await transaction.mails(meeting_id=mail.letter.meeting.meeting_id)
            if not wanted(mail, [each for each in about_it if each.mail_id != mail.mail_id], opted_out=True):
                await transaction.change_mail(mail.dropped(OPTED_OUT))

    async def _post(
        self, transaction: Transaction, meeting: Meeting, mails: Iterable[Mail], earlier: Iterable[Mail]
    ) -> None:
        opted_out = bool(await transaction.opted_out([meeting.lead_id]))
        await transaction.post([each for each in mails if wanted(each, earlier, opted_out)])

    def _reminders(self, meeting: Meeting, ours: Representative | None, now: datetime) -> Iterable[Mail]:
        theirs = ours.reminder_hours if ours is not None else None
        hours = self._reminder_hours if theirs is None else theirs
        due = reminders(meeting.start, now, hours, ISRAEL, self._roster.file.working_days)
        return Writer(self._language, now).reminders(meeting, ours, due)
