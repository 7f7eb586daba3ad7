"""Has CRMs delete what they were told of a person who is forgotten, for as long as it is known whom to name to them."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.contacts import Copy, CopyState, Traces
from services.runtime.logs import logger
from services.runtime.unit_of_work import Units
from services.telemetry.domain.delivery import DeliveryStatus
from services.telemetry.exports.ledger import REAL
from services.telemetry.exports.sender import DEADLINE_S
from services.telemetry.exports.sink import Eraser, NeverTaken, NotTaken, Person
from services.telemetry.exports.tables import DeliveryRow
from services.telemetry.tables import FactRow, RecordRow

log = logger(__name__)

GIVE_UP = timedelta(days=1)
NEWS_PATIENCE = timedelta(minutes=5)
"""How long news of the person that is on its way is waited for: what comes after the deletion would stay."""
FOUND_AFTER = timedelta(seconds=20)
"""How long a CRM may take until its search finds what was just written."""
RECORDS = "records"
REPORTED = "ERASE_IN_CRMS=report: delete them there"
ON_ITS_WAY = "news of them may be on its way there"


class Recalling:
    """Every CRM, one after the other. What is gone there is no error, so it may be done again."""

    def __init__(self, units: Units, erasers: Sequence[Eraser], *, delete: bool) -> None:
        """With `delete` False they are only named."""
        self._units = units
        self._erasers = erasers
        self._delete = delete
        self.holders = tuple(eraser.name for eraser in erasers)

    async def recall(self, traces: Traces, since: datetime) -> list[Copy]:
        """What each holds, and what has become of it; `since` is when that was first asked for, by the real clock.
        Raises Unavailable if the database does not answer."""
        if not self._erasers:
            return []
        if not self._delete:
            return await self._left(traces)
        async with self._units.reading() as session:
            person = await _person(session, traces)
            busy = await self._on_its_way(session, traces) if REAL.now() < since + NEWS_PATIENCE else set()
        found: list[Copy] = []
        for eraser in self._erasers:
            waits = [_copy(eraser.name, CopyState.PENDING, ON_ITS_WAY)] if eraser.name in busy else []
            found += waits or await self._ask(eraser, person, last=REAL.now() >= since + GIVE_UP)
        return found

    async def told_meanwhile(self, session: AsyncSession, traces: Traces, since: datetime, asked: datetime) -> bool:
        """Whether a CRM was told of them after it was last asked to delete, at `asked`: then it has to be asked again.
        What nobody has begun to send is held, to be deleted in this transaction."""
        if not self._delete:
            return False
        theirs = DeliveryRow.lead_id.in_(traces.lead_ids), DeliveryRow.destination.in_(self.holders)
        found = (await session.scalars(select(DeliveryRow).where(*theirs).with_for_update())).all()
        patient = REAL.now() < since + NEWS_PATIENCE
        sending = patient and any(row.status == DeliveryStatus.PENDING and row.attempts for row in found)
        return sending or any(row.settled_at is not None and row.settled_at >= asked for row in found)

    async def _left(self, traces: Traces) -> list[Copy]:
        """Who may have something: was told of the person lately, or of calls longer ago than is known."""
        theirs = DeliveryRow.lead_id.in_(traces.lead_ids), DeliveryRow.attempts > 0
        query = select(DeliveryRow.destination, func.count()).where(*theirs).group_by(DeliveryRow.destination)
        async with self._units.reading() as session:
            told = {row[0]: row[1] for row in await session.execute(query)}
        counts = {name: told.get(name, min(len(traces.call_ids), 1)) for name in self.holders}
        return [_copy(name, CopyState.LEFT, REPORTED, count=count) for name, count in counts.items() if count]

    async def _ask(self, eraser: Eraser, person: Person, *, last: bool) -> list[Copy]:
        try:
            async with asyncio.timeout(DEADLINE_S):
                gone = await eraser.erase(person)
        except NeverTaken as error:
            return [_copy(eraser.name, CopyState.FAILED, error.detail)]
        except Exception as error:
            why = error.detail if isinstance(error, NotTaken) else type(error).__name__
            if not isinstance(error, (NotTaken, TimeoutError)):  # a bug is no reason to leave an erasure unfinished
                log.error("deleting what a CRM holds failed", holder=eraser.name, exc_info=error)
            state, text = (CopyState.FAILED, f"given up: {why}") if last else (CopyState.PENDING, why)
            return [_copy(eraser.name, state, text)]
        deleted = [_copy(eraser.name, CopyState.DELETED, None, what, count) for what, count in gone.items() if count]
        return deleted or [_copy(eraser.name, CopyState.DELETED, None, count=0)]

    async def _on_its_way(self, session: AsyncSession, traces: Traces) -> set[str]:
        """Who is being told of them, or was a moment ago."""
        fresh = REAL.now() - FOUND_AFTER
        sent = DeliveryRow.status == DeliveryStatus.SENT
        query = select(DeliveryRow.destination).where(
            DeliveryRow.lead_id.in_(traces.lead_ids),
            DeliveryRow.destination.in_(self.holders),
            or_(DeliveryRow.status == DeliveryStatus.PENDING, sent & (DeliveryRow.settled_at > fresh)),
        )
        return set(await session.scalars(query.distinct()))


async def told_of(session: AsyncSession, traces: Traces, besides: Sequence[str] = ()) -> tuple[str, ...]:
    """Who outside has been told of the person, besides those who are asked to delete it, in words."""
    query = (
        select(DeliveryRow.destination, func.count())
        .where(DeliveryRow.lead_id.in_(traces.lead_ids), DeliveryRow.attempts > 0)
        .where(DeliveryRow.destination.not_in(besides))
    )
    told = await session.execute(query.group_by(DeliveryRow.destination).order_by(DeliveryRow.destination))
    return tuple(f"{destination} was told of them {count} times: delete it there" for destination, count in told)


async def _person(session: AsyncSession, traces: Traces) -> Person:
    booked = FactRow.subject.startswith("meetings.")
    theirs = or_(FactRow.lead_id.in_(traces.lead_ids), FactRow.call_id.in_(traces.call_ids))
    subjects = await session.scalars(select(FactRow.subject).where(booked, theirs))
    meeting = RecordRow.record["meeting"]["meeting_id"].as_string()
    recorded = await session.scalars(select(meeting).where(RecordRow.call_id.in_(traces.call_ids)))
    meetings = {subject.split(".")[1] for subject in subjects} | {each for each in recorded if each}
    return Person(
        lead_ids=traces.lead_ids,
        phones=traces.phones,
        call_ids=tuple(map(str, traces.call_ids)),
        meeting_ids=tuple(sorted(meetings)),
    )


def _copy(holder: str, state: CopyState, reason: str | None, what: str = RECORDS, count: int = 1) -> Copy:
    return Copy(holder=holder, what=what, state=state, count=count, reason=reason)
