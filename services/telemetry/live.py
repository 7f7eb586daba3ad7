"""The calls in progress, for whoever watches them: a fold of live facts that runs only while somebody does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

from contracts.calls import CallConcluded, CallEnded, CallRequested, CallStarted
from contracts.event import Event
from contracts.telemetry import CallLogged
from services.runtime.clock import Clock
from services.telemetry.domain.call_record import CallRecord
from services.telemetry.domain.facts import Fact, Facts
from services.telemetry.domain.folding import record_of
from services.telemetry.ports import Archive, Feed

QUIET = timedelta(minutes=15)
"""A call of which nothing was heard for so long is not in progress, whatever is missing from its record."""

BACKLOG_MAX = 5000
"""How many changed calls wait for one watcher at most; one who has not read so many is gone."""

_REAL = Clock()
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Watcher:
    """What one client has not been shown yet. A slow one misses steps in between, never the latest state."""

    def __init__(self) -> None:
        self.calls: dict[UUID, Facts] = {}
        self.logged = False
        self.closed = False
        self._news = asyncio.Event()

    def show(self, facts: Facts) -> None:
        self.calls[facts.call_id] = facts
        self._wake()

    def tell_logged(self) -> None:
        self.logged = True
        self._wake()

    def close(self) -> None:
        self.closed = True
        self._news.set()

    async def news(self) -> tuple[list[CallRecord], bool]:
        """Calls as they now stand, and whether more calls were logged. Waits for either, or for the end."""
        await self._news.wait()
        if not self.closed:
            self._news.clear()
        calls, self.calls = self.calls, {}
        logged, self.logged = self.logged, False
        return [record_of(facts) for facts in calls.values()], logged

    def _wake(self) -> None:
        if len(self.calls) > BACKLOG_MAX:
            self.close()
        self._news.set()


class Live:
    """The calls in progress. It follows the streams from the first watcher to the last."""

    def __init__(self, feed: Feed, archive: Archive) -> None:
        self._feed = feed
        self._archive = archive
        self._watchers: set[Watcher] = set()
        self._calls: dict[UUID, Facts] = {}
        self._waiting: list[Fact[Event]] | None = None
        """Facts heard before the stored ones were read; None from then on."""
        self._opening = asyncio.Lock()

    @property
    def watched(self) -> int:
        """How many clients watch."""
        return len(self._watchers)

    async def calls(self) -> list[CallRecord]:
        """The calls in progress as far as they are stored, the newest first."""
        records = [record_of(facts) for facts in await self._archive.in_progress(_REAL.now() - QUIET)]
        return sorted(records, key=lambda record: record.requested_at or _LONG_AGO, reverse=True)

    @asynccontextmanager
    async def watch(self) -> AsyncIterator[Watcher]:
        """A watcher, who first hears of every call in progress. Raises Unavailable."""
        watcher = Watcher()
        async with self._opening:
            if not self._watchers:
                await self._open()
            self._watchers.add(watcher)
        for facts in self._calls.values():
            watcher.show(facts)
        try:
            yield watcher
        finally:
            self._watchers.discard(watcher)
            await asyncio.shield(self._close_unwatched())

    async def close(self) -> None:
        """Send every watcher away."""
        for watcher in list(self._watchers):
            watcher.close()
        self._watchers.clear()
        await self._close_unwatched()

    async def _open(self) -> None:
        self._waiting = []
        try:
            await self._feed.open(self._hear)
            stored = await self._archive.in_progress(_REAL.now() - QUIET)
        except BaseException:
            await self._feed.close()
            raise
        self._calls = {facts.call_id: facts for facts in stored}
        waiting, self._waiting = self._waiting, None
        for fact in waiting:
            self._hear(fact)

    async def _close_unwatched(self) -> None:
        async with self._opening:
            if not self._watchers:
                await self._feed.close()
                self._calls = {}

    def _hear(self, fact: Fact[Event]) -> None:
        if self._waiting is not None:
            self._waiting.append(fact)
            return
        event, call_id = fact.event, fact.call_id
        if call_id is None:
            return
        if isinstance(event, CallLogged):
            for watcher in self._watchers:
                watcher.tell_logged()
            return
        if isinstance(event, CallRequested | CallStarted) and call_id not in self._calls:
            self._calls[call_id] = Facts(call_id)
        facts = self._calls.get(call_id)
        if facts is None or not facts.add(fact):
            return
        if isinstance(event, CallEnded | CallConcluded) and record_of(facts).complete:
            del self._calls[call_id]
        for watcher in self._watchers:
            watcher.show(facts)
