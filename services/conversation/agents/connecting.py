"""How a connection to a model's endpoint comes about: straight, or through the proxy that the environment names."""

import asyncio
import base64
import ssl
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from services.conversation.agents.connection import Connection, Lost

MOST_HEAD = 16 * 1024
"""Bytes of a proxy's answer."""


class Connector:
    """Opens connections to one address."""

    def __init__(self, url: str, trusted: ssl.SSLContext) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._tls = trusted if parts.scheme == "https" else None
        self._port = parts.port or (443 if self._tls else 80)
        named = None if proxy_bypass(self._host) else getproxies().get(parts.scheme)
        self._proxy = urlsplit(named if "://" in named else f"http://{named}") if named else None
        self._trusted = trusted
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        forwarded = self._proxy is not None and self._tls is None
        self.target = f"{parts.scheme}://{parts.netloc}{path}" if forwarded else path
        """What a request line asks for."""
        self.headers = {"host": parts.netloc.rpartition("@")[2], **(self._pass() if forwarded else {})}
        """What a request has to carry to get there."""

    async def open(self) -> Connection:
        """A new connection. Raises OSError, which a TimeoutError is, and Lost if the proxy refuses."""
        loop = asyncio.get_running_loop()
        if self._proxy is None:
            _, connection = await loop.create_connection(Connection, self._host, self._port, ssl=self._tls)
            return connection
        proxy_tls = self._trusted if self._proxy.scheme == "https" else None
        at = self._proxy.hostname or "", self._proxy.port or (443 if proxy_tls else 80)
        if self._tls is None:
            _, connection = await loop.create_connection(Connection, *at, ssl=proxy_tls)
            return connection
        transport, greeting = await loop.create_connection(_Greeting, *at, ssl=proxy_tls)
        try:
            transport.write(self._connect())
            await greeting.over
            connection = Connection()
            inner = await loop.start_tls(transport, connection, self._tls, server_hostname=self._host)
        except BaseException:
            transport.abort()
            raise
        if inner is None:
            raise Lost("the proxy closed the tunnel")
        connection.connection_made(inner)
        return connection

    def _connect(self) -> bytes:
        """What has the proxy connect us to the endpoint."""
        at = f"[{self._host}]:{self._port}" if ":" in self._host else f"{self._host}:{self._port}"
        lines = [f"CONNECT {at} HTTP/1.1", f"host: {at}", *(f"{name}: {it}" for name, it in self._pass().items())]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _pass(self) -> dict[str, str]:
        """Who we are to the proxy, if its address says so."""
        if self._proxy is None or self._proxy.username is None:
            return {}
        known = f"{unquote(self._proxy.username)}:{unquote(self._proxy.password or '')}"
        return {"proxy-authorization": f"Basic {base64.b64encode(known.encode()).decode()}"}


class _Greeting(asyncio.Protocol):
    """A proxy's answer to whoever asks for a tunnel. `over` raises Lost if it is a refusal."""

    def __init__(self) -> None:
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._head = b""

    def data_received(self, data: bytes) -> None:
        self._head += data
        if b"\r\n\r\n" not in self._head and len(self._head) <= MOST_HEAD:
            return
        status = self._head.split(b"\r\n", 1)[0][:200].decode("latin-1")
        self._end(None if status.split(" ")[1:2] == ["200"] else Lost(f"the proxy refuses: {status}"))

    def connection_lost(self, error: Exception | None) -> None:
        self._end(Lost("the proxy closed the connection"))

    def _end(self, fault: Lost | None) -> None:
        if self.over.done():
            return
        if fault is None:
            self.over.set_result(None)
        else:
            self.over.set_exception(fault)
