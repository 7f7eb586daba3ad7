"""How long the scheduler keeps what it knows of people: meetings that are over, callbacks, and letters."""

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.runtime.clock import Clock
from services.runtime.retention import BATCH, Keys, Retention, Step, before, dropping, handled_long_ago
from services.runtime.unit_of_work import Units
from services.scheduler.calendars.tables import CalendarTaskRow
from services.scheduler.domain.callback import CallbackStatus
from services.scheduler.domain.mail import MailStatus
from services.scheduler.mailing.tables import MailRow
from services.scheduler.settings import SchedulerSettings
from services.scheduler.tables import CallbackRow, Inbox, MeetingRow


def retention(settings: SchedulerSettings, units: Units, clock: Clock) -> Retention:
    """By the settings."""
    settled = CallbackRow.status != CallbackStatus.PENDING.value
    sent = MailRow.status != MailStatus.PENDING.value
    return Retention(
        units,
        [
            _meetings(settings, clock),
            dropping(CallbackRow, lambda: before(clock, settings.keep_meetings_days), CallbackRow.due_at, settled),
            dropping(MailRow, lambda: before(clock, settings.keep_mails_days), MailRow.created_at, sent),
            handled_long_ago(Inbox),
        ],
    )


def _meetings(settings: SchedulerSettings, clock: Clock) -> Step:
    """Meetings that are over, with their letters and what calendars were told of them."""

    async def find(session: AsyncSession) -> Keys:
        since = before(clock, settings.keep_meetings_days)
        if since is None:
            return []
        return list(await session.scalars(select(MeetingRow.meeting_id).where(MeetingRow.end < since).limit(BATCH)))

    async def drop(session: AsyncSession, found: Keys) -> int:
        since = before(clock, settings.keep_meetings_days)
        over = select(MeetingRow.meeting_id).where(MeetingRow.meeting_id.in_(found), MeetingRow.end < since)
        ids = list(await session.scalars(over.with_for_update()))  # one may have been moved meanwhile
        if ids:
            for table in (MailRow, CalendarTaskRow, MeetingRow):
                await session.execute(delete(table).where(table.meeting_id.in_(ids)))
        return len(ids)

    return Step(find, drop)
