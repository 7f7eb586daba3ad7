"""What a rebuild does to telemetry's tables besides what the recorder does."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update

from contracts.telemetry import CallLogged
from services.telemetry.domain.call_record import CallRecord, CallState
from services.telemetry.ports import DueCall
from services.telemetry.store import Tables
from services.telemetry.tables import CallRow, RebuildRow, RecordRow


class RebuildTables(Tables):
    """The ledger of a rebuild, in one transaction's session."""

    async def calls_after(self, call_id: UUID | None, limit: int) -> tuple[list[DueCall], UUID | None]:
        query = select(CallRow.call_id).order_by(CallRow.call_id).limit(limit)
        ids = (await self._session.scalars(query.where(CallRow.call_id > call_id) if call_id else query)).all()
        calls = await self.claimed(select(CallRow).where(CallRow.call_id.in_(ids)).order_by(CallRow.call_id))
        return calls, ids[-1] if ids else None

    async def keep_logged(self, told: Sequence[tuple[CallLogged, datetime]]) -> None:
        records = {logged.call_id: (CallRecord.restored(logged), at) for logged, at in told}
        if not records:
            return
        rows = [_logged_row(record, at) for record, at in records.values()]
        statement = self._insert(CallRow)
        first = func.coalesce(CallRow.logged_at, statement.excluded.logged_at)
        statement = statement.on_conflict_do_update(index_elements=[CallRow.call_id], set_={"logged_at": first})
        await self._session.execute(statement, sorted(rows, key=lambda row: row["call_id"]))
        found = await self._session.scalars(select(RecordRow.call_id).where(RecordRow.call_id.in_(records)))
        for call_id in sorted(records.keys() - set(found)):
            await self.write(records[call_id][0], None)
            restored = update(CallRow).where(CallRow.call_id == call_id)
            await self._session.execute(restored.values(is_whole=True))

    async def position(self, part: str) -> str | None:
        row = await self._session.get(RebuildRow, part)
        return row.position if row else None

    async def move(self, part: str, position: str) -> None:
        statement = self._insert(RebuildRow).values(part=part, position=position)
        await self._session.execute(
            statement.on_conflict_do_update(index_elements=[RebuildRow.part], set_={"position": position})
        )

    async def forget(self) -> None:
        await self._session.execute(delete(RebuildRow))

    async def count(self) -> int:
        return await self._session.scalar(select(func.count()).select_from(CallRow)) or 0


def _logged_row(record: CallRecord, at: datetime) -> dict[str, Any]:
    began = record.requested_at or record.started_at or record.ended_at or at
    return {
        "call_id": record.call_id,
        "state": CallState.CONCLUDED,
        "attempt": record.attempt,
        "duration_s": record.duration_s,
        "began_at": began,
        "heard_at": at,
        "logged_at": at,
    }
