"""How long the dialer keeps what it knows of people. The do-not-call list is kept for ever, and so is a keyed hash of
each number that was called: without consent a business may be approached once, and not once every two years."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.dialer.domain.lead import FINAL_STATES
from services.dialer.privacy.copies import outdate
from services.dialer.privacy.tables import CopyRow, ErasureRow, PrivacyLogRow
from services.dialer.registry import RegistryRow
from services.dialer.settings import DialerSettings
from services.dialer.sources.tables import SourcedRow
from services.dialer.tables import (
    DIALED,
    UNENDED,
    AttemptRow,
    BadNumberRow,
    CalledRow,
    DecisionRow,
    Inbox,
    LeadRow,
    RecordingRow,
)
from services.runtime.clock import Clock
from services.runtime.pseudonyms import Pseudonyms
from services.runtime.retention import BATCH, Keys, Retention, Step, before, dropping, handled_long_ago
from services.runtime.unit_of_work import Units

_FINAL = [state.value for state in FINAL_STATES]
NAME = "retention"


def retention(settings: DialerSettings, units: Units, clock: Clock, pseudonyms: Pseudonyms) -> Retention:
    """By the settings."""

    async def note(went: int) -> None:
        async with units.begin() as unit:
            entry = PrivacyLogRow(
                at=clock.now(), who=NAME, did="let go", person=None, detail=f"{went} rows were too old"
            )
            unit.session.add(entry)

    def of_leads() -> datetime | None:
        return before(clock, settings.keep_leads_days)

    def of_log() -> datetime | None:
        return before(clock, settings.keep_privacy_log_days)

    return Retention(
        units,
        [
            _recordings(settings, clock),
            _leads(settings, clock, pseudonyms),
            dropping(DecisionRow, lambda: before(clock, settings.keep_decisions_days), DecisionRow.decided_at),
            dropping(RegistryRow, of_leads, RegistryRow.checked_at),
            dropping(BadNumberRow, of_leads, BadNumberRow.told_at),
            dropping(PrivacyLogRow, of_log, PrivacyLogRow.at),
            _erasures(of_log),
            handled_long_ago(Inbox),
        ],
        note,
    )


def _leads(settings: DialerSettings, clock: Clock, pseudonyms: Pseudonyms) -> Step:
    """Leads of whom nothing more will come, and of whom nothing was heard for long, with their calls. Whoever has the
    same number is the same person, who goes as a whole: else it would be forgotten how often they were called."""

    async def find(session: AsyncSession) -> Keys:
        since = before(clock, settings.keep_leads_days)
        if since is None:
            return []
        return list(await session.scalars(select(LeadRow.lead_id).where(*_old(since)).limit(BATCH)))

    async def drop(session: AsyncSession, found: Keys) -> int:
        since = before(clock, settings.keep_leads_days)
        if since is None:
            return 0
        still = select(LeadRow.lead_id).where(LeadRow.lead_id.in_(found), *_old(since)).with_for_update()
        ids = list(await session.scalars(still))
        if ids:
            called = select(AttemptRow.phone).where(AttemptRow.lead_id.in_(ids), DIALED).distinct()
            await remember_called(session, pseudonyms, list(await session.scalars(called)))
            for table in (AttemptRow, DecisionRow, SourcedRow, LeadRow):
                await session.execute(delete(table).where(table.lead_id.in_(ids)))
        return len(ids)

    return Step(find, drop)


def _recordings(settings: DialerSettings, clock: Clock) -> Step:
    """The carrier is asked to delete them until it has."""

    async def find(session: AsyncSession) -> Keys:
        since = before(clock, settings.keep_recordings_days)
        if since is None:
            return []
        old = select(RecordingRow.recording_id).where(RecordingRow.ready_at < since)
        return list(await session.scalars(old.limit(BATCH)))

    async def drop(session: AsyncSession, ids: Keys) -> int:
        still = select(RecordingRow).where(RecordingRow.recording_id.in_(ids)).with_for_update()
        found = list(await session.scalars(still))
        await outdate(session, found, clock.real())
        return len(found)

    return Step(find, drop)


def _erasures(moment: Callable[[], datetime | None]) -> Step:
    """Receipts, with what they say of others' copies."""

    async def find(session: AsyncSession) -> Keys:
        since = moment()
        if since is None:
            return []
        finished = select(ErasureRow.erasure_id).where(ErasureRow.finished_at < since)
        return list(await session.scalars(finished.limit(BATCH)))

    async def drop(session: AsyncSession, ids: Keys) -> int:
        for table in (CopyRow, ErasureRow):
            await session.execute(delete(table).where(table.erasure_id.in_(ids)))
        return len(ids)

    return Step(find, drop)


def _old(since: datetime) -> tuple[ColumnElement[bool], ...]:
    other = aliased(LeadRow)
    same = other.phone == LeadRow.phone, other.lead_id != LeadRow.lead_id
    busy = exists().where(*same, or_(other.state.not_in(_FINAL), other.submitted_at >= since))
    theirs = or_(AttemptRow.lead_id == LeadRow.lead_id, AttemptRow.phone == LeadRow.phone)
    called = exists().where(theirs, or_(AttemptRow.requested_at >= since, UNENDED))
    return LeadRow.state.in_(_FINAL), LeadRow.submitted_at < since, ~called, ~busy


async def remember_called(session: AsyncSession, pseudonyms: Pseudonyms, phones: Keys) -> None:
    """Keep that numbers were called, when all else of them goes."""
    keys = [{"key": await pseudonyms.of(session, phone)} for phone in phones]
    insert: Any = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    if keys:
        await session.execute(insert(CalledRow).on_conflict_do_nothing(), keys)
