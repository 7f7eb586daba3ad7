"""How long telemetry keeps what was said and who said it. What is left of a call grows less with time: first its facts
go, then where its recording lies, then its words, at last the call itself."""

import asyncio
from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.runtime.clock import Clock
from services.runtime.retention import BATCH, Keys, Retention, Step, before, dropping
from services.runtime.unit_of_work import Units
from services.telemetry.console.access.tables import AuditRow
from services.telemetry.domain.call_record import CallRecord
from services.telemetry.settings import TelemetrySettings
from services.telemetry.tables import (
    CallRow,
    FactRow,
    LeadRow,
    ObjectionRow,
    RecordRow,
    TranscriptRow,
    WaitRow,
)

REAL = Clock()
Less = Callable[[CallRecord], CallRecord]


def retention(settings: TelemetrySettings, units: Units, clock: Clock) -> Retention:
    """By the settings. What streams told is as old as the broker's clock says, all else by the system's."""

    def of_calls(days: int, condition: Any, act: Any) -> Step:
        async def find(session: AsyncSession) -> Keys:
            since = before(clock, days)
            if since is None:
                return []
            old = select(CallRow.call_id).where(CallRow.began_at < since, CallRow.due_at.is_(None), condition)
            return list(await session.scalars(old.limit(BATCH)))

        async def drop(session: AsyncSession, ids: Keys) -> int:
            await act(session, ids)
            return len(ids)

        return Step(find, drop)

    told = exists().where(FactRow.call_id == CallRow.call_id)
    worded = exists().where(TranscriptRow.call_id == CallRow.call_id)
    no_call: ColumnElement[bool] = FactRow.call_id.is_(None)
    return Retention(
        units,
        [
            of_calls(settings.keep_facts_days, told, _drop(FactRow)),
            dropping(FactRow, lambda: before(REAL, settings.keep_facts_days), FactRow.stored_at, no_call),
            of_calls(settings.keep_recordings_days, CallRow.has_recording, _without_recordings),
            of_calls(settings.keep_transcripts_days, told | worded, _without_words),
            of_calls(settings.keep_calls_days, CallRow.call_id.is_not(None), _drop_calls),
            dropping(LeadRow, lambda: before(clock, settings.keep_calls_days), LeadRow.told_at),
            dropping(AuditRow, lambda: before(REAL, settings.keep_audit_days), AuditRow.at),
        ],
    )


def _drop(*tables: type[Any]) -> Any:
    async def act(session: AsyncSession, ids: list[Any]) -> None:
        for table in tables:
            await session.execute(delete(table).where(table.call_id.in_(ids)))

    return act


_drop_calls = _drop(FactRow, WaitRow, ObjectionRow, TranscriptRow, RecordRow, CallRow)


async def _without_recordings(session: AsyncSession, ids: list[Any]) -> None:
    """The dialer has them deleted at the carrier; here it is forgotten where they lay."""
    await _lessen(session, ids, lambda record: record.model_copy(update={"recordings": ()}))
    await session.execute(update(CallRow).where(CallRow.call_id.in_(ids)).values(has_recording=False))


async def _without_words(session: AsyncSession, ids: list[Any]) -> None:
    """What came of the call stays, with the turns that prove it as numbers only."""

    def less(record: CallRecord) -> CallRecord:
        evidence = tuple(each.model_copy(update={"quote": None}) for each in record.evidence)
        return record.model_copy(update={"transcript": (), "evidence": evidence})

    await _lessen(session, ids, less)
    await _drop(TranscriptRow, FactRow)(session, ids)


async def _lessen(session: AsyncSession, ids: list[Any], less: Less) -> None:
    for row in await session.scalars(select(RecordRow).where(RecordRow.call_id.in_(ids))):
        record = less(CallRecord.model_validate(row.record))
        row.record = record.model_dump(mode="json", exclude_none=True)
        await asyncio.sleep(0)  # a call in this process has its turn
    await session.flush()
