"""When representatives are busy by their own calendars, for somebody who waits: remembered for seconds, and bounded.

A calendar that does not answer in time goes on being asked behind the scenes, and is not waited for again until its
answer is there or the cache has expired: one silent calendar costs one caller one deadline, not each of them.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.runtime.clock import Clock
from services.runtime.errors import Unavailable
from services.runtime.logs import logger
from services.scheduler.calendars.directory import Directory
from services.scheduler.domain.availability import Busy
from services.scheduler.domain.representative import Representative
from services.scheduler.domain.sighting import Span

log = logger(__name__)

_DAY = timedelta(days=1)

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a calendar said at a moment of the monotonic clock; None if it did not answer."""

    at: float
    spans: list[Span] | None


class CachedFreeBusy:
    """See `ports.FreeBusy`. `deadline_s` bounds each wait, `cache_s` the age of what is told before offering."""

    def __init__(
        self, directory: Directory, clock: Clock, deadline_s: float, cache_s: float, *, offer_if_silent: bool = False
    ) -> None:
        self._directory = directory
        self._clock = clock
        self._deadline_s = deadline_s
        self._cache_s = cache_s
        self._offer_if_silent = offer_if_silent
        self._answers: dict[Key, _Answer] = {}
        self._asking: dict[Key, asyncio.Task[list[Span]]] = {}

    async def before_offering(self, people: Iterable[Representative], now: datetime) -> list[Busy]:
        connected = [each for each in people if each.own_calendar is not None]
        answers = await asyncio.gather(*[self._answer(each, now, fresh=False) for each in connected])
        taken: list[Busy] = []
        for one, spans in zip(connected, answers, strict=True):
            if spans is None:
                spans = [] if self._offer_if_silent else [_horizon(one, now)]
            taken += [Busy(one.id, start, end) for start, end in spans]
        return taken

    async def before_booking(self, one: Representative, now: datetime) -> list[Busy]:
        if one.own_calendar is None:
            return []
        return [Busy(one.id, start, end) for start, end in await self._answer(one, now, fresh=True) or ()]

    def forget(self, representative_id: str) -> None:
        for key in [each for each in self._answers if each[0] == representative_id]:
            if self._answers[key].spans is not None:  # a silent one stays silent
                del self._answers[key]

    async def close(self) -> None:
        """Wait for no answer any more."""
        tasks = list(self._asking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _answer(self, one: Representative, now: datetime, *, fresh: bool) -> list[Span] | None:
        key = _key(one)
        known = self._answers.get(key)
        young = known is not None and self._clock.monotonic() - known.at < self._cache_s
        if known is not None and young and (known.spans is None or not fresh):
            return known.spans
        task = self._asking.get(key)
        if task is None or fresh:
            task = self._asking[key] = asyncio.create_task(self._ask(key, one, now), name=f"calendar of {one.id}")
            task.add_done_callback(lambda done: self._settle(key, one.id, done))
        await asyncio.wait({task}, timeout=self._deadline_s)
        if not task.done():
            log.warning("calendar does not answer in time", representative=one.id, waited_s=self._deadline_s)
            self._answers[key] = _Answer(self._clock.monotonic(), None)
            return None
        return None if task.cancelled() or task.exception() is not None else task.result()

    async def _ask(self, key: Key, one: Representative, now: datetime) -> list[Span]:
        spans = await self._directory.of(one).busy(*_horizon(one, now))
        self._answers[key] = _Answer(self._clock.monotonic(), spans)
        return spans

    def _settle(self, key: Key, representative_id: str, task: asyncio.Task[list[Span]]) -> None:
        if self._asking.get(key) is task:
            del self._asking[key]
        if task.cancelled() or (error := task.exception()) is None:
            return
        self._answers[key] = _Answer(self._clock.monotonic(), None)
        if isinstance(error, Unavailable):
            log.warning("calendar does not answer", representative=representative_id, error=error.detail)
        else:
            log.error("calendar cannot be read", representative=representative_id, exc_info=error)


def _key(one: Representative) -> Key:
    access = one.own_calendar
    return one.id, access.account if access else "", one.time_zone


def _horizon(one: Representative, now: datetime) -> Span:
    """When a meeting of somebody may be, with its buffers."""
    return now - _DAY, now + timedelta(days=one.horizon_days) + 2 * _DAY
