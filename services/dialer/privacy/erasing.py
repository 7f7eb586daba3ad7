"""Brings every wish to be forgotten to its end, whatever dies in between.

    requested ─▶ closing ─▶ erasing ─▶ sweeping ─▶ rewriting ─▶ finished

Closing: the person is on the do-not-call list, what is planned is cancelled, and a live call is ended first. Erasing:
every other service deletes what it has, and says so. Sweeping: the dialer deletes its own rows, and every message in
every stream. Rewriting: nothing names the person any more, and the database's files lose what is left over in them.
Each step may be done again: it finds nothing then. It may run in every replica.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from nats.errors import Error as NatsError
from nats.js.errors import APIError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.contacts import (
    ContactErased,
    ContactErasureBegan,
    ContactErasureFinished,
    ContactErasureRequested,
    Traces,
)
from contracts.streams import DIALER_ERASED, DIALER_ERASURES
from contracts.values import once_id
from services.dialer.domain.attempt import Attempt
from services.dialer.handlers import Handlers
from services.dialer.histories import UNCONCLUDED
from services.dialer.privacy.ledger import forget
from services.dialer.privacy.sweeping import Sweep
from services.dialer.privacy.tables import ErasureRow, PrivacyLogRow
from services.dialer.privacy.tracing import traces_of
from services.dialer.sources.tables import SourcedRow
from services.dialer.store import SqlLedger, SqlTransaction
from services.dialer.uploads.tables import UploadRow
from services.dialer.uploads.upload import State
from services.runtime.broker import Broker
from services.runtime.clock import Clock
from services.runtime.database import Database
from services.runtime.errors import Unavailable
from services.runtime.logs import logger

log = logger(__name__)

POLL_S = 1.0
OTHERS = ("conversation", "scheduler", "telemetry")
REQUESTED, CLOSING, ERASING, SWEEPING, REWRITING, FINISHED = (
    "requested",
    "closing",
    "erasing",
    "sweeping",
    "rewriting",
    "finished",
)
_PASSES = 5
"""The streams are searched until nothing is found: what was on its way at first has come to rest then."""


class Erasing:
    """`hang_up` ends a call at the carrier."""

    def __init__(
        self,
        ledger: SqlLedger,
        database: Database,
        handlers: Handlers,
        hang_up: Callable[[UUID, str], Awaitable[None]],
        broker: Broker,
        clock: Clock,
    ) -> None:
        self._ledger = ledger
        self._database = database
        self._handlers = handlers
        self._hang_up = hang_up
        self._broker = broker
        self._clock = clock
        self._woken = asyncio.Event()

    async def requested(self, event: ContactErasureRequested) -> None:
        """Note the wish."""
        async with self._ledger.begin() as transaction:
            if await transaction.first_time(DIALER_ERASURES, event):
                await self.note(transaction, event)
        self._woken.set()

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
            state=REQUESTED,
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

    def wake(self) -> None:
        """Something was noted."""
        self._woken.set()

    async def erased(self, event: ContactErased) -> None:
        """A service holds nothing on the person any more."""
        if event.erasure_id is None:
            return
        async with self._ledger.begin() as transaction:
            if not await transaction.first_time(DIALER_ERASED, event):
                return
            row = await self._locked(transaction.session, event.erasure_id)
            if row is not None and row.state == ERASING:
                row.removed = row.removed | {event.service: event.removed}
                row.remarks = [*row.remarks, *event.remarks]
        self._woken.set()

    async def run(self) -> None:
        """Work on what is open until cancelled."""
        while True:
            self._woken.clear()
            try:
                while await self.work():
                    pass
            except (Unavailable, NatsError, APIError, TimeoutError, OSError) as error:
                log.warning("an erasure waits", error=repr(error))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), POLL_S)

    async def work(self) -> bool:
        """Take every open erasure as far as it goes now. Whether any of them got on; raises what the broker raises,
        and Unavailable."""
        async with self._ledger.reading() as reader:
            query = select(ErasureRow).where(ErasureRow.state != FINISHED).order_by(ErasureRow.requested_at)
            found = list(await reader.session.scalars(query))
        steps: dict[str, Callable[[ErasureRow], Awaitable[bool]]] = {
            REQUESTED: self._close,
            CLOSING: self._begin,
            ERASING: self._gather,
            SWEEPING: self._sweep,
        }
        on = [await steps[row.state](row) for row in found if row.state in steps]
        rewriting = [row.erasure_id for row in found if row.state == REWRITING]
        if rewriting:
            await self._finish(rewriting)
        return any(on) or bool(rewriting)

    async def _close(self, row: ErasureRow) -> bool:
        """Nobody calls this person any more, and who does at this moment hangs up."""
        async with self._ledger.begin() as transaction:
            locked = await self._locked(transaction.session, row.erasure_id, REQUESTED)
            if locked is None or locked.lead_id is None:
                return False
            traces = await traces_of(transaction.session, locked.lead_id, locked.phone)
            live: set[UUID] = set()
            for phone in traces.phones or (None,):
                live |= set(await self._handlers.close_door(transaction, locked.lead_id, phone, None, None))
            locked.state = CLOSING
        for call_id in live:
            await self._hang_up(call_id, "the person asked to be forgotten")
        return True

    async def _begin(self, row: ErasureRow) -> bool:
        """When the last call is over and every list is read, tell the others."""
        live: list[UUID] = []
        began = False
        async with self._ledger.begin() as transaction:
            session = transaction.session
            locked = await self._locked(session, row.erasure_id, CLOSING)
            if locked is None or locked.lead_id is None:
                return False
            traces = await traces_of(session, locked.lead_id, locked.phone)
            attempts = [each for lead_id in traces.lead_ids for each in await transaction.attempts_of(lead_id)]
            open_ = [each for each in attempts if not self._is_over(each)]
            live = [each.call_id for each in open_ if each.live]
            if not open_ and not await self._reads_lists(session):
                locked.traces = traces.model_dump(mode="json")
                locked.state = ERASING
                began = True
                transaction.tell(
                    ContactErasureBegan(
                        event_id=once_id("erasure began", locked.erasure_id),
                        occurred_at=self._clock.now(),
                        causation_id=locked.erasure_id,
                        lead_id=locked.lead_id,
                        erasure_id=locked.erasure_id,
                        traces=traces,
                    )
                )
        for call_id in live:
            await self._hang_up(call_id, "the person asked to be forgotten")
        return began

    async def _gather(self, row: ErasureRow) -> bool:
        if not all(service in row.removed for service in OTHERS):
            return False
        async with self._ledger.begin() as transaction:
            locked = await self._locked(transaction.session, row.erasure_id, ERASING)
            if locked is not None:
                locked.state = SWEEPING
        return True

    async def _sweep(self, row: ErasureRow) -> bool:
        """Delete our rows and everybody's messages, and then what we needed to find them."""
        if row.lead_id is None:
            return False
        traces = Traces.model_validate(row.traces)
        streams: dict[str, int] = {}
        remarks = await self._remarks(traces)
        rows = await self._forget(traces, set())
        for _ in range(_PASSES):
            sweep = Sweep(self._broker, traces)
            removed, events = await sweep.erase()
            traces = traces.model_copy(update={"call_ids": tuple(sweep.call_ids)})
            _add(streams, removed)
            _add(rows, await self._forget(traces, events))
            remarks |= {f"the carrier keeps the recording {each}: delete it there" for each in sweep.recordings}
            if not removed:
                break
        async with self._ledger.begin() as transaction:
            locked = await self._locked(transaction.session, row.erasure_id, SWEEPING)
            if locked is not None:
                locked.removed = locked.removed | {"dialer": rows, "streams": streams}
                locked.remarks = sorted({*locked.remarks, *remarks})
                locked.requested_by = _impersonal(locked.requested_by, traces)
                for entry in await transaction.session.scalars(select(PrivacyLogRow)):
                    entry.who = _impersonal(entry.who, traces)
                locked.lead_id = locked.phone = locked.traces = None
                locked.state = REWRITING
        return True

    async def _finish(self, erasure_ids: list[UUID]) -> None:
        """Clean the files, once for all that have come so far, and tell it."""
        await self._database.rewrite()
        now = self._clock.now()
        async with self._ledger.begin() as transaction:
            for erasure_id in erasure_ids:
                row = await self._locked(transaction.session, erasure_id, REWRITING)
                if row is None:
                    continue
                row.state, row.finished_at = FINISHED, now
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
                    )
                )
                log.info("somebody was forgotten", erasure_id=str(erasure_id), removed=row.removed)

    async def _forget(self, traces: Traces, event_ids: set[str]) -> dict[str, int]:
        async with self._ledger.begin() as transaction:
            return await forget(transaction.session, traces, transaction.pseudonyms, event_ids)

    async def _remarks(self, traces: Traces) -> set[str]:
        """Where the person came from, and still is."""
        query = select(SourcedRow).where(SourcedRow.lead_id.in_(traces.lead_ids))
        async with self._ledger.reading() as reader:
            rows = (await reader.session.scalars(query)).all()
        return {f"{row.source} has the record {row.reference}: delete it there" for row in rows}

    def _is_over(self, attempt: Attempt) -> bool:
        """Whether nothing more will be told of a call. A conclusion is not waited for for ever."""
        late = attempt.ended_at is not None and attempt.ended_at < self._clock.now() - UNCONCLUDED
        return attempt.ended and (attempt.concluded_at is not None or late)

    async def _reads_lists(self, session: AsyncSession) -> bool:
        """Whether a list that may hold the person lies on the disk still."""
        real = self._clock.real()
        open_ = UploadRow.state.in_((State.WAITING.value, State.READING.value))
        recent = UploadRow.created_at > real - timedelta(hours=1)
        return await session.scalar(select(UploadRow.upload_id).where(open_, recent).limit(1)) is not None

    async def _locked(self, session: AsyncSession, erasure_id: UUID, state: str | None = None) -> Any:
        row = await session.get(ErasureRow, erasure_id, with_for_update=True, populate_existing=True)
        return row if row is None or state is None or row.state == state else None


def _add(sums: dict[str, int], more: dict[str, int]) -> None:
    for name, count in more.items():
        sums[name] = sums.get(name, 0) + count


def _impersonal(who: str, traces: Traces) -> str:
    """Who passed the wish on, unless that is the person."""
    named = [*traces.lead_ids, *traces.phones, *(phone[-9:] for phone in traces.phones), *traces.emails]
    return "the person" if any(each in who for each in named) else who
