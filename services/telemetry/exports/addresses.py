"""Where a webhook may go: to public addresses only, or also to private ones where the operator says so.

A name is looked up once, by this resolver; what it gave is what is connected to. So a name that points somewhere
else a moment later (DNS rebinding) gains nothing.
"""

import ipaddress
import socket
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from services.runtime.errors import InvalidMessage

_WRAPPED = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")))
"""Translated and tunnelled IPv4, which could hide a private address."""


class Forbidden(OSError):
    """An address that nothing may be sent to."""


def is_allowed(address: str, *, private: bool) -> bool:
    """Whether a webhook may be sent to an address. Link-local ones, where clouds keep their secrets, never are."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    ip = getattr(ip, "ipv4_mapped", None) or ip
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified or any(ip in each for each in _WRAPPED):
        return False
    return ip.is_global or (private and (ip.is_private or ip.is_loopback))


def check_url(url: str, *, private: bool) -> None:
    """Raises InvalidMessage with the cure for a URL that is not one for webhooks. A name is looked up later."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InvalidMessage("this is no URL; write https://host/path", field="url") from None
    host = parts.hostname
    if parts.scheme not in (("https", "http") if private else ("https",)) or not host or port == 0:
        cure = "webhooks go to https:// URLs; WEBHOOKS_ALLOW_PRIVATE=true also allows http:// and private addresses"
        raise InvalidMessage(cure, field="url")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise InvalidMessage("a webhook's URL holds no user, password or #fragment; verify its signature", field="url")
    if _is_literal(host) and not is_allowed(host, private=private):
        raise InvalidMessage(f"{host} is not a public address; set WEBHOOKS_ALLOW_PRIVATE=true for one", field="url")


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


class GuardedResolver(AbstractResolver):
    """Looks names up, and gives only what may be connected to. Raises Forbidden if nothing of it may."""

    def __init__(self, *, private: bool) -> None:
        self._private = private
        self._names = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._names.resolve(host, port, family)
        allowed = [each for each in found if is_allowed(each["host"], private=self._private)]
        if not allowed:
            raise Forbidden(f"{host} has no public address; set WEBHOOKS_ALLOW_PRIVATE=true to allow private ones")
        return allowed

    async def close(self) -> None:
        await self._names.close()
