"""What others hold and are to delete: recordings at the carrier, the record that a lead came from, what CRMs were told.
It belongs to somebody who was erased, or has been kept for long enough. The ids by which they know it name nobody, and
are kept here only until it is gone."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.contacts import Copy, CopyState, Traces
from services.dialer.privacy.tables import CopyRow
from services.dialer.sources.tables import SourcedRow
from services.dialer.tables import AttemptRow, RecordingRow

CARRIER = "carrier"
CALL, RECORDING, LEAD = "recordings of a call", "recording", "lead"
_RECORDINGS = "recordings"
REPORTED = "ERASE_IN_CRMS=report: delete it there"


async def note_copies(
    session: AsyncSession, erasure_id: UUID, traces: Traces, real_now: datetime, *, in_crms: bool
) -> None:
    """Note what lies elsewhere, while it is known still; `in_crms` says whether CRMs are asked to delete theirs."""
    theirs = AttemptRow.call_id.in_(traces.call_ids), AttemptRow.carrier_call_id.is_not(None)
    calls = await session.scalars(select(AttemptRow.carrier_call_id).where(*theirs))
    recordings = await session.scalars(select(RecordingRow).where(RecordingRow.call_id.in_(traces.call_ids)))
    records = await session.scalars(select(SourcedRow).where(SourcedRow.lead_id.in_(traces.lead_ids)))
    rows = [_pending(erasure_id, CARRIER, CALL, str(each), real_now) for each in calls]
    rows += [_recording(erasure_id, each.recording_id, each.url, real_now) for each in recordings]
    for record in records:
        row = _pending(erasure_id, record.source, LEAD, record.reference, real_now)
        if not in_crms:
            row.state, row.reason, row.look_at = CopyState.LEFT, REPORTED, None
        rows.append(row)
    await _add(session, erasure_id, rows)


async def note_recordings(
    session: AsyncSession, erasure_id: UUID, found: Mapping[str, str], real_now: datetime
) -> None:
    """Note recordings that were told of: where they lie, by their ids."""
    rows = [_recording(erasure_id, each, url, real_now) for each, url in found.items()]
    await _add(session, erasure_id, rows)


async def outdate(session: AsyncSession, recordings: Iterable[RecordingRow], real_now: datetime) -> None:
    """Have recordings deleted that were kept for long enough."""
    for each in recordings:
        session.add(_recording(None, each.recording_id, each.url, real_now))
        await session.delete(each)
    await session.flush()


async def note_told(session: AsyncSession, erasure_id: UUID, copies: Sequence[Copy]) -> None:
    """Note what a service told of those whom it asks itself, in place of what it told before."""
    holders = {copy.holder for copy in copies}
    for row in await session.scalars(select(CopyRow).where(CopyRow.erasure_id == erasure_id)):
        if row.look_at is None and row.state == CopyState.PENDING and row.holder in holders:
            await session.delete(row)
    for copy in copies:
        if not copy.count:
            continue  # there was nothing
        values = copy.model_dump(include={"holder", "what", "state", "count", "reason"})
        session.add(CopyRow(erasure_id=erasure_id, reference=None, place=None, attempts=1, look_at=None, **values))


async def copies_of(session: AsyncSession, erasure_ids: Collection[UUID]) -> dict[UUID, tuple[Copy, ...]]:
    """What others held of each person, summed up, and what has become of it."""
    sums: dict[UUID, dict[tuple[str, str, str, str | None], Copy]] = {each: {} for each in erasure_ids}
    for row in await session.scalars(select(CopyRow).where(CopyRow.erasure_id.in_(erasure_ids)).order_by(CopyRow.id)):
        if row.erasure_id is None:
            continue
        state = CopyState(row.state)
        if state is CopyState.DELETED and not row.count:
            continue  # there was nothing
        what = _RECORDINGS if row.holder == CARRIER else row.what
        key, known = (row.holder, what, row.state, row.reason), sums[row.erasure_id]
        so_far = known.get(key, Copy(holder=row.holder, what=what, state=state, count=0, reason=row.reason))
        by_hand = (row.reference,) if row.reference and state in (CopyState.FAILED, CopyState.LEFT) else ()
        known[key] = so_far.model_copy(
            update={"count": so_far.count + max(row.count, 1), "references": (*so_far.references, *by_hand)}
        )
    return {erasure_id: tuple(known.values()) for erasure_id, known in sums.items()}


def _recording(erasure_id: UUID | None, recording_id: str, url: str, real_now: datetime) -> CopyRow:
    return _pending(erasure_id, CARRIER, RECORDING, recording_id, real_now, url)


def _pending(
    erasure_id: UUID | None, holder: str, what: str, reference: str, real_now: datetime, place: str | None = None
) -> CopyRow:
    return CopyRow(
        erasure_id=erasure_id,
        holder=holder,
        what=what,
        reference=reference,
        place=place,
        state=CopyState.PENDING,
        count=0,
        reason=None,
        attempts=0,
        look_at=real_now,
    )


async def _add(session: AsyncSession, erasure_id: UUID, rows: Sequence[CopyRow]) -> None:
    """Those that are not noted yet: the step that notes them may be done again."""
    known = await session.scalars(select(CopyRow).where(CopyRow.erasure_id == erasure_id))
    have = {(row.holder, row.what, row.reference) for row in known}
    session.add_all(row for row in rows if (row.holder, row.what, row.reference) not in have)
    await session.flush()
