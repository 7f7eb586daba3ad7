"""Keeps uploads: which files wait to be read, how far each has come, and what was wrong in them."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.reasons import said
from services.dialer.uploads.problem import Problem
from services.dialer.uploads.tables import UploadProblemRow, UploadRow
from services.dialer.uploads.upload import Kind, State, Upload
from services.runtime.unit_of_work import Units

SILENT = timedelta(seconds=60)
"""Whoever read a file has died if nothing was heard of it for so long."""
LOST = timedelta(hours=1)
"""Nobody has the file any more if nothing was heard of it for so long."""
KEPT = timedelta(days=30)
"""How long the report of a file is kept; it repeats what people wrote."""
PAGE = 500

_PROBLEM = tuple(each.name for each in fields(Problem))


class Uploads:
    """Opens its own transactions, but for `save`, which shares that of the rows."""

    def __init__(self, units: Units) -> None:
        self._units = units

    async def add(self, upload: Upload) -> None:
        async with self._units.begin() as unit:
            await unit.session.execute(insert(UploadRow), [_values(upload)])

    async def get(self, upload_id: UUID) -> Upload | None:
        async with self._units.reading() as session:
            row = await session.get(UploadRow, upload_id)
            return _upload(row) if row else None

    async def newest(self, kind: Kind | None, limit: int) -> list[Upload]:
        query = select(UploadRow).order_by(UploadRow.created_at.desc(), UploadRow.upload_id).limit(limit)
        if kind is not None:
            query = query.where(UploadRow.kind == kind.value)
        async with self._units.reading() as session:
            return [_upload(row) for row in await session.scalars(query)]

    async def save(self, session: AsyncSession, upload: Upload, problems: Sequence[Problem] = ()) -> None:
        """Keep how far a file has come in the transaction that brought it there."""
        await session.execute(update(UploadRow), [_values(upload)])
        if problems:
            rows = [{name: getattr(each, name) for name in _PROBLEM} for each in problems]
            await session.execute(insert(UploadProblemRow), [row | {"upload_id": upload.upload_id} for row in rows])

    async def finish(self, upload: Upload) -> None:
        async with self._units.begin() as unit:
            await self.save(unit.session, upload)

    async def take(self, here: Collection[UUID], real_now: datetime) -> Upload | None:
        """The oldest file of those `here` that nobody works on; from now on the caller does."""
        free = or_(UploadRow.beat_at.is_(None), UploadRow.beat_at < real_now - SILENT)
        open_ = UploadRow.state.in_((State.WAITING.value, State.READING.value))
        query = select(UploadRow).where(UploadRow.upload_id.in_(here), open_, free).order_by(UploadRow.created_at)
        async with self._units.begin() as unit:
            row = await unit.session.scalar(query.limit(1).with_for_update(skip_locked=True))
            if row is None:
                return None
            row.state, row.beat_at = State.READING.value, real_now
            return _upload(row)

    async def release(self, upload_id: UUID) -> None:
        """Nobody works on this file any more; whoever has it may go on."""
        async with self._units.begin() as unit:
            await unit.session.execute(update(UploadRow).where(UploadRow.upload_id == upload_id).values(beat_at=None))

    async def tidy(self, real_now: datetime) -> None:
        """Give up files that are gone with the machine that had them, and forget old reports."""
        open_ = UploadRow.state.in_((State.WAITING.value, State.READING.value))
        lost = or_(UploadRow.beat_at < real_now - LOST, UploadRow.beat_at.is_(None))
        async with self._units.begin() as unit:
            await unit.session.execute(
                update(UploadRow)
                .where(open_, lost, UploadRow.created_at < real_now - LOST)
                .values(state=State.FAILED.value, problem=said("file_lost"), finished_at=real_now)
            )
            old = select(UploadRow.upload_id).where(UploadRow.created_at < real_now - KEPT)
            await unit.session.execute(delete(UploadProblemRow).where(UploadProblemRow.upload_id.in_(old)))

    async def problems(self, upload_id: UUID, limit: int | None = None) -> AsyncIterator[Problem]:
        """What was wrong, in the order of the file, read page by page."""
        after, left = 0, limit
        while left is None or left > 0:
            size = PAGE if left is None else min(PAGE, left)
            query = select(UploadProblemRow).where(UploadProblemRow.upload_id == upload_id, UploadProblemRow.id > after)
            async with self._units.reading() as session:
                rows = list(await session.scalars(query.order_by(UploadProblemRow.id).limit(size)))
            for row in rows:
                yield Problem(**{name: getattr(row, name) for name in _PROBLEM})
            if len(rows) < size:
                return
            after, left = rows[-1].id, left and left - size


def _values(upload: Upload) -> dict[str, Any]:
    values = {each.name: getattr(upload, each.name) for each in fields(Upload)}
    return values | {"kind": upload.kind.value, "state": upload.state.value, "ignored": list(upload.ignored)}


def _upload(row: UploadRow) -> Upload:
    found = {each.name: getattr(row, each.name) for each in fields(Upload)}
    return Upload(
        **found | {"kind": Kind(row.kind), "state": State(row.state), "ignored": tuple(row.ignored)},
    )
