"""What is heard of wishes to be forgotten: that there is one, and how far the other services are with it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.contacts import ContactErased, ContactErasureRequested, ContactErasureWaits
from contracts.streams import DIALER_ERASED, DIALER_ERASURE_WAITS, DIALER_ERASURES
from services.dialer.privacy.copies import note_told
from services.dialer.privacy.tables import ErasureRow, ErasureState, PrivacyLogRow
from services.dialer.store import SqlLedger, SqlTransaction
from services.runtime.clock import Clock


class Wishes:
    """Notes each once. `wake` stirs whoever fulfils them."""

    def __init__(self, ledger: SqlLedger, clock: Clock, wake: Callable[[], None]) -> None:
        self._ledger = ledger
        self._clock = clock
        self.wake = wake

    async def requested(self, event: ContactErasureRequested) -> None:
        """Note the wish."""
        async with self._ledger.begin() as transaction:
            if await transaction.first_time(DIALER_ERASURES, event):
                await self.note(transaction, event)
        self.wake()

    async def note(self, transaction: SqlTransaction, event: ContactErasureRequested) -> None:
        """Note a wish in a transaction of somebody else's, as one who heard of it."""
        session = transaction.session
        if await session.get(ErasureRow, event.event_id) is not None:
            return
        person = await transaction.pseudonyms.of(session, event.phone or event.lead_id)
        now = self._clock.now()
        row = ErasureRow(
            erasure_id=event.event_id,
            person=person,
            state=ErasureState.REQUESTED,
            requested_by=event.requested_by,
            requested_at=now,
            lead_id=event.lead_id,
            phone=event.phone,
            traces=None,
            removed={},
            remarks=[],
            finished_at=None,
        )
        session.add(row)
        session.add(PrivacyLogRow(at=now, who=event.requested_by, did="erasure requested", person=person, detail=""))

    async def erased(self, event: ContactErased) -> None:
        """A service holds nothing on the person any more."""
        if event.erasure_id is None:
            return
        async with self._ledger.begin() as transaction:
            if not await transaction.first_time(DIALER_ERASED, event):
                return
            row = await locked(transaction.session, event.erasure_id, ErasureState.ERASING)
            if row is not None:
                row.removed = row.removed | {event.service: event.removed}
                row.remarks = [*row.remarks, *event.remarks]
                await note_told(transaction.session, event.erasure_id, event.copies)
        self.wake()

    async def waits(self, event: ContactErasureWaits) -> None:
        """A service is held up by somebody outside."""
        async with self._ledger.begin() as transaction:
            if not await transaction.first_time(DIALER_ERASURE_WAITS, event):
                return
            row = await locked(transaction.session, event.erasure_id, ErasureState.ERASING)
            if row is not None and event.service not in row.removed:
                await note_told(transaction.session, event.erasure_id, event.copies)


async def locked(session: AsyncSession, erasure_id: UUID, state: ErasureState) -> Any:
    """The row of an erasure, held until the end of the transaction; None unless it stands there."""
    row = await session.get(ErasureRow, erasure_id, with_for_update=True, populate_existing=True)
    return row if row is not None and row.state == state else None
