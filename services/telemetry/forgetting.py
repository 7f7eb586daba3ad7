"""Forgets a person: deletes all that is kept of them, and keeps nothing that is still on its way."""

from collections.abc import Sequence
from typing import NoReturn
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.contacts import (
    ContactErased,
    ContactErasureBegan,
    ContactErasureWaits,
    Copy,
    CopyState,
    Traces,
)
from contracts.event import Event
from contracts.holdings import AskHoldings, HoldingsShown
from services.runtime.broker import Broker
from services.runtime.clock import Clock
from services.runtime.errors import Unavailable
from services.runtime.personal_rows import PersonalRows, keys_of, page_of, words_of
from services.runtime.pseudonyms import Pseudonyms
from services.runtime.unit_of_work import Units
from services.telemetry.domain.facts import Fact
from services.telemetry.exports.ledger import REAL
from services.telemetry.exports.recalling import Recalling, told_of
from services.telemetry.tables import Base, CallRow, ForgottenRow

NAME = "telemetry"
AT_ONCE = 20
"""People who are forgotten together: the database is rewritten once for all of them."""
_MERGE_INDEX = "INSERT INTO transcripts_words(transcripts_words) VALUES ('optimize')"
"""SQLite's full-text index keeps the words of deleted rows until its parts are merged."""
_NEVER = ("endpoints", "secrets", "rebuilds", "forgotten", "users", "logins", "console_keys")


class Forgetting:
    """Doing it again finds nothing."""

    def __init__(
        self, units: Units, broker: Broker, clock: Clock, pseudonyms: Pseudonyms, recalling: Recalling
    ) -> None:
        self._units = units
        self._broker = broker
        self._clock = clock
        self._pseudonyms = pseudonyms
        self._recalling = recalling
        self._rows = PersonalRows(Base.metadata, _NEVER)
        self._waiting: dict[UUID, list[Copy]] = {}
        """What each erasure was last said to wait for."""

    async def prepare(self) -> None:
        """Raises Refused if PRIVACY_SECRET is not what it was."""
        async with self._units.begin() as unit:
            await self._pseudonyms.prepare(unit.session)

    async def forget(self, event: ContactErasureBegan) -> None:
        """Delete facts, records, transcripts with their index, news for others, and what waits to be told. Raises
        Unavailable as long as a CRM does not delete what it has, for a day at most."""
        asked = REAL.now()
        copies = await self._recall(event)
        async with self._units.begin() as unit:
            session = unit.session
            await self._close(session)
            traces = await self._with_calls(session, event.traces)
            again = await self._recalling.told_meanwhile(session, traces, event.occurred_at, asked)
            if not again:
                remarks = await told_of(session, traces, besides=self._recalling.holders)
                await self._remember(session, traces)
                removed = await self._rows.delete(session, keys_of(traces), words_of(traces))
        if again:
            await self._wait(event, copies, "a CRM was told of them while it was asked to delete what it had")
        await self._units.database.rewrite(_MERGE_INDEX)
        await self._broker.tell(  # not through the outbox, which would write the id down again
            ContactErased.answering(
                event, NAME, self._clock.now(), removed=removed, remarks=remarks, copies=tuple(copies)
            )
        )
        self._waiting.pop(event.erasure_id, None)

    async def show(self, request: AskHoldings) -> HoldingsShown:
        """What telemetry holds on a person."""
        async with self._units.reading() as session:
            traces = await self._with_calls(session, request.traces)
            held = await self._rows.read(session, keys_of(traces), words_of(traces))
        return page_of(held, request)

    async def _recall(self, event: ContactErasureBegan) -> list[Copy]:
        """What CRMs held, and what has become of it. Raises Unavailable while one of them is waited for."""
        async with self._units.reading() as session:
            traces = await self._with_calls(session, event.traces)
        copies = await self._recalling.recall(traces, event.occurred_at)
        pending = [copy for copy in copies if copy.state is CopyState.PENDING]
        if pending:
            await self._wait(event, copies, "; ".join(f"{copy.holder}: {copy.reason}" for copy in pending))
        return copies

    async def _wait(self, event: ContactErasureBegan, copies: Sequence[Copy], why: str) -> NoReturn:
        """Tell what was deleted and what is waited for, unless that was told before; raises Unavailable."""
        pending = [copy for copy in copies if copy.state is CopyState.PENDING]
        news = [copy for copy in copies if copy.state is CopyState.DELETED and copy.count]
        news += pending if pending != self._waiting.get(event.erasure_id) else []
        self._waiting[event.erasure_id] = pending
        if news:
            await self._broker.tell(
                ContactErasureWaits(
                    occurred_at=self._clock.now(),
                    causation_id=event.event_id,
                    lead_id=event.lead_id,
                    service=NAME,
                    erasure_id=event.erasure_id,
                    copies=tuple(news),
                )
            )
        raise Unavailable(f"somebody is not forgotten yet: {why}")

    async def _close(self, session: AsyncSession) -> None:
        """Wait for those who have looked whom to forget and not yet kept what they read. SQLite has one writer."""
        if not self._units.database.is_sqlite:
            await session.execute(text("LOCK TABLE forgotten IN ACCESS EXCLUSIVE MODE"))

    async def _with_calls(self, session: AsyncSession, traces: Traces) -> Traces:
        known = await session.scalars(select(CallRow.call_id).where(CallRow.lead_id.in_(traces.lead_ids)))
        return traces.model_copy(update={"call_ids": tuple(sorted({*traces.call_ids, *known}))})

    async def _remember(self, session: AsyncSession, traces: Traces) -> None:
        for name in (*traces.lead_ids, *map(str, traces.call_ids)):
            await session.merge(ForgottenRow(key=await self._pseudonyms.of(session, name)))
        await session.flush()


class Others:
    """Leaves out facts about people who were forgotten."""

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        self._pseudonyms = pseudonyms

    async def __call__(self, session: AsyncSession, facts: Sequence[Fact[Event]]) -> Sequence[Fact[Event]]:
        """The others' facts. Whoever asks so holds back an erasure until what is kept is kept."""
        if await session.scalar(select(ForgottenRow.key).limit(1)) is None:
            return facts
        hashes = await self._pseudonyms.all_of(session, {name for fact in facts for name in _names(fact)})
        keys = [each for theirs in hashes.values() for each in theirs]
        found = set(await session.scalars(select(ForgottenRow.key).where(ForgottenRow.key.in_(keys))))
        gone = {name for name, theirs in hashes.items() if not found.isdisjoint(theirs)}
        return [fact for fact in facts if gone.isdisjoint(_names(fact))]


def _names(fact: Fact[Event]) -> set[str]:
    names = (getattr(fact.event, "lead_id", None), fact.call_id)
    return {str(name) for name in names if name is not None}
