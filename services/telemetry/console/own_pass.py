"""The token with which the console asks the dialer over HTTP: the one it was given, or one that it makes itself.

Where tokens were made, the dialer answers nobody without one. The console then makes one of its own: it may look and
hand lists in and nothing else, ends within the hour, and is void when telemetry stops. It is a token like others, in
`messiah token list` too. Where there is none at all, none is made: that would close the API to everybody near.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

from pydantic import SecretStr

from services.runtime import tokens
from services.runtime.broker import TRANSIENT, Broker
from services.runtime.errors import Unavailable
from services.runtime.security import Scope
from services.runtime.token_watch import TokenWatch

NAME: Final = "console of telemetry"
SCOPES: Final = frozenset({Scope.READ, Scope.LEADS})
LASTS: Final = timedelta(hours=1)
_FRESH: Final = timedelta(minutes=10)
"""How long a token is still good for when another one is made: a long list is still being read meanwhile."""
KNOWN_S: Final = 5.0
"""How long it may take until the dialer has heard of a token."""
ASK_S: Final = 0.1
"""How soon it is asked whether it has; each time twice as late as before, as a wrong token is counted against us."""

Answers = Callable[[str], Awaitable[bool]]


class OwnPass:
    """What opens the dialer's API. `allowed` is asked before each request."""

    def __init__(self, broker: Broker, watch: TokenWatch, given: SecretStr | None) -> None:
        self._broker = broker
        self._watch = watch
        self._given = given
        self._making = asyncio.Lock()
        self._made: tokens.Token | None = None
        self._text = ""

    async def bearer(self, answers: Answers) -> str | None:
        """The token to show, or None where none is asked for. `answers` tells whether the dialer lets a token in, which
        it does a moment after it was made. Raises Unavailable if the broker is away."""
        if self._given is not None:
            return self._given.get_secret_value()
        if not self._watch.any():
            return None
        async with self._making:
            if not self._holds():
                try:
                    await self._make()
                except TRANSIENT as error:
                    raise Unavailable(f"the broker keeps no token for the console now: {error!r}") from error
                await self._until_known(answers)
        return self._text

    async def give_back(self) -> None:
        """Make void what was made."""
        if self._made is not None:
            made, self._made = self._made, None
            with suppress(*TRANSIENT):  # then it ends by itself
                await tokens.forget(self._broker, made)

    def _holds(self) -> bool:
        """Whether there is one that is good for a while, and that nobody revoked."""
        if self._made is None or self._made.fault(datetime.now(UTC) + _FRESH):
            return False
        known = (self._watch.known or {}).get(self._made.id)
        return known is None or known.revoked_at is None  # our own watch may not have heard of it yet

    async def _make(self) -> None:
        for each in await tokens.stored(self._broker):
            if each.name.startswith(NAME) and each.fault(datetime.now(UTC)):
                await tokens.forget(self._broker, each)
        name = f"{NAME} {secrets.token_hex(3)}"
        self._made, self._text = await tokens.create(self._broker, name, SCOPES, datetime.now(UTC) + LASTS)

    async def _until_known(self, answers: Answers) -> None:
        wait = ASK_S
        with suppress(TimeoutError):  # then the dialer says itself what is wrong
            async with asyncio.timeout(KNOWN_S):
                while not await answers(self._text):
                    await asyncio.sleep(wait)
                    wait *= 2
