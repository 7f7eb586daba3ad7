"""Brings every wish to be forgotten to its end, whatever dies in between.

    requested ─▶ closing ─▶ erasing ─▶ sweeping ─▶ rewriting ─▶ finished

Closing: the person is on the do-not-call list, what is planned is cancelled, and a live call is ended first. Erasing:
every other service deletes what it has, and says so. Sweeping: the dialer deletes its own rows, and every message in
every stream. Rewriting: nothing names the person any more, and the database's files lose what is left over in them.
Each step may be done again: it finds nothing then. It may run in every replica.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from uuid import UUID

from nats.errors import Error as NatsError
from nats.js.errors import APIError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.contacts import ContactErasureBegan, Traces
from contracts.values import once_id
from services.dialer.domain.attempt import Attempt
from services.dialer.handlers import Handlers
from services.dialer.histories import UNCONCLUDED
from services.dialer.privacy.copies import note_copies, note_recordings
from services.dialer.privacy.finishing import Finishing
from services.dialer.privacy.ledger import forget
from services.dialer.privacy.sweeping import Sweep
from services.dialer.privacy.tables import ErasureRow, ErasureState, PrivacyLogRow
from services.dialer.privacy.tracing import traces_of
from services.dialer.privacy.wishes import locked
from services.dialer.store import SqlLedger
from services.dialer.uploads.tables import UploadRow
from services.dialer.uploads.upload import State
from services.runtime.broker import Broker
from services.runtime.clock import Clock
from services.runtime.errors import Unavailable
from services.runtime.logs import logger

log = logger(__name__)

POLL_S = 1.0
"""How often to look how far open erasures have come."""
IDLE_S = 5.0
"""How often to look for one that another replica noted."""
OTHERS = ("conversation", "scheduler", "telemetry")
_PASSES = 5
"""The streams are searched until nothing is found: what was on its way at first has come to rest then."""


class Erasing:
    """`hang_up` ends a call at the carrier; `in_crms` says whether CRMs are asked to delete what they have."""

    def __init__(
        self,
        ledger: SqlLedger,
        handlers: Handlers,
        hang_up: Callable[[UUID, str], Awaitable[None]],
        finishing: Finishing,
        broker: Broker,
        clock: Clock,
        *,
        in_crms: bool,
    ) -> None:
        self._ledger = ledger
        self._handlers = handlers
        self._hang_up = hang_up
        self._finishing = finishing
        self._broker = broker
        self._clock = clock
        self._in_crms = in_crms
        self._woken = asyncio.Event()
        self._any_open = False

    def wake(self) -> None:
        """Something was noted."""
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
                await asyncio.wait_for(self._woken.wait(), POLL_S if self._any_open else IDLE_S)

    async def work(self) -> bool:
        """Take every open erasure as far as it goes now. Whether any of them got on; raises what the broker raises,
        and Unavailable."""
        async with self._ledger.reading() as reader:
            query = (
                select(ErasureRow).where(ErasureRow.state != ErasureState.FINISHED).order_by(ErasureRow.requested_at)
            )
            found = list(await reader.session.scalars(query))
        self._any_open = bool(found)
        steps: dict[str, Callable[[ErasureRow], Awaitable[bool]]] = {
            ErasureState.REQUESTED: self._close,
            ErasureState.CLOSING: self._begin,
            ErasureState.ERASING: self._gather,
            ErasureState.SWEEPING: self._sweep,
        }
        on = [await steps[row.state](row) for row in found if row.state in steps]
        rewriting = [row for row in found if row.state == ErasureState.REWRITING]
        finished = bool(rewriting) and await self._finishing.finish(rewriting)
        return any(on) or finished

    async def _close(self, row: ErasureRow) -> bool:
        """Nobody calls this person any more, and who does at this moment hangs up."""
        async with self._ledger.begin() as transaction:
            ours = await locked(transaction.session, row.erasure_id, ErasureState.REQUESTED)
            if ours is None or ours.lead_id is None:
                return False
            traces = await traces_of(transaction.session, ours.lead_id, ours.phone)
            live: set[UUID] = set()
            for phone in traces.phones or (None,):
                live |= set(await self._handlers.close_door(transaction, ours.lead_id, phone, None, None))
            ours.state = ErasureState.CLOSING
        for call_id in live:
            await self._hang_up(call_id, "the person asked to be forgotten")
        return True

    async def _begin(self, row: ErasureRow) -> bool:
        """When the last call is over and every list is read, tell the others."""
        live: list[UUID] = []
        began = False
        async with self._ledger.begin() as transaction:
            session = transaction.session
            ours = await locked(session, row.erasure_id, ErasureState.CLOSING)
            if ours is None or ours.lead_id is None:
                return False
            traces = await traces_of(session, ours.lead_id, ours.phone)
            attempts = [each for lead_id in traces.lead_ids for each in await transaction.attempts_of(lead_id)]
            open_ = [each for each in attempts if not self._is_over(each)]
            live = [each.call_id for each in open_ if each.live]
            if not open_ and not await self._reads_lists(session):
                ours.traces = traces.model_dump(mode="json")
                ours.state = ErasureState.ERASING
                began = True
                transaction.tell(
                    ContactErasureBegan(
                        event_id=once_id("erasure began", ours.erasure_id),
                        occurred_at=self._clock.now(),
                        causation_id=ours.erasure_id,
                        lead_id=ours.lead_id,
                        erasure_id=ours.erasure_id,
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
            ours = await locked(transaction.session, row.erasure_id, ErasureState.ERASING)
            if ours is not None:
                ours.state = ErasureState.SWEEPING
        return True

    async def _sweep(self, row: ErasureRow) -> bool:
        """Delete our rows and everybody's messages, and then what we needed to find them."""
        if row.lead_id is None:
            return False
        traces = Traces.model_validate(row.traces)
        streams: dict[str, int] = {}
        async with self._ledger.begin() as transaction:
            real = self._clock.real()
            await note_copies(transaction.session, row.erasure_id, traces, real, in_crms=self._in_crms)

        async def note(recordings: Mapping[str, str]) -> None:
            async with self._ledger.begin() as transaction:
                await note_recordings(transaction.session, row.erasure_id, recordings, self._clock.real())

        rows = await self._forget(traces, set())
        for _ in range(_PASSES):
            sweep = Sweep(self._broker, traces)
            removed, events = await sweep.erase(note)
            traces = traces.model_copy(update={"call_ids": tuple(sweep.call_ids)})
            _add(streams, removed)
            _add(rows, await self._forget(traces, events))
            if not removed:
                break
        async with self._ledger.begin() as transaction:
            ours = await locked(transaction.session, row.erasure_id, ErasureState.SWEEPING)
            if ours is not None:
                ours.removed = ours.removed | {"dialer": rows, "streams": streams}
                ours.remarks = sorted(set(ours.remarks))
                ours.requested_by = _impersonal(ours.requested_by, traces)
                for entry in await transaction.session.scalars(select(PrivacyLogRow)):
                    entry.who = _impersonal(entry.who, traces)
                ours.lead_id = ours.phone = ours.traces = None
                ours.state = ErasureState.REWRITING
        return True

    async def _forget(self, traces: Traces, event_ids: set[str]) -> dict[str, int]:
        async with self._ledger.begin() as transaction:
            return await forget(transaction.session, traces, transaction.pseudonyms, event_ids)

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


def _add(sums: dict[str, int], more: dict[str, int]) -> None:
    for name, count in more.items():
        sums[name] = sums.get(name, 0) + count


def _impersonal(who: str, traces: Traces) -> str:
    """Who passed the wish on, unless that is the person."""
    named = [*traces.lead_ids, *traces.phones, *(phone[-9:] for phone in traces.phones), *traces.emails]
    return "the person" if any(each in who for each in named) else who
