"""What the scheduler shows besides the facts it tells: callbacks that wait or are late, and mails and what calendars
are told by what became of them."""

from datetime import timedelta

from sqlalchemy import func, select

from services.runtime.clock import Clock
from services.runtime.metrics import Metrics
from services.runtime.unit_of_work import Units
from services.scheduler.calendars.tables import CalendarTaskRow
from services.scheduler.domain.calendar_task import TaskStatus
from services.scheduler.domain.callback import CallbackStatus
from services.scheduler.domain.mail import MailStatus
from services.scheduler.mailing.tables import MailRow
from services.scheduler.tables import CallbackRow

OVERDUE = timedelta(minutes=5)
"""A callback that is so late was not just about to be told."""


def measure(metrics: Metrics, units: Units, clock: Clock) -> None:
    """Declare them. Replicas share the database and show the same numbers."""
    pending = metrics.gauge("callbacks_pending", "Callbacks that leads asked for and that are still to come")
    overdue = metrics.gauge("callbacks_overdue", "Callbacks that should have been due for five minutes or more")
    mails = metrics.gauge("mails", "Mails of the last 90 days, by what became of them", ["status"])
    tasks = metrics.gauge(
        "calendar_tasks", "Meetings in representatives' own calendars, by what became of it", ["status"]
    )

    async def read() -> None:
        waiting = select(func.count()).where(CallbackRow.status == CallbackStatus.PENDING)
        by_status = select(MailRow.status, func.count()).group_by(MailRow.status)
        in_calendars = select(CalendarTaskRow.status, func.count()).group_by(CalendarTaskRow.status)
        async with units.reading() as session:
            pending.set(await session.scalar(waiting) or 0)
            overdue.set(await session.scalar(waiting.where(CallbackRow.due_at < clock.now() - OVERDUE)) or 0)
            counted = dict((await session.execute(by_status)).all())
            told = dict((await session.execute(in_calendars)).all())
        for status in MailStatus:
            mails.labels(status.value).set(counted.get(status.value, 0))
        for each in TaskStatus:
            tasks.labels(each.value).set(told.get(each.value, 0))

    metrics.on_scrape.append(read)
