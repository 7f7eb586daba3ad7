"""Who asks over HTTP, and what they may do: scopes, and the guard of a route that asks for one.

The doorkeeper in front of the application says who asks; a guard says whether they may. Without any token a request
is answered only if it comes from a private address, straight (no proxy in between) and under a local host name. A
tunnel or a proxy fails all three, so a forgotten token never opens the API.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from fastapi import Depends, params
from fastapi.security import HTTPBearer
from pydantic import SecretStr
from starlette.requests import HTTPConnection

from services.runtime.errors import Failure, Forbidden, Unauthorized
from services.runtime.hosts import is_local_host, is_private

_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "cf-connecting-ip")
_LOOKING = ("GET", "HEAD", "OPTIONS")
_BEARER = "messiah.bearer"


class Scope(StrEnum):
    """What a token is good for."""

    READ = "read"
    """See everything: leads, calls, transcripts, meetings, results."""
    LEADS = "leads:write"
    """Hand leads in, and nothing else: for a web form or a CRM."""
    OPERATE = "operate"
    """Everything that running campaigns needs: what `read` and `leads:write` allow, and changing things."""
    ADMIN = "admin"
    """Everything."""


_INCLUDED: dict[Scope, frozenset[Scope]] = {
    Scope.READ: frozenset({Scope.READ}),
    Scope.LEADS: frozenset({Scope.LEADS}),
    Scope.OPERATE: frozenset({Scope.READ, Scope.LEADS, Scope.OPERATE}),
    Scope.ADMIN: frozenset(Scope),
}


@dataclass(frozen=True)
class Bearer:
    """Somebody who may ask. `key` tells them from others, and is no secret."""

    name: str
    key: str
    scopes: frozenset[Scope]

    def may(self, scope: Scope) -> bool:
        """Whether one of the scopes includes this one."""
        return any(scope in _INCLUDED[each] for each in self.scopes)


def is_direct(asked: HTTPConnection) -> bool:
    """Whether a request comes straight from this machine or its private network, under a local name."""
    client = asked.client.host if asked.client else ""
    proxied = any(name in asked.headers for name in _FORWARDED)
    return not proxied and is_private(client) and is_local_host(asked.headers.get("host", ""))


def bearer_of(asked: HTTPConnection) -> str:
    """The name of whoever asks, for a log."""
    who = asked.scope.get(_BEARER)
    return who.name if isinstance(who, Bearer) else "unknown"


def introduce(scope: Any, who: Bearer | Failure) -> None:
    """Tell the guards of a request who asks, or why that is not known. The doorkeeper's part."""
    scope[_BEARER] = who


class Guard(HTTPBearer):
    """Lets a request pass whose bearer has the scope, else raises Unauthorized or Forbidden with the cure."""

    def __init__(self, scope: Scope | None) -> None:
        super().__init__(scheme_name="token", description="A token of `messiah token create`, or MESSIAH_API_TOKEN.")
        self.scope = scope

    async def __call__(self, asked: HTTPConnection) -> None:
        who = asked.scope.get(_BEARER)
        if isinstance(who, Failure):
            raise who
        if not isinstance(who, Bearer):
            raise Unauthorized("nobody said who asks: serve this application behind a Doorkeeper")
        needed = self.scope or _scope_of_route(asked)
        if not who.may(needed):
            raise Forbidden(
                f"the token {who.name!r} has the scope {listed(who.scopes)}, and this needs {needed}: make one with "
                f"`messiah token create NAME --scope {needed}`"
            )


def guarded(token: SecretStr | None = None, *, scope: Scope | None = None) -> list[params.Depends]:
    """The `dependencies` of a router or a route that only those may use who have the scope.

    Without one, `read` is enough to look and `operate` is needed to change something, unless the route itself names
    a scope.
    """
    return [Depends(Guard(scope))]


def scope_needed(dependencies: Iterable[Any], method: str) -> Scope | None:
    """What a token needs at a route with these dependencies; None if no guard is among them."""
    guards = [guard for each in dependencies if isinstance(guard := getattr(each, "dependency", None), Guard)]
    named = [guard.scope for guard in guards if guard.scope]
    if named:
        return named[-1]
    usual = Scope.READ if method in _LOOKING else Scope.OPERATE
    return usual if guards else None


def _scope_of_route(asked: HTTPConnection) -> Scope:
    method = asked.scope.get("method", "GET")
    own = getattr(asked.scope.get("route"), "dependencies", ())
    return scope_needed(own, method) or (Scope.READ if method in _LOOKING else Scope.OPERATE)


def listed(scopes: Iterable[Scope]) -> str:
    """Scopes as a person reads them."""
    return ", ".join(each for each in Scope if each in set(scopes)) or "none"
