"""The tokens as a process knows them, so that checking one asks nobody.

The bucket is watched: a token that is revoked is void within a message's way. While the broker is away what was known
last holds; a process that has never known anything lets nobody in.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from nats.js.errors import NotFoundError

from contracts.streams import TOKENS_BUCKET
from services.runtime import tokens
from services.runtime.broker import TRANSIENT, Broker
from services.runtime.errors import Unauthorized, Unavailable
from services.runtime.logs import logger
from services.runtime.security import Bearer

log = logger(__name__)

AGAIN_S = 1.0
"""How long after the broker was found away it is asked again."""
NOTE_USE_S = 60.0
"""How often it is noted which tokens were used."""


class TokenWatch:
    """Knows every token. `load`, then `follow` and `note_use` for as long as the process runs."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self.known: dict[str, tokens.Token] | None = None
        self._used: set[str] = set()
        self._watcher: Any = None
        self._closing = False

    def any(self) -> bool:
        """Whether a token was ever made, be it void by now. Raises Unavailable if that is not known."""
        return bool(self._all())

    def bearer(self, given: str) -> Bearer:
        """Who holds this token. Raises Unauthorized with the cure, Unavailable if the tokens are not known."""
        id_, secret = tokens.split(given)
        token = self._all().get(id_)
        if token is None or not token.is_of(secret):
            raise Unauthorized("there is no such token: make one with `messiah token create NAME --scope SCOPE`")
        if fault := token.fault(datetime.now(UTC)):
            raise Unauthorized(f"the token {token.name!r} {fault}: make another with `messiah token create`")
        self._used.add(token.id)
        return Bearer(token.name, token.id, token.scopes)

    async def load(self) -> None:
        """Learn every token there is. Raises NotFoundError if nothing is provisioned."""
        async with self._watching():
            pass

    async def follow(self) -> None:
        """Take in every change from now on."""
        while not self._closing:
            try:
                await self._follow()
            except (*TRANSIENT, NotFoundError) as error:
                log.warning("tokens cannot be followed now; trying again", error=repr(error))
            if not self._closing:
                await asyncio.sleep(AGAIN_S)

    async def note_use(self) -> None:
        """Keep when tokens are used, for whoever wonders which are not."""
        while not self._closing:
            await asyncio.sleep(NOTE_USE_S)
            await self.note_use_now()

    async def note_use_now(self) -> None:
        used, self._used = self._used, set()
        now = datetime.now(UTC).replace(microsecond=0).isoformat().encode()
        with suppress(*TRANSIENT):
            for each in used:
                await self._broker.put_value(TOKENS_BUCKET, tokens.use_key(each), now)

    async def close(self) -> None:
        """End what runs. To be cancelled is not enough: before Python 3.12 a reply that comes at that very moment
        swallows the cancellation."""
        self._closing = True
        if self._watcher is not None:
            with suppress(*TRANSIENT):
                await self._watcher.stop()

    def _all(self) -> dict[str, tokens.Token]:
        if self.known is None:
            raise Unavailable("the tokens are not known yet, because the broker does not answer; try again")
        return self.known

    async def _follow(self) -> None:
        """Until the connection was lost and is back: left alone, the client notices a lost watch only much later."""
        async with self._watching() as watcher:
            if self._closing:  # it was while we asked
                return
            stops: list[asyncio.Task[None]] = []
            forget = self._broker.on_reconnect(lambda: stops.append(asyncio.create_task(watcher.stop())))
            try:
                async for entry in watcher:
                    if entry is not None:
                        self._take(self._all(), entry)
            finally:
                forget()
                await asyncio.gather(*stops, return_exceptions=True)

    @asynccontextmanager
    async def _watching(self) -> AsyncIterator[Any]:
        """A watcher that has told all there is; what it tells from now on are changes."""
        store: Any = await self._broker.js.key_value(TOKENS_BUCKET.name)
        watcher = await store.watch(tokens.key_of("*"))
        self._watcher = watcher
        try:
            found: dict[str, tokens.Token] = {}
            async for entry in watcher:
                if entry is None:
                    self.known = found
                    break
                self._take(found, entry)
            yield watcher
        finally:
            with suppress(*TRANSIENT):
                await watcher.stop()

    @staticmethod
    def _take(known: dict[str, tokens.Token], entry: Any) -> None:
        id_ = str(entry.key).removeprefix(tokens.key_of(""))
        token = tokens.read(entry.key, entry.value)
        if token is None:
            known.pop(id_, None)
        else:
            known[id_] = token
