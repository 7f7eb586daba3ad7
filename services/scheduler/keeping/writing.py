"""Writes meetings to calendars: each as it stands when it is written. It may run in every replica.

A task is claimed before the calendar is told and marked after it, so a task is done again only if this process dies
in between, and then the same event is written once more.
"""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import timedelta

from services.runtime.clock import Clock
from services.runtime.errors import Unavailable
from services.runtime.logs import logger
from services.scheduler.calendars.directory import Directory
from services.scheduler.domain.calendar_task import DISCONNECTED, CalendarTask, TaskStatus
from services.scheduler.domain.letter import Audience, Language
from services.scheduler.domain.meeting import Meeting, MeetingStatus
from services.scheduler.domain.representative import Representative
from services.scheduler.links import Links
from services.scheduler.ports import FreeBusy, Ledger
from services.scheduler.roster import Roster
from services.scheduler.wording.about import About

log = logger(__name__)

Mark = Callable[[CalendarTask], CalendarTask]

AT_A_TIME = 4
"""So many calendars are written to at the same time."""
KEPT = timedelta(days=90)
"""How long the tasks of meetings that are over can be looked up."""
_SWEEP_EVERY_S = 3600.0
_MARK_AGAIN_S = 1.0


class Writing:
    """Looks for tasks every `tick_s` seconds, and does those that are due."""

    def __init__(
        self,
        ledger: Ledger,
        roster: Roster,
        directory: Directory,
        free_busy: FreeBusy,
        links: Links,
        language: Language,
        clock: Clock,
        tick_s: float,
    ) -> None:
        self._ledger = ledger
        self._roster = roster
        self._directory = directory
        self._free_busy = free_busy
        self._links = links
        self._language = language
        self._clock = clock
        self._tick_s = tick_s
        self._stopping = False
        self._at_work = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def run(self) -> None:
        """Write until cancelled."""
        swept: float | None = None
        while True:
            try:
                if await self._ledger.any_calendar_task_due(self._clock.now()):
                    await asyncio.gather(*[self._work() for _ in range(AT_A_TIME)])
                if swept is None or self._clock.monotonic() - swept > _SWEEP_EVERY_S:
                    swept = self._clock.monotonic()
                    async with self._ledger.begin() as transaction:
                        await transaction.forget_calendar_tasks(self._clock.now() - KEPT)
            except Unavailable as error:
                log.warning("calendars wait to be written", error=error.detail)
            await asyncio.sleep(self._tick_s)

    async def drain(self, seconds: float) -> None:
        """Take on nothing new, and let what is being written arrive."""
        self._stopping = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._idle.wait()

    async def write_next(self) -> bool:
        """Do one task if any is due. Whether one was; raises Unavailable if the store does not answer."""
        if not await self._ledger.any_calendar_task_due(self._clock.now()):
            return False
        async with self._ledger.begin() as transaction:
            task = await transaction.claim_calendar_task(self._clock.now())
            if task is None:
                return False
            task = task.claimed(self._clock.now())
            await transaction.put_calendar_task(task)
        async with self._ledger.reading() as reading:  # not above: whoever changes a meeting locks it before its tasks
            one = (await self._roster.offering(reading)).representatives.get(task.representative_id)
            meeting = await reading.meeting(task.meeting_id)
        await self._mark(task, await self._tell(task, one, meeting))
        return True

    async def _work(self) -> None:
        self._at_work += 1
        self._idle.clear()
        try:
            while not self._stopping and await self.write_next():
                pass
        finally:
            self._at_work -= 1
            if not self._at_work:
                self._idle.set()

    async def _tell(self, task: CalendarTask, one: Representative | None, meeting: Meeting | None) -> Mark:
        """Bring the calendar up to date; what has become of the task."""
        access = one.own_calendar if one is not None else None
        if one is None or meeting is None or access is None or access.account != task.account:
            return lambda known: known.dropped(DISCONNECTED)
        try:
            calendar = self._directory.of(one)
            if meeting.status is MeetingStatus.BOOKED and meeting.representative_id == one.id:
                link = self._links.meeting(meeting, Audience.REPRESENTATIVE)
                language = one.language or self._language
                about = About(meeting, Audience.REPRESENTATIVE, language, one.location, one.meeting_url)
                await calendar.put(about.entry(link))
            else:
                await calendar.delete(meeting.meeting_id)
        except Unavailable as error:
            reason = error.detail
            log.info("calendar not written yet", representative=one.id, reason=reason, attempts=task.attempts)
            return lambda known: known.refused(reason, self._clock.now())
        except Exception as error:  # a bug of ours, or an answer nobody foresaw: the other meetings are written
            unforeseen = f"{type(error).__name__}: {error}"
            log.error("calendar cannot be written", representative=one.id, exc_info=error)
            return lambda known: known.refused(unforeseen, self._clock.now())
        self._free_busy.forget(one.id)
        return lambda known: known.done(self._clock.now(), meeting.sequence)

    async def _mark(self, task: CalendarTask, mark: Mark) -> None:
        """Commit what has become of a task, however long the store takes."""
        while True:
            try:
                async with self._ledger.begin() as transaction:
                    known = await transaction.calendar_task(task.meeting_id, task.representative_id)
                    if known is None:
                        return
                    marked = mark(known) if known.version == task.version else known.released()
                    await transaction.put_calendar_task(marked)
                if marked.status is TaskStatus.FAILED:
                    log.error("calendar not written", representative=marked.representative_id, reason=marked.reason)
                return
            except Unavailable as error:
                log.warning("calendar task not marked yet", error=error.detail)
                await asyncio.sleep(_MARK_AGAIN_S)
