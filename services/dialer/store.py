"""The dialer's store: its transactions over SQLite or PostgreSQL.

Whoever changes a lead or its attempts holds the lead's row locked (in SQLite every writing transaction is alone
anyway), and a unique index allows one call at a time to a number.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast
from uuid import UUID

from sqlalchemy import BindParameter, Select, Table, bindparam, exists, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from contracts.event import Event
from contracts.streams import Consumer
from contracts.values import PhoneNumber
from services.dialer.answers import SqlAnswers
from services.dialer.campaign_store import running_campaigns
from services.dialer.domain.attempt import Attempt, AttemptState
from services.dialer.domain.gate import Decision
from services.dialer.domain.lead import Lead, LeadState
from services.dialer.domain.pacing import Pace
from services.dialer.store_reader import LONG_AGO, SqlReader, pace_of
from services.dialer.tables import (
    AttemptRow,
    BadNumberRow,
    DecisionRow,
    LeadRow,
    OptOutRow,
    PaceRow,
    RecordingRow,
    SecretRow,
    attempt_of,
    attempt_values,
    lead_of,
    lead_values,
)
from services.runtime.errors import Unavailable
from services.runtime.pseudonyms import Pseudonyms
from services.runtime.unit_of_work import UnitOfWork, Units

T = TypeVar("T")

CLAIM = timedelta(seconds=15)
"""How long a replica that looks after a quiet attempt has it for itself."""

_leads = cast(Table, LeadRow.__table__)
_decisions = cast(Table, DecisionRow.__table__)


def _due(now: datetime | BindParameter[datetime]) -> Select[LeadRow]:
    return select(LeadRow).where(LeadRow.state == LeadState.WAITING.value, LeadRow.due_at <= now)


def _quiet(real_now: datetime | BindParameter[datetime]) -> Select[UUID]:
    return select(AttemptRow.call_id).where(AttemptRow.look_at <= real_now)


_due_leads = _due(bindparam("now")).with_only_columns(LeadRow.lead_id)
ANY_DUE = select(
    or_(
        exists(_due_leads.where(LeadRow.campaign_id.is_(None))),
        exists(_due_leads.where(LeadRow.campaign_id.in_(running_campaigns()))),
    )
)
ANY_QUIET = select(exists(_quiet(bindparam("now"))))


class SqlTransaction(SqlReader):
    """Reads and changes in one unit of work."""

    def __init__(self, unit: UnitOfWork, insert: Any, pseudonyms: Pseudonyms) -> None:
        super().__init__(unit.session, pseudonyms)
        self._unit = unit
        self._insert = insert
        self._is_alone = insert is sqlite.insert
        self._held: list[Any] = []
        self.answers = SqlAnswers(unit.session, insert)

    def _hold(self, row: T) -> T:
        """Keep a row that may be saved: the session forgets those that nobody holds, and would read it again."""
        self._held.append(row)
        return row

    def tell(self, event: Event) -> None:
        self._unit.tell(event)

    async def first_time(self, consumer: Consumer, event: Event) -> bool:
        return await self._unit.first_time(consumer, event)

    async def lead(self, lead_id: str) -> Lead | None:
        row = self._hold(await self.session.get(LeadRow, lead_id, with_for_update=True))
        return lead_of(row) if row else None

    async def leads_of(self, phone: PhoneNumber) -> list[Lead]:
        query = select(LeadRow).where(LeadRow.phone == phone).order_by(LeadRow.lead_id).with_for_update()
        return [lead_of(row) for row in await self.session.scalars(query)]

    async def leads_by_id(self, lead_ids: Collection[str]) -> dict[str, Lead]:
        query = select(LeadRow).where(LeadRow.lead_id.in_(lead_ids)).order_by(LeadRow.lead_id).with_for_update()
        return {row.lead_id: lead_of(row) for row in await self.session.scalars(query)}

    async def add_leads(self, leads: Sequence[Lead]) -> None:
        try:
            await self.session.execute(insert(_leads), [lead_values(lead) for lead in leads])
        except IntegrityError as error:
            raise Unavailable("somebody else has just noted the same lead; it is tried again") from error

    async def save_lead(self, lead: Lead) -> None:
        await self.session.merge(LeadRow(**lead_values(lead)))

    async def save_leads(self, leads: Sequence[Lead]) -> None:
        await self.session.execute(update(LeadRow), [lead_values(lead) for lead in leads])

    async def due_leads(self, now: datetime, limit: int, campaign_id: UUID | None) -> list[Lead]:
        of_campaign = LeadRow.campaign_id.is_(None) if campaign_id is None else LeadRow.campaign_id == campaign_id
        found: list[Lead] = []
        for which in (LeadRow.callback_id.is_not(None), LeadRow.callback_id.is_(None)):
            query = _due(now).where(of_campaign, which).order_by(LeadRow.due_at).limit(limit - len(found))
            rows = await self.session.scalars(query.with_for_update(skip_locked=True))
            found += [lead_of(row) for row in rows]
        return found

    async def attempt(self, call_id: UUID) -> Attempt | None:
        if not self._is_alone:
            of_call = select(AttemptRow.lead_id).where(AttemptRow.call_id == call_id).scalar_subquery()
            await self.session.execute(select(LeadRow.lead_id).where(LeadRow.lead_id == of_call).with_for_update())
        row = self._hold(await self.session.get(AttemptRow, call_id, with_for_update=True))
        return attempt_of(row) if row else None

    async def add_attempt(self, attempt: Attempt) -> bool:
        try:
            async with self.session.begin_nested():
                self.session.add(AttemptRow(**attempt_values(attempt)))
        except IntegrityError:
            return False
        return True

    async def save_attempt(self, attempt: Attempt) -> None:
        await self.session.merge(AttemptRow(**attempt_values(attempt)))

    async def calls_by_number(self, since: datetime) -> dict[str, int]:
        made = AttemptRow.from_number.is_not(None), AttemptRow.requested_at >= since
        query = select(AttemptRow.from_number, func.count()).where(*made).group_by(AttemptRow.from_number)
        return {number: calls for number, calls in await self.session.execute(query) if number is not None}

    async def quiet(self, real_now: datetime, limit: int) -> list[UUID]:
        query = _quiet(real_now).order_by(AttemptRow.look_at).limit(limit).with_for_update(skip_locked=True)
        found = list(await self.session.scalars(query))
        await self.session.execute(
            update(AttemptRow).where(AttemptRow.call_id.in_(found)).values(look_at=real_now + CLAIM)
        )
        return found

    async def look_at_all(self, real_now: datetime) -> None:
        live = (AttemptState.SUBMITTING.value, AttemptState.SUBMITTED.value)
        await self.session.execute(update(AttemptRow).where(AttemptRow.state.in_(live)).values(look_at=real_now))

    async def log_decisions(
        self, decisions: Sequence[tuple[Lead, Decision]], call_id: UUID | None, now: datetime
    ) -> None:
        rows = [
            {
                "lead_id": lead.lead_id,
                "call_id": call_id,
                "decided_at": now,
                "until": decision.until,
                "verdicts": decision.verdicts,
            }
            for lead, decision in decisions
        ]
        await self.session.execute(insert(_decisions), rows)

    async def opt_out(self, key: str, now: datetime, call_id: UUID | None, quote: str | None) -> None:
        statement = self._insert(OptOutRow).values(key=key, opted_out_at=now, call_id=call_id, quote=quote)
        await self.session.execute(statement.on_conflict_do_nothing())

    async def opt_out_all(self, quotes: Mapping[str, str | None], now: datetime) -> set[str]:
        rows = [{"key": key, "opted_out_at": now, "call_id": None, "quote": quote} for key, quote in quotes.items()]
        statement = self._insert(OptOutRow).on_conflict_do_nothing().returning(OptOutRow.key)
        return set(await self.session.scalars(statement, rows)) if rows else set()

    async def leads_at(self, phones: Collection[PhoneNumber], state: LeadState) -> list[Lead]:
        query = select(LeadRow).where(LeadRow.phone.in_(phones), LeadRow.state == state.value)
        rows = await self.session.scalars(query.order_by(LeadRow.lead_id).with_for_update())
        return [lead_of(row) for row in rows]

    async def mark_bad(self, phone: PhoneNumber, reason: str, now: datetime) -> None:
        statement = self._insert(BadNumberRow).values(phone=phone, reason=reason, told_at=now)
        await self.session.execute(statement.on_conflict_do_nothing())

    async def keep_recording(self, recording_id: str, call_id: UUID, url: str, now: datetime) -> None:
        statement = self._insert(RecordingRow).values(recording_id=recording_id, call_id=call_id, url=url, ready_at=now)
        await self.session.execute(statement.on_conflict_do_nothing())

    async def pace(self, carrier: str) -> Pace:
        row = self._hold(await self.session.get(PaceRow, carrier, with_for_update=True))
        if row is None:
            first = self._insert(PaceRow).values(carrier=carrier, next_free=LONG_AGO)
            await self.session.execute(first.on_conflict_do_nothing())
            row = self._hold(await self.session.get(PaceRow, carrier, with_for_update=True))
        return pace_of(row)

    async def save_pace(self, carrier: str, pace: Pace) -> None:
        await self.session.merge(
            PaceRow(
                carrier=carrier,
                next_free=pace.next_free,
                trouble=pace.trouble,
                retry_at=pace.retry_at,
                failures=list(pace.failures),
            )
        )


class SqlLedger:
    """Opens the dialer's transactions."""

    def __init__(self, units: Units, pseudonyms: Pseudonyms | None = None) -> None:
        """`pseudonyms` find people on the do-not-call list who were erased."""
        self._units = units
        self._pseudonyms = pseudonyms or Pseudonyms(SecretRow)
        self._insert = sqlite.insert if units.database.is_sqlite else postgresql.insert

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[SqlTransaction]:
        async with self._units.begin() as unit:
            yield SqlTransaction(unit, self._insert, self._pseudonyms)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[SqlReader]:
        async with self._units.reading() as session:
            yield SqlReader(session, self._pseudonyms)

    async def any_due(self, now: datetime) -> bool:
        return await self._units.database.asked(ANY_DUE, now=now)

    async def any_quiet(self, real_now: datetime) -> bool:
        return await self._units.database.asked(ANY_QUIET, now=real_now)
