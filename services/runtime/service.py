"""How a service lives: it connects, migrates, listens, runs its loops, tells whether it is well, and drains."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from faststream.specification.asyncapi import AsyncAPI

from contracts.event import Event
from services.runtime.backlog import Backlog
from services.runtime.broker import Broker
from services.runtime.cancelling import cancel_until_done
from services.runtime.clock import Clock
from services.runtime.errors import Unavailable
from services.runtime.listening import Settling
from services.runtime.logs import logger
from services.runtime.metrics import Metrics
from services.runtime.provisioner import read_pin
from services.runtime.token_watch import TokenWatch
from services.runtime.unit_of_work import Units

log = logger(__name__)

RESTART_S = 0.5
EXIT_LOOP_BROKEN = 76

Step = Callable[[], Awaitable[None]]


class Service:
    """One service, put together by its `app.build`. `start` and `stop` are all its runner needs."""

    def __init__(self, name: str, broker: Broker, units: Units | None = None) -> None:
        self.name = name
        self.broker = broker
        self.units = units
        self.clock = Clock()
        self.metrics = Metrics(name)
        self.spans = broker.spans
        backlog = Backlog(self.metrics, broker)
        if units is not None:
            backlog.watch_outbox(units.database, units.relay.outbox)
        broker.told = self.metrics.told
        self.tokens = TokenWatch(broker)
        self.routers: list[APIRouter] = []
        self.mounts: list[Callable[[FastAPI], None]] = []
        """What puts whole applications of this service into the HTTP application, after every router."""
        self.signed_paths: list[str] = []
        """Beginnings of paths whose requests prove themselves by a signature: they need no token and have no limit."""
        self.body_limits: dict[str, int] = {}
        """How many bytes a body may have where the usual limit does not fit, by beginnings of paths."""
        self.on_start: list[Step] = []
        """Steps after the broker and the database answer, before messages are heard."""
        self.on_drain: list[Step] = []
        """Steps before the service stops hearing messages: finish or hand over what is in progress."""
        self.on_stop: list[Step] = []
        self.migrations: Path | None = None
        self.notices: list[str] = []
        """What whoever starts it is to see once it runs, and no log is."""
        self._loops: list[tuple[str, Callable[[], Coroutine[Any, Any, None]]]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._ready = False
        self.tells(name)
        broker.faststream.add_middleware(Settling)
        broker.faststream.context.set_global("messiah_broker", broker)

    def tells(self, teller: str) -> None:
        """Show every fact of one teller in the AsyncAPI document."""
        for template, kind in Event.kinds.items():
            if teller in kind.told_by:
                self.broker.faststream.publisher(template, schema=kind, title=template, description=kind.__doc__)

    def loop(self, name: str, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run `run` from start to stop; should it fail, it is logged and started again."""
        self._loops.append((name, run))

    async def prepare(self) -> None:
        """Connect and read the clock's pin: what a service must know before it is wired. Raises Unavailable."""
        await self.broker.connect()
        try:
            self.clock = Clock.pinned(await read_pin(self.broker))
            await self.tokens.load()
        except BaseException:
            await self.broker.close()
            raise

    async def start(self) -> None:
        """Migrate, listen and run. `prepare` comes first."""
        if self.units is not None and self.migrations is not None:
            await self.units.database.migrate(self.migrations)
            self.loop("outbox", self.units.relay.run)
        for step in self.on_start:
            await step()
        self.loop("tokens", self.tokens.follow)
        self.loop("use of tokens", self.tokens.note_use)
        await self.broker.start()
        for name, run in self._loops:
            self._tasks.append(asyncio.create_task(self._supervise(name, run), name=f"{self.name}: {name}"))
        self._ready = True
        log.info("started", service=self.name, clock=self.clock.now().isoformat(), pinned=self.clock.is_pinned)

    async def stop(self) -> None:
        """Drain, then stop everything in reverse."""
        self._ready = False
        for step in self.on_drain:
            await step()
        await self.tokens.close()
        await cancel_until_done(lambda: self._tasks)
        for step in reversed(self.on_stop):
            await step()
        if self.units is not None and self._tasks:
            await self.units.relay.finish()
        await self.broker.close()
        if self.units is not None:
            await self.units.database.close()

    async def unwell(self) -> str | None:
        """Why this service cannot do its work now, or None if it can."""
        if not self._ready:
            return "starting or stopping"
        if not self.broker.connected:
            return "the broker does not answer"
        if self.units is not None:
            try:
                await asyncio.wait_for(self.units.database.check(), 2)
            except (Unavailable, TimeoutError):
                return "the database does not answer"
        return None

    def asyncapi(self) -> dict[str, Any]:
        """The AsyncAPI document of what this service hears, answers and tells."""
        document = AsyncAPI(self.broker.faststream, title=f"Agent Messiah: {self.name}", version="1")
        specification: dict[str, Any] = document.to_specification().to_jsonable()
        return specification

    async def _supervise(self, name: str, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        while True:
            try:
                await run()
                return
            except Exception as error:
                log.error("loop failed; starting it again", service=self.name, loop=name, exc_info=error)
                await asyncio.sleep(RESTART_S)


def die(reason: str) -> None:
    """Leave at once, for a supervisor to start the process anew."""
    log.error("exiting", reason=reason)
    os._exit(EXIT_LOOP_BROKEN)
