"""Folds the streams anew into the store, for as far back as they are kept.

It reads every stream from its first message, keeps each fact that the store does not hold, and then folds every
call again. Nothing is deleted: a call whose facts are gone keeps the record it has, and one that the store never
knew gets back what `telemetry.calls.logged` told of it. It goes on where an interrupted one stopped, and doing it
twice changes nothing.

The service may go on running meanwhile: a fact is one row, named by its place in its stream, whoever stores it; a
call is folded under a lock on its row; and that it was logged is decided in the transaction that folds it, after
the calls that were ever logged have been read.
"""

import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.event import Event
from contracts.streams import (
    TELEMETRY_CALLS,
    TELEMETRY_CONTACTS,
    TELEMETRY_LEADS,
    TELEMETRY_MEETINGS,
    TELEMETRY_TURNS,
    Consumer,
)
from contracts.telemetry import CallLogged
from services.runtime.broker import Broker
from services.runtime.dead_letters import is_for
from services.runtime.errors import InvalidMessage, Unavailable
from services.runtime.unit_of_work import Units
from services.telemetry.domain.facts import Fact
from services.telemetry.handlers import Recorder
from services.telemetry.messages import fact_in
from services.telemetry.ports import RebuildLedger

LOGGED = Consumer("logged calls", "TELEMETRY", (CallLogged.subject_template,))
STREAMS = (LOGGED, TELEMETRY_TURNS, TELEMETRY_MEETINGS, TELEMETRY_CONTACTS, TELEMETRY_LEADS, TELEMETRY_CALLS)
"""In this order: what was logged is known before a call can be found complete, and a call's own facts come last, so
that nothing of other streams is missing when it is."""

READ_BATCH = 500
FOLD_BATCH = 25
FETCH_S = 5.0
IDLE_S = 300.0
"""How long the server keeps the consumer of a rebuild that has died."""
FOLDING = "calls"

Report = Callable[[str, int, int], None]
"""Hears the part, how much of it is done, and of how much."""


class Rebuild:
    """One run over streams and calls."""

    def __init__(
        self, broker: Broker, units: Units, ledger: Callable[[AsyncSession], RebuildLedger], recorder: Recorder
    ) -> None:
        self._broker = broker
        self._units = units
        self._ledger = ledger
        self._recorder = recorder
        self.unreadable = 0
        """Messages passed over; they went to the dead letters when they were first read."""

    async def run(self, report: Report = lambda *_: None, *, from_start: bool = False) -> int:
        """Read and fold everything; `from_start` forgets an interrupted run. Returns how many calls were folded.

        Raises Unavailable if broker or database go away; run it again to go on.
        """
        if from_start:
            await self._forget()
        for source in STREAMS:
            try:
                await self._read(source, report)
            except (NatsError, TimeoutError, OSError) as error:
                raise Unavailable(f"the broker went away ({error!r}); run `messiah rebuild` again to go on") from error
        folded = await self._fold(report)
        while await self._units.relay.publish_batch():
            pass
        await self._forget()
        return folded

    async def _read(self, source: Consumer, report: Report) -> None:
        state = (await self._broker.js.stream_info(source.stream)).state
        async with self._units.reading() as session:
            done = int(await self._ledger(session).position(source.name) or 0)
        if done > state.last_seq:  # of a stream that was made anew since
            done = 0
        filters = list(source.subjects)
        subscription = await self._broker.js.pull_subscribe(
            filters[0],
            stream=source.stream,
            config=ConsumerConfig(
                filter_subjects=filters if len(filters) > 1 else None,
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                opt_start_seq=done + 1,
                ack_policy=AckPolicy.NONE,
                inactive_threshold=IDLE_S,
            ),
        )
        try:
            pending = (await subscription.consumer_info()).num_pending or 0
            while pending and done < state.last_seq:
                messages = await subscription.fetch(min(READ_BATCH, pending), timeout=FETCH_S)
                place = messages[-1].metadata
                done, pending = place.sequence.stream, place.num_pending
                await self._keep(source, messages)
                report(source.name, done, state.last_seq)
        finally:
            with contextlib.suppress(NatsError):
                await subscription.unsubscribe()

    async def _keep(self, source: Consumer, messages: Sequence[Msg]) -> None:
        """Keep a batch and how far it reaches, in one transaction."""
        facts: list[Fact[Event]] = []
        logged: list[tuple[CallLogged, datetime]] = []
        for message in messages:
            try:
                fact = fact_in(message) if is_for(message.headers, source.name) else None
            except InvalidMessage:
                self.unreadable += 1
                continue
            if fact is not None and isinstance(fact.event, CallLogged):
                logged.append((fact.event, fact.stored_at))
            elif fact is not None:
                facts.append(fact)
        async with self._units.begin() as unit:
            ledger = self._ledger(unit.session)
            await ledger.keep_logged(logged)
            known = await self._recorder.of_others(unit.session, facts)
            await ledger.keep(known, self._recorder.due_at())
            await ledger.move(source.name, str(messages[-1].metadata.sequence.stream))

    async def _fold(self, report: Report) -> int:
        async with self._units.reading() as session:
            ledger = self._ledger(session)
            total, position = await ledger.count(), await ledger.position(FOLDING)
        done, last = 0, UUID(position) if position else None
        while True:
            async with self._units.begin() as unit:
                ledger = self._ledger(unit.session)
                calls, last = await ledger.calls_after(last, FOLD_BATCH)
                if last is None:
                    return done
                for call in calls:
                    await self._recorder.fold(unit, ledger, call)
                await ledger.move(FOLDING, str(last))
            done += len(calls)
            report(FOLDING, done, total)

    async def _forget(self) -> None:
        async with self._units.begin() as unit:
            await self._ledger(unit.session).forget()
