"""Asks those who hold something of somebody who was erased, or what has been kept for long enough, to delete it, until
they have, however long that takes. By then nothing here names the person any more, so the erasure itself does not wait
for them."""

import asyncio
import random
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, select, update

from contracts.contacts import CopyState
from services.dialer.ports.carrier import Carrier
from services.dialer.ports.crm import LeadSource
from services.dialer.privacy.copies import CALL, RECORDING, note_recordings
from services.dialer.privacy.tables import CopyRow, ErasureRow, ErasureState, PrivacyLogRow
from services.dialer.store import SqlLedger
from services.runtime.backoff import Backoff
from services.runtime.clock import Clock
from services.runtime.errors import Refused, Unavailable
from services.runtime.logs import logger

log = logger(__name__)

TICK_S = 5.0
AT_ONCE = 100
BACKOFF = Backoff(timedelta(seconds=5), timedelta(hours=6), factor=3, jitter=0.2)
ORPHANS_COME = timedelta(hours=1)
"""How long after an erasure a recording may become ready of a call that it ended."""
NO_SOURCE = "nothing here can ask for it any more, since the settings were removed: delete it there"
_GONE: dict[str, Any] = {
    "state": CopyState.DELETED,
    "reason": None,
    "look_at": None,
    "reference": None,
    "place": None,
}


class Recalling:
    """Asks for one after the other. It may run in every replica: what is gone is no error."""

    def __init__(self, ledger: SqlLedger, carrier: Carrier, sources: Iterable[LeadSource], clock: Clock) -> None:
        self._ledger = ledger
        self._carrier = carrier
        self._sources = {source.name: source for source in sources}
        self._clock = clock
        self._asking = asyncio.Lock()

    async def run(self) -> None:
        """Ask until cancelled."""
        while True:
            try:
                await self.ask()
            except Unavailable as error:
                log.warning("what others hold waits", error=error.detail)
            await asyncio.sleep(TICK_S)

    async def ask(self, erasure_ids: Collection[UUID] | None = None) -> None:
        """Ask once for all that is due, or for what was never asked for of some erasures. Raises Unavailable if the
        database does not answer."""
        due = [CopyRow.state == CopyState.PENDING, CopyRow.look_at <= self._clock.real()]
        if erasure_ids is not None:
            due += [CopyRow.erasure_id.in_(erasure_ids), CopyRow.attempts == 0]
        async with self._asking:
            async with self._ledger.reading() as reader:
                rows = await reader.session.scalars(select(CopyRow).where(*due).order_by(CopyRow.id).limit(AT_ONCE))
                found = list(rows)
            away: dict[str, Unavailable] = {}
            for row in found:
                await self._ask_for(row, away)

    async def orphaned(self, recording_id: str, url: str) -> None:
        """A recording became ready whose call nobody knows. If somebody has just been erased, it is of their last
        call."""
        now = self._clock.now()
        ours = ErasureRow.state.in_((ErasureState.SWEEPING, ErasureState.REWRITING, ErasureState.FINISHED))
        fresh = or_(ErasureRow.finished_at.is_(None), ErasureRow.finished_at > now - ORPHANS_COME)
        newest = select(ErasureRow.erasure_id).where(ours, fresh).order_by(ErasureRow.requested_at.desc()).limit(1)
        async with self._ledger.begin() as transaction:
            erasure_id = await transaction.session.scalar(newest)
            if erasure_id is not None:
                await note_recordings(transaction.session, erasure_id, {recording_id: url}, self._clock.real())

    async def _ask_for(self, row: CopyRow, away: dict[str, Unavailable]) -> None:
        """Ask one holder; one that is away is not asked again and again in one round."""
        gone: list[str] = []
        values = _GONE
        try:
            if row.holder in away:
                raise away[row.holder]
            await self._try(row, gone)
        except Unavailable as error:
            away[row.holder] = error
            wait = BACKOFF.after(row.attempts + 1, random.uniform(-1, 1))  # noqa: S311  not a secret
            values = {"reason": error.detail, "look_at": self._clock.real() + wait}
            log.warning("what somebody holds is not deleted yet", holder=row.holder, what=row.what, why=error.detail)
        except Refused as error:
            values = {"state": CopyState.FAILED, "reason": error.detail, "look_at": None}
            log.error(
                "what somebody holds is to be deleted by hand", holder=row.holder, what=row.what, why=error.detail
            )
        await self._settle(row, values, gone)

    async def _try(self, row: CopyRow, gone: list[str]) -> None:
        """Also what nobody expected is no reason to leave an erasure unfinished. Raises Unavailable, Refused."""
        try:
            await self._delete(row, gone)
        except (Unavailable, Refused):
            raise
        except Exception as error:
            log.error("deleting what somebody holds failed", holder=row.holder, what=row.what, exc_info=error)
            raise Unavailable(f"it failed; the log says why: {type(error).__name__}") from error

    async def _delete(self, row: CopyRow, gone: list[str]) -> None:
        """Have deleted what a row stands for; `gone` hears of each that went. Raises Unavailable, Refused."""
        reference = row.reference or ""
        if row.what == CALL:
            for recording_id in await self._carrier.recordings(reference):
                gone += [recording_id] if await self._carrier.delete_recording(recording_id) else []
        elif row.what == RECORDING:
            if await self._carrier.delete_recording(reference, row.place):
                gone.append(reference)
        elif await self._delete_lead(row.holder, reference):
            gone.append(reference)

    async def _delete_lead(self, source: str, reference: str) -> bool:
        if source not in self._sources:
            raise Refused(NO_SOURCE)
        try:
            return await self._sources[source].delete(reference)
        except Refused as error:  # until somebody mends the settings
            raise Unavailable(error.detail) from error

    async def _settle(self, row: CopyRow, values: dict[str, Any], gone: Sequence[str]) -> None:
        this = CopyRow.id == row.id, CopyRow.state == CopyState.PENDING
        counted = {"attempts": CopyRow.attempts + 1, "count": CopyRow.count + len(gone)}
        async with self._ledger.begin() as transaction:
            session = transaction.session
            if row.erasure_id is None and values is _GONE:  # nobody waits for a receipt
                await session.execute(delete(CopyRow).where(*this))
                return
            await session.execute(update(CopyRow).where(*this).values(**values, **counted))
            if row.what == CALL:  # and those of them that were told of
                same = CopyRow.erasure_id == row.erasure_id, CopyRow.what == RECORDING, CopyRow.reference.in_(gone)
                await session.execute(update(CopyRow).where(*same).values(**_GONE))
            erasure = await session.get(ErasureRow, row.erasure_id) if row.erasure_id is not None else None
            if gone and erasure is not None and erasure.finished_at is not None:
                about = f"{len(gone)} at {row.holder}: {row.what}"
                now, who = self._clock.now(), "dialer"
                session.add(PrivacyLogRow(at=now, who=who, did="deleted", person=erasure.person, detail=about))
