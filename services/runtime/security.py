"""Who may use the HTTP API: the bearer of the token, or, where none is set, only this machine and its network.

Without a token a request is answered only if it comes from a private address, straight (no proxy in between)
and under a local host name. A tunnel or a proxy fails all three, so a forgotten token never opens the API.
"""

import hmac
import ipaddress
from collections.abc import Callable

from fastapi import Depends, Request, params
from pydantic import SecretStr

from services.runtime.errors import Unauthorized

_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "cf-connecting-ip")


def is_private(address: str) -> bool:
    """Whether an address (or the word localhost) belongs to this machine or a private network."""
    if address in ("localhost", "testclient"):
        return True
    try:
        ip = ipaddress.ip_address(address.strip("[]"))
    except ValueError:
        return False
    return ip.is_loopback or ip.is_private


def is_local_host(host: str) -> bool:
    """Whether a Host header names this machine, a private address or a name without a domain."""
    name = host.rsplit(":", 1)[0] if host.count(":") == 1 else host
    return is_private(name) or (bool(name) and "." not in name and ":" not in name)


def guard(token: SecretStr | None) -> Callable[[Request], None]:
    """A dependency that lets a request pass, or raises Unauthorized with the cure."""

    def check(request: Request) -> None:
        if token is not None:
            given = request.headers.get("authorization", "")
            if not hmac.compare_digest(given.encode(), f"Bearer {token.get_secret_value()}".encode()):
                raise Unauthorized("send the header `Authorization: Bearer <MESSIAH_API_TOKEN>`")
            return
        client = request.client.host if request.client else ""
        proxied = any(name in request.headers for name in _FORWARDED)
        if proxied or not is_private(client) or not is_local_host(request.headers.get("host", "")):
            raise Unauthorized("set MESSIAH_API_TOKEN on the server and send it as a bearer token")

    return check


def guarded(token: SecretStr | None) -> list[params.Depends]:
    """The `dependencies` of a router that only authenticated clients may use."""
    return [Depends(guard(token))]
