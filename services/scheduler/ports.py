"""What the scheduler needs of its store: one transaction at a time, in which what changes and what is told
become true together. And what it needs of a representative's own calendar."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from uuid import UUID

from contracts.event import Event
from contracts.streams import Consumer
from services.scheduler.domain.availability import Busy
from services.scheduler.domain.calendar_task import CalendarTask, TaskStatus, Watch
from services.scheduler.domain.callback import Callback
from services.scheduler.domain.hold import Hold
from services.scheduler.domain.invitation import Entry
from services.scheduler.domain.mail import Mail, MailStatus
from services.scheduler.domain.meeting import Meeting
from services.scheduler.domain.representative import Representative
from services.scheduler.domain.sighting import Changes, Span


class SlotGone(Exception):
    """The database itself refused a meeting: another one stands at that time. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class MeetingFilter:
    """Which meetings to list: those that start from `since` until before `until`, and come after the place `after`
    (a start and an id)."""

    since: datetime | None = None
    until: datetime | None = None
    representative_id: str | None = None
    lead_id: str | None = None
    include_cancelled: bool = False
    after: tuple[datetime, UUID] | None = None

    def continued(self, after: tuple[datetime, UUID]) -> "MeetingFilter":
        return replace(self, after=after)


class CalendarNotes(Protocol):
    """Reads what representatives' own calendars were told, and how far they have been read."""

    async def calendar_tasks(
        self, status: TaskStatus | None = None, meeting_id: UUID | None = None, limit: int = 100
    ) -> Sequence[CalendarTask]:
        """The newest first."""

    async def entered(self, representative_id: str, account: str, now: datetime) -> Sequence[CalendarTask]:
        """What was done for meetings that stand and are not over: what that calendar should show."""

    async def watches(self) -> Sequence[Watch]: ...


class Reading(CalendarNotes, Protocol):
    """Reads what is taken and by whom."""

    async def busy(self, since: datetime, until: datetime, now: datetime, besides: UUID | None = None) -> list[Busy]:
        """Meetings and active holds that touch the span, except the holds of the call `besides`."""

    async def meeting(self, meeting_id: UUID) -> Meeting | None: ...

    async def meetings(self, only: MeetingFilter, limit: int) -> Sequence[Meeting]:
        """Meetings in order of their start."""

    async def roster_revision(self) -> int:
        """Grows with every change of a stored representative; 0 if none was ever stored."""

    async def stored_representatives(self) -> Mapping[str, Representative | None]:
        """What was stored over the file: None for somebody who was removed."""

    async def mails(
        self, status: MailStatus | None = None, meeting_id: UUID | None = None, limit: int = 100
    ) -> Sequence[Mail]:
        """The newest mails first."""

    async def any_mail_due(self, now: datetime) -> bool: ...


class Mailbox(Protocol):
    """Keeps the mails that tell of a change, in the transaction that makes it."""

    async def mails_about(self, meeting_id: UUID) -> list[Mail]:
        """Every mail about a meeting, locked until this ends."""

    async def pending_mails_of(self, lead_id: str) -> list[Mail]:
        """What is still to be sent about the meetings of a lead, to whomever, locked until this ends."""

    async def post(self, mails: Iterable[Mail]) -> None:
        """Keep mails; one that is known already stays as it is."""

    async def claim_mail(self, now: datetime) -> Mail | None:
        """A mail whose time has come, locked so that no other replica gets it meanwhile."""

    async def mail(self, mail_id: UUID) -> Mail | None: ...

    async def change_mail(self, mail: Mail) -> None: ...

    async def forget_mails(self, before: datetime) -> None:
        """Drop mails of that age that will not be sent any more."""


class CalendarDuties(CalendarNotes, Protocol):
    """Keeps what representatives' own calendars are still to be told, and how far they have been read."""

    async def calendar_task(self, meeting_id: UUID, representative_id: str) -> CalendarTask | None:
        """Locked until this ends."""

    async def put_calendar_task(self, task: CalendarTask) -> None: ...

    async def claim_calendar_task(self, now: datetime) -> CalendarTask | None:
        """A task whose time has come and that nobody is at, locked so that no other replica gets it meanwhile."""

    async def forget_calendar_tasks(self, before: datetime) -> None:
        """Drop the tasks of meetings that were over by then."""

    async def unentered(self, representative_id: str, account: str, now: datetime) -> Sequence[Meeting]:
        """Meetings to come of somebody that nobody was ever told to enter in that calendar."""

    async def watch(self, first: Watch) -> Watch:
        """How far somebody's calendar has been read, or `first`; locked until this ends."""

    async def put_watch(self, watch: Watch) -> None: ...


