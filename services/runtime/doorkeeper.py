"""Stands before an HTTP application: finds out who asks, and sends away those who ask too often or with a wrong token.

That happens before anything of the body is read. Whether the bearer may use a route is for the route's guard. What
carries a proof of its own (the carrier's signed webhooks) and what tells how this process is passes untouched.
"""

import hmac
import math
from typing import Final

from pydantic import SecretStr
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as Connection

from services.runtime.errors import Failure, TooMany, Unauthorized, Unavailable
from services.runtime.limits import Limit, neighbourhood
from services.runtime.problems import of_failure
from services.runtime.security import Bearer, Scope, introduce, is_direct
from services.runtime.settings import RuntimeSettings
from services.runtime.token_watch import TokenWatch
from services.runtime.tokens import split

HEALTH: Final = ("/live", "/ready")
METRICS: Final = "/metrics"
_ADMIN: Final = frozenset({Scope.ADMIN})
_LOOKING: Final = ("GET", "HEAD", "OPTIONS")


class Doorkeeper:
    """The middleware. `exempt` are beginnings of paths that nobody is asked at and nothing is counted at."""

    def __init__(
        self, app: ASGIApp, settings: RuntimeSettings, tokens: TokenWatch | None, exempt: tuple[str, ...] = ()
    ) -> None:
        self._app = app
        self._bootstrap: SecretStr | None = settings.messiah_api_token
        self._tokens = tokens
        self._exempt = (*exempt, "/ready/")
        self._reads = Limit(settings.http_reads_per_minute)
        self._writes = Limit(settings.http_writes_per_minute)
        self._failures = Limit(settings.http_failures_per_minute)

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or self._passes(scope["path"]):
            await self._app(scope, receive, send)
            return
        asked = HTTPConnection(scope)
        try:
            who = self._who(asked)
            self._count(asked, who)
        except Failure as failure:
            if scope["type"] == "http":
                await of_failure(failure)(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": 1008, "reason": ""})
            return
        introduce(scope, who)
        await self._app(scope, receive, send)

    def _passes(self, path: str) -> bool:
        return path in HEALTH or path.startswith(self._exempt)

    def _who(self, asked: HTTPConnection) -> Bearer | Failure:
        """Who asks; or, where no token is given, why that is not enough. Raises Unauthorized for a wrong token,
        TooMany after too many of them."""
        scheme, _, given = asked.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self._bearer(_address(asked), given.strip())
        try:
            if self._bootstrap is None and (self._tokens is None or not self._tokens.any()):
                return _anybody(asked)
        except Unavailable as away:
            return away
        return Unauthorized("send the header `Authorization: Bearer TOKEN`: a token of `messiah token create`")

    def _bearer(self, address: str, given: str) -> Bearer:
        """Whose token this is. Somebody who guesses is not answered for a while; a made token cannot be guessed, so
        those who hold one are let in even beside somebody who does."""
        try:
            if self._tokens is not None and any(split(given)):
                return self._tokens.bearer(given)
            if (wait := self._failures.wait(address)) > 0:
                raise TooMany("too many wrong tokens came from this address", retry_after_s=wait)
            if self._bootstrap is not None and hmac.compare_digest(
                given.encode("latin-1"), self._bootstrap.get_secret_value().encode()
            ):
                return Bearer("MESSIAH_API_TOKEN", "bootstrap", _ADMIN)
            raise Unauthorized("this is no token: make one with `messiah token create NAME --scope SCOPE`")
        except Unauthorized as wrong:
            if (wait := self._failures.take(address)) > 0:
                raise TooMany("too many wrong tokens came from this address", retry_after_s=wait) from wrong
            raise

    def _count(self, asked: HTTPConnection, who: Bearer | Failure) -> None:
        """Raises TooMany if this client has asked too often."""
        if asked.scope["path"] == METRICS:
            return
        looking = asked.scope.get("method", "GET") in _LOOKING
        limit = self._reads if looking else self._writes
        key = who.key if isinstance(who, Bearer) else _address(asked)
        if (wait := limit.take(key)) > 0:
            setting = "HTTP_READS_PER_MINUTE" if looking else "HTTP_WRITES_PER_MINUTE"
            raise TooMany(
                f"at most {limit.per_minute} such requests a minute: ask again in {math.ceil(wait)} s, "
                f"or raise {setting}",
                retry_after_s=wait,
            )


def _anybody(asked: HTTPConnection) -> Bearer | Failure:
    """Where there is no token at all: whoever is near may do everything."""
    if is_direct(asked):
        return Bearer("anybody near", _address(asked), _ADMIN)
    return Unauthorized(
        "without a token only this machine and its private network are answered: make one with `messiah token create`, "
        "or set MESSIAH_API_TOKEN on the server, and send it as a bearer token"
    )


def _address(asked: HTTPConnection) -> str:
    return neighbourhood(asked.client.host) if asked.client else ""
