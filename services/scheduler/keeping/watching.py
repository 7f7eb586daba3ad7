"""Notices meetings that were moved or deleted in a representative's own calendar, and enters those it lacks.

What we have written ourselves changes nothing: an event that is when its meeting is says nothing new. Only a calendar
that is up to date is believed; while something is still to be written to it, what we know wins.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from services.runtime.clock import Clock
from services.runtime.errors import Unavailable
from services.runtime.logs import logger
from services.scheduler.calendars.directory import Directory
from services.scheduler.domain.calendar_task import CalendarTask, TaskStatus, Watch
from services.scheduler.domain.meeting import Meeting, MeetingStatus
from services.scheduler.domain.representative import Representative
from services.scheduler.domain.sighting import Changes, Sighting
from services.scheduler.domain.slot import Slot
from services.scheduler.keeping.tasks import enter
from services.scheduler.ports import Follower, FreeBusy, Ledger, SlotGone, Transaction
from services.scheduler.roster import Roster

log = logger(__name__)

EMPTIED = 4
"""A calendar from which so many meetings, and all there were, have gone at once was emptied or replaced."""


class Watching:
    """Looks at each connected calendar every `watch_s` seconds. It may run in every replica."""

    def __init__(
        self,
        ledger: Ledger,
        roster: Roster,
        directory: Directory,
        free_busy: FreeBusy,
        followers: Sequence[Follower],
        clock: Clock,
        watch_s: float,
    ) -> None:
        """`followers` tell others of a change; the calendar itself knows."""
        self._ledger = ledger
        self._roster = roster
        self._directory = directory
        self._free_busy = free_busy
        self._followers = followers
        self._clock = clock
        self._every = timedelta(seconds=watch_s)

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.look_around()
            except Unavailable as error:
                log.warning("calendars wait to be looked at", error=error.detail)
            await asyncio.sleep(min(self._every.total_seconds(), 5.0))

    async def look_around(self) -> None:
        """Look at every calendar whose time has come. Raises Unavailable if the store does not answer."""
        async with self._ledger.reading() as reading:
            people = (await self._roster.offering(reading)).team.representatives
        await asyncio.gather(*[self._look(each) for each in people if each.own_calendar is not None])

    async def _look(self, one: Representative) -> None:
        watch = await self._claim(one)
        if watch is None:
            return
        try:
            async with self._ledger.reading() as reading:
                tasks = await reading.entered(one.id, watch.account, self._clock.now())
            entered = {each.meeting_id: each for each in tasks}
            changes = await self._directory.of(one).changes(watch.cursor, entered.keys())
            problem = await self._believe(one, entered, changes)
            watch = replace(watch, cursor=changes.cursor, looked_at=self._clock.now(), problem=problem)
        except Unavailable as error:
            if watch.problem is None:
                log.warning("calendar cannot be read", representative=one.id, error=error.detail)
            watch = replace(watch, problem=error.detail)
        except Exception as error:  # a bug of ours, or an answer nobody foresaw: the other calendars are looked at
            log.error("calendar cannot be read", representative=one.id, exc_info=error)
            watch = replace(watch, problem=f"{type(error).__name__}: {error}")
        async with self._ledger.begin() as transaction:
            await transaction.put_watch(watch)

    async def _claim(self, one: Representative) -> Watch | None:
        """Ours to look at now, if it is time and nobody else does. Meetings the calendar was never told of are."""
        access = one.own_calendar
        if access is None:
            return None
        now = self._clock.now()
        async with self._ledger.begin() as transaction:
            watch = await transaction.watch(Watch(one.id, access.account, look_at=now))
            if watch.account != access.account:  # another calendar: nothing is known of it
                watch = Watch(one.id, access.account, look_at=now)
            if watch.look_at > now:
                return None
            watch = replace(watch, look_at=now + self._every)
            await transaction.put_watch(watch)
            for meeting in await transaction.unentered(one.id, access.account, now):
                await enter(transaction, meeting, one, now)
        return watch

    async def _believe(self, one: Representative, entered: dict[UUID, CalendarTask], changes: Changes) -> str | None:
        """Change meetings as their events were. Returns what is wrong with the calendar, if anything seems to be."""
        gone = [each for each in changes.sightings if each.gone]
        if len(gone) >= EMPTIED and len(gone) == len(entered):
            problem = f"all {len(gone)} meetings had gone at once: taken for a mistake, and entered again"
            log.error("calendar was emptied", representative=one.id, meetings=len(gone))
            for each in gone:
                await self._put_back(one, entered[each.meeting_id], problem)
            return problem
        for each in changes.sightings:
            task = entered[each.meeting_id]
            try:
                impossible = await self._follow(one, task, each)
            except SlotGone:
                impossible = "another meeting stands at that time"
            if impossible is not None:
                await self._put_back(one, task, impossible)
        return None

    async def _follow(self, one: Representative, task: CalendarTask, sighting: Sighting) -> str | None:
        """Move or cancel a meeting as its event was. Returns why that cannot be, if it cannot; raises SlotGone."""
        async with self._ledger.begin() as transaction:
            meeting = await self._standing(transaction, task)
            if meeting is None or sighting.agrees(meeting) or sighting.older_than(task.written):
                return None
            now = self._clock.now()
            if sighting.gone:
                changed = meeting.cancelled(f"deleted in the calendar of {one.name}", now)
                transaction.tell(changed.cancelled_fact(now, None))
            elif (why := sighting.impossible) is not None:
                return why
            else:
                await transaction.lock([one.id])
                changed = meeting.moved(_slot(one, sighting), one, now)
                reason = f"moved in the calendar of {one.name}"
                transaction.tell(changed.rescheduled_fact(now, meeting.start, None, reason))
            await transaction.change_meeting(changed)
            for follower in self._followers:
                await follower.changed(transaction, changed, meeting, now)
        self._free_busy.forget(one.id)
        log.info("meeting changed in a calendar", representative=one.id, meeting_id=str(meeting.meeting_id))
        return None

    async def _put_back(self, one: Representative, task: CalendarTask, why: str) -> None:
        """Show a meeting again as it stands."""
        log.warning("event put back", representative=one.id, meeting_id=str(task.meeting_id), why=why)
        async with self._ledger.begin() as transaction:
            if (meeting := await self._standing(transaction, task)) is not None:
                await enter(transaction, meeting, one, self._clock.now())

    async def _standing(self, transaction: Transaction, task: CalendarTask) -> Meeting | None:
        """The meeting of a task if both are still as they were before the calendar was looked at."""
        meeting = await transaction.meeting(task.meeting_id)
        known = await transaction.calendar_task(task.meeting_id, task.representative_id)
        if meeting is None or meeting.status is not MeetingStatus.BOOKED or known is None:
            return None
        if meeting.representative_id != task.representative_id or meeting.end <= self._clock.now():
            return None
        return meeting if known.status is TaskStatus.DONE and known.version == task.version else None


def _slot(one: Representative, sighting: Sighting) -> Slot:
    if sighting.start is None or sighting.end is None:
        raise ValueError("an event that is gone is at no time")
    return Slot(one.id, sighting.start, sighting.end)