class Transaction(Reading, Mailbox, CalendarDuties, Protocol):
    """Changes things. Whatever is told is published if, and only if, it commits."""

    def tell(self, event: Event) -> None: ...

    async def first_time(self, consumer: Consumer, event: Event) -> bool: ...

    async def highest_epoch(self, call_id: UUID, epoch: int, now: datetime) -> int:
        """Note a request's epoch; the highest this call has shown. Requests of one call wait for each other."""

    async def lock(self, representative_ids: Iterable[str]) -> None:
        """Until this ends, nobody else holds or books time of these representatives."""

    async def holds(self, call_id: UUID) -> list[Hold]:
        """Everything offered in a call, also what is not held any more."""

    async def hold(self, holds: Iterable[Hold]) -> None:
        """Keep slots for a call; one that it was offered before is held anew."""

    async def release(self, call_id: UUID, now: datetime, slot_ids: Iterable[str] | None = None) -> None:
        """Hold nothing, or not these slots, for this call any more. What was offered stays known."""

    async def standing(self, call_id: UUID | None, lead_id: str, slot_id: str, now: datetime) -> Meeting | None:
        """The meeting that stands: the one booked in a call, of several the one at that slot; else the lead's next."""

    async def add_meeting(self, meeting: Meeting) -> None:
        """Raises SlotGone if the representative has a meeting at that start."""

    async def change_meeting(self, meeting: Meeting) -> None:
        """Raises SlotGone if the representative has another meeting at that start."""

    async def store_representative(self, representative_id: str, representative: Representative | None) -> None:
        """Somebody takes meetings from now on, otherwise than the file says, or (None) does not."""

    async def unstore_representative(self, representative_id: str) -> None:
        """What the file says of somebody counts again."""

    async def add_callback(self, callback: Callback) -> bool:
        """False if it is known already."""

    async def callback(self, callback_id: UUID) -> Callback | None: ...

    async def change_callback(self, callback: Callback) -> None: ...

    async def pending_callbacks(self, lead_id: str) -> list[Callback]: ...

    async def due_callbacks(self, now: datetime, limit: int) -> list[Callback]:
        """Pending callbacks whose time has come, taken so that no other replica gets them meanwhile."""

    async def note_lead(self, lead_id: str, opted_out_at: datetime | None = None) -> bool:
        """Note a lead, and that it opted out; whether it ever did. What is done about one lead waits for each other."""

    async def opted_out(self, lead_ids: Iterable[str]) -> set[str]:
        """Which of these leads never want to be called again."""

    async def forget(self, before: datetime) -> None:
        """Drop holds and epochs of calls that were over by then."""


class Follower(Protocol):
    """Has something to do in the very transaction that books, moves or cancels a meeting."""

    async def changed(
        self, transaction: Transaction, meeting: Meeting, previous: Meeting | None, now: datetime
    ) -> None:
        """`meeting` as it stands from here on; `previous` is None when it has just been booked."""


class Ledger(Protocol):
    """Opens transactions. Both raise Unavailable if the store does not answer."""

    def begin(self) -> AbstractAsyncContextManager[Transaction]: ...

    def reading(self) -> AbstractAsyncContextManager[Reading]: ...

    async def any_due(self, now: datetime) -> bool:
        """Whether a callback has fallen due: cheap, and waits for no writer."""

    async def any_calendar_task_due(self, now: datetime) -> bool:
        """Whether a calendar is to be told something."""


class Calendar(Protocol):
    """A representative's own calendar. Every question and order may be repeated, and raises Unavailable."""

    async def busy(self, since: datetime, until: datetime) -> list[Span]:
        """When its owner is busy within a span, our own meetings included."""

    async def put(self, entry: Entry) -> None:
        """Show a meeting as it stands: one event, however often this is asked."""

    async def delete(self, meeting_id: UUID) -> None:
        """Show a meeting no more, if it was shown at all."""

    async def changes(self, cursor: str | None, known: Collection[UUID]) -> Changes:
        """Which of the known meetings' events were changed or deleted since a cursor; without one, all as they are."""

    async def close(self) -> None:
        """Let go of the connections."""


class FreeBusy(Protocol):
    """Reads the calendars of many people at once, and quickly: somebody is waiting."""

    async def before_offering(self, people: Iterable[Representative], now: datetime) -> list[Busy]:
        """What was taken some seconds ago at the most, over each one's horizon. Somebody whose calendar does not answer
        counts as busy throughout, unless the settings say otherwise."""

    async def before_booking(self, one: Representative, now: datetime) -> list[Busy]:
        """What is taken now. A calendar that does not answer says nothing: what was offered is booked."""

    def forget(self, representative_id: str) -> None:
        """Something was written to somebody's calendar."""
