"""The end of erasures: what others hold is asked for, the database's files lose what is left over in them, once for all
erasures that have come so far, and the receipt is told."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from contracts.contacts import ContactErasureFinished
from contracts.values import once_id
from services.dialer.domain.attempt import AttemptState
from services.dialer.privacy.copies import copies_of
from services.dialer.privacy.recalling import Recalling
from services.dialer.privacy.tables import ErasureRow, ErasureState, PrivacyLogRow
from services.dialer.privacy.wishes import locked
from services.dialer.store import SqlLedger
from services.dialer.tables import AttemptRow
from services.runtime.clock import Clock
from services.runtime.database import Database
from services.runtime.logs import logger

log = logger(__name__)

QUICK_BYTES = 64 * 2**20
"""A database of this size is rewritten before anybody notices."""
PATIENCE = timedelta(days=1)
"""How long a rewrite of a larger one waits until nobody is on the phone."""


class Finishing:
    """Doing it again changes nothing."""

    def __init__(self, ledger: SqlLedger, database: Database, recalling: Recalling, clock: Clock) -> None:
        self._ledger = ledger
        self._database = database
        self._recalling = recalling
        self._clock = clock

    async def finish(self, rows: Sequence[ErasureRow]) -> bool:
        """Finish erasures that hold nothing on anybody any more. False if that would disturb a call."""
        erasure_ids = [row.erasure_id for row in rows]
        await self._recalling.ask(erasure_ids)
        if await self._disturbs(min(row.requested_at for row in rows)):
            return False
        await self._database.rewrite()
        now = self._clock.now()
        async with self._ledger.begin() as transaction:
            copies = await copies_of(transaction.session, erasure_ids)
            for erasure_id in erasure_ids:
                row = await locked(transaction.session, erasure_id, ErasureState.REWRITING)
                if row is None:
                    continue
                row.state, row.finished_at = ErasureState.FINISHED, now
                transaction.session.add(
                    PrivacyLogRow(at=now, who="dialer", did="erased", person=row.person, detail="; ".join(row.remarks))
                )
                transaction.tell(
                    ContactErasureFinished(
                        event_id=once_id("erasure finished", erasure_id),
                        occurred_at=now,
                        person=row.person,
                        erasure_id=erasure_id,
                        requested_at=row.requested_at,
                        removed=row.removed,
                        remarks=tuple(row.remarks),
                        copies=copies[erasure_id],
                    )
                )
                log.info("somebody was forgotten", erasure_id=str(erasure_id), removed=row.removed)
        return True

    async def _disturbs(self, since: datetime) -> bool:
        """Whether somebody on the phone would notice that nothing is written for seconds. At night nobody is."""
        if self._database.size <= QUICK_BYTES or since < self._clock.now() - PATIENCE:
            return False
        talking = AttemptRow.state.in_((AttemptState.SUBMITTING.value, AttemptState.SUBMITTED.value))
        async with self._ledger.reading() as reader:
            return await reader.session.scalar(select(AttemptRow.call_id).where(talking).limit(1)) is not None
