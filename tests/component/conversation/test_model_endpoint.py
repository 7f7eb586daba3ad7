"""How a model is reached: straight, with TLS, through proxies, and what is told when it is not."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from services.conversation.agents import connection
from services.conversation.agents.endpoint import Broken, ModelEndpoint
from services.conversation.agents.stream import Deadlines, stream
from simulator.model import Answer, ModelServer, failing, saying

LOOPBACK = Path(__file__).with_name("loopback.pem")
"""A certificate for 127.0.0.1 that signed itself, and its key."""
DEADLINES = Deadlines(first_token_s=20, idle_s=20, total_s=40)
PASS = "Basic " + base64.b64encode(b"me:s cret").decode()


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def tls(monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    monkeypatch.setenv("SSL_CERT_FILE", str(LOOPBACK))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(LOOPBACK)
    return context


def always(answer: Answer) -> Callable[[object], Answer]:
    return lambda _: answer


async def answer_of(url: str, *, times: int = 1, key: str = "key") -> str:
    """What is heard of the last of so many answers."""
    endpoint = ModelEndpoint(url, key)
    try:
        for _ in range(times):
            heard: list[str] = []
            async for _ in stream(endpoint, {"model": "m", "messages": []}, DEADLINES, heard.append):
                pass
    finally:
        await endpoint.close()
    return "".join(heard)


@dataclass
class Proxy:
    """One that opens tunnels, or forwards to the server it knows."""

    server_port: int
    status: str = "200 Connection established"
    heads: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Its address, with a name and a password."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        async with server:
            yield f"http://me:s%20cret@127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head.decode())
        there, onward = await asyncio.open_connection("127.0.0.1", self.server_port)
        if head.startswith(b"CONNECT"):
            writer.write(f"HTTP/1.1 {self.status}\r\n\r\n".encode())
        else:
            onward.write(head)
        try:
            await asyncio.wait(
                [asyncio.create_task(_pump(reader, onward)), asyncio.create_task(_pump(there, writer))],
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            for each in (writer, onward):
                each.transport.abort()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await source.read(65536):
            sink.write(data)


def port_of(server: ModelServer) -> int:
    return int(server.url.rsplit(":", 1)[1].partition("/")[0])


async def test_one_connection_serves_one_answer_after_another() -> None:
    async with ModelServer(always(saying("שלום", " לך"))).running() as server:
        assert await answer_of(server.url, times=3) == "שלום לך"
        assert server.connections == 1


async def test_with_tls(tls: ssl.SSLContext) -> None:
    async with ModelServer(always(saying("שלום"))).running(tls=tls) as server:
        assert await answer_of(server.url, times=2) == "שלום"
        assert server.connections == 1


async def test_a_certificate_that_nobody_vouches_for_is_refused() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(LOOPBACK)
    async with ModelServer(always(saying("שלום"))).running(tls=context) as server:
        with pytest.raises(Broken, match="CERTIFICATE_VERIFY_FAILED"):
            await answer_of(server.url)
        assert server.requests == []


async def test_through_a_tunnel(tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    async with ModelServer(always(saying("שלום"))).running(tls=tls) as server:
        proxy = Proxy(port_of(server))
        async with proxy.running() as address:
            monkeypatch.setenv("HTTPS_PROXY", address)
            assert await answer_of(server.url, times=2) == "שלום"
    (head,) = proxy.heads
    assert head.startswith(f"CONNECT 127.0.0.1:{port_of(server)} HTTP/1.1\r\n")
    assert f"proxy-authorization: {PASS}\r\n" in head
    assert "key" not in head


async def test_a_proxy_that_refuses_says_why(tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    async with (
        ModelServer(always(saying("שלום"))).running(tls=tls) as server,
        Proxy(port_of(server), status="407 Proxy Authentication Required").running() as address,
    ):
        monkeypatch.setenv("HTTPS_PROXY", address)
        with pytest.raises(Broken, match="407 Proxy Authentication Required"):
            await answer_of(server.url)


async def test_a_plain_request_goes_through_the_proxy_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    async with ModelServer(always(saying("שלום"))).running() as server:
        proxy = Proxy(port_of(server))
        async with proxy.running() as address:
            monkeypatch.setenv("HTTP_PROXY", address)
            assert await answer_of(server.url) == "שלום"
    (head,) = proxy.heads
    assert head.startswith(f"POST {server.url}/chat/completions HTTP/1.1\r\n")
    assert f"proxy-authorization: {PASS}\r\n" in head


async def test_where_no_proxy_is_named_none_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with ModelServer(always(saying("שלום"))).running() as server:
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert await answer_of(server.url) == "שלום"


async def test_nobody_there() -> None:
    with pytest.raises(Broken, match="failed"):
        await answer_of("http://127.0.0.1:1/v1")


async def test_a_refusal_says_its_cure() -> None:
    async with ModelServer(always(failing(401, "no such key"))).running() as server:
        with pytest.raises(Broken, match=r"answered 401: .*no such key.*; check OPENAI_API_KEY"):
            await answer_of(server.url)


async def test_a_key_that_no_header_can_hold_is_never_sent() -> None:
    async with ModelServer(always(saying("שלום"))).running() as server:
        with pytest.raises(Broken, match=r"authorization.*check OPENAI_API_KEY"):
            await answer_of(server.url, key="key\r\nx-other: 1")
        assert server.connections == 0


async def test_an_answer_without_end_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MOST_BYTES", 1000)
    async with ModelServer(always(saying(*["עוד ועוד"] * 100))).running() as server:
        with pytest.raises(Broken, match="longer than 1000 bytes"):
            await answer_of(server.url)


@asynccontextmanager
async def telling(told: bytes) -> AsyncIterator[str]:
    """An endpoint that tells everybody the same and hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(told)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "no HTTP"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", "no HTTP"),
        (b"", "closed before"),
    ],
)
async def test_what_is_no_http(told: bytes, fault: str) -> None:
    async with telling(told) as url:
        with pytest.raises(Broken, match=fault):
            await answer_of(url)


async def test_a_word_before_the_answer_is_not_the_answer() -> None:
    body = b"".join(data for _, data in saying("שלום").chunks)
    hints, head = b"HTTP/1.1 103 Early Hints\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body)
    async with telling(hints + head + body) as url:
        assert await answer_of(url) == "שלום"
