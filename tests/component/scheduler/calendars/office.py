"""A scheduler where Noa has a calendar of her own and Yoav has none; nothing runs but what a test asks for."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from contracts.event import Event
from contracts.requests import BookByHand, Booked, Cancel, FindSlots, Refused, Reschedule, SlotsFound, SlotsOffered
from contracts.values import LeadFacts, TimeWindow
from services.runtime.broker import Broker
from services.runtime.database import Database
from services.runtime.unit_of_work import Units
from services.scheduler.calendars.directory import Directory
from services.scheduler.calendars.free_busy import CachedFreeBusy
from services.scheduler.desk import BookingDesk
from services.scheduler.domain.calendar_task import CalendarTask
from services.scheduler.domain.calling_hours import IsraeliHours
from services.scheduler.domain.meeting import Meeting
from services.scheduler.domain.slot import slot_id_of
from services.scheduler.domain.team import Team
from services.scheduler.handlers import Handlers
from services.scheduler.keeping.tasks import CalendarTasks
from services.scheduler.keeping.watching import Watching
from services.scheduler.keeping.writing import Writing
from services.scheduler.links import Links
from services.scheduler.ports import Transaction
from services.scheduler.roster import Roster
from services.scheduler.settings import SchedulerSettings
from services.scheduler.staffing import Staffing
from services.scheduler.store import SqlLedger
from services.scheduler.tables import Inbox, Outbox
from tests.component.scheduler.conftest import MIGRATIONS, StoppedClock, told
from tests.component.scheduler.sample_call import SampleCall
from tests.integration.radicale import PASSWORD, USER

HOURS = dict.fromkeys(("sunday", "monday", "tuesday", "wednesday", "thursday"), "09:00-17:00")


def team(url: str | None, **more: object) -> Team:
    """Noa, with the calendar at `url`, and Yoav."""
    usual = {"hours": HOURS, "minimum_notice_hours": 0, "buffer_after_minutes": 10} | more
    access = {"kind": "caldav", "url": url, "username": USER, "password_env": "CALENDAR_NOA"} if url else None
    noa = usual | {"id": "noa", "name": "נועה", "email": "noa@example.com", "calendar": access}
    yoav = usual | {"id": "yoav", "name": "יואב", "email": "yoav@example.com"}
    return Team.model_validate({"representatives": [noa, yoav]})


@dataclass
class Letters:
    """Follows meetings, as those who write to people do."""

    changed_meetings: list[Meeting] = field(default_factory=list)

    async def changed(
        self, transaction: Transaction, meeting: Meeting, previous: Meeting | None, now: datetime
    ) -> None:
        self.changed_meetings.append(meeting)


class Office:
    """Everything of one scheduler that has to do with calendars."""

    def __init__(self, url: str, people: Team, clock: StoppedClock, directory: Directory | None = None, **more) -> None:
        self.clock, self.letters = clock, Letters()
        self.database = Database(url, "scheduler")
        self.ledger = SqlLedger(Units(self.database, Broker("nats://nobody", "scheduler"), Inbox, Outbox))
        self.directory = directory or Directory({"CALENDAR_NOA": PASSWORD})
        roster = Roster(people)
        self.staffing = Staffing(self.ledger, roster, clock, {"CALENDAR_NOA": PASSWORD})
        links = Links(SchedulerSettings(_env_file=None), None)  # type: ignore[arg-type]
        self.free_busy = CachedFreeBusy(self.directory, clock, **{"deadline_s": 20.0, "cache_s": 15.0} | more)
        tasks = CalendarTasks(roster)
        self.desk = BookingDesk(self.ledger, roster, clock, 600, [self.letters, tasks], self.free_busy)
        self.handlers = Handlers(self.ledger, clock, IsraeliHours(), calendars=tasks)
        self.writing = Writing(self.ledger, roster, self.directory, self.free_busy, links, "he", clock, 1)
        self.watching = Watching(self.ledger, roster, self.directory, self.free_busy, [self.letters], clock, 60)

    async def open(self) -> None:
        await self.database.migrate(MIGRATIONS)
        await self.ledger.enrol(["noa", "yoav"])

    async def close(self) -> None:
        await self.free_busy.close()
        await self.directory.close()
        await self.database.close()

    async def offered(self, call: SampleCall, wish: TimeWindow | None = None, **more) -> list[str]:
        reply = await self.desk.offer(call.offer(wish, **more))
        assert isinstance(reply, SlotsOffered), reply
        return [each.slot_id for each in reply.slots]

    async def free(self, wish: TimeWindow) -> bool:
        """Whether Noa is free at that very moment."""
        found = await self.desk.find_slots(FindSlots(wish=wish, representative_id="noa", count=1))
        return isinstance(found, SlotsFound) and [each.start for each in found.slots] == [wish.start]

    async def booked(self, wish: TimeWindow) -> UUID:
        """A meeting of somebody new with Noa at that moment."""
        lead, lead_id = LeadFacts(name="דנה כהן", company="אורנט"), f"lead-{uuid4().hex[:8]}"
        request = BookByHand(slot_id=slot_id_of("noa", wish.start), lead=lead, lead_id=lead_id)
        reply = await self.desk.book_by_hand(request)
        assert isinstance(reply, Booked), reply
        return reply.meeting.meeting_id

    async def moved(self, meeting_id: UUID, slot_id: str) -> Booked | Refused:
        return await self.desk.reschedule(Reschedule(meeting_id=meeting_id, slot_id=slot_id))

    async def cancelled(self, meeting_id: UUID) -> None:
        await self.desk.cancel(Cancel(meeting_id=meeting_id, reason="changed their mind"))

    async def write(self) -> None:
        """Everything that is due."""
        while await self.writing.write_next():
            pass

    async def look(self) -> None:
        """As soon as it is time to look again."""
        self.clock.moment += self.watching._every
        await self.watching.look_around()

    async def meeting(self, meeting_id: UUID) -> Meeting:
        async with self.ledger.reading() as reading:
            found = await reading.meeting(meeting_id)
        assert found is not None
        return found

    async def tasks(self) -> list[CalendarTask]:
        async with self.ledger.reading() as reading:
            return list(await reading.calendar_tasks())

    async def told(self) -> list[Event]:
        """What was told, and not published: nothing publishes here."""
        return await told(self.database)
