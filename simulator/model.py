"""A language model that is not real: an OpenAI-compatible endpoint that answers what it is told to, at the pace and
with the faults it is told to have. Tests and benchmarks put it where the provider would be."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Any

DONE = b"data: [DONE]\n\n"


@dataclass(frozen=True)
class Answer:
    """One streamed answer: chunks of bytes, each after a wait in seconds."""

    chunks: tuple[tuple[float, bytes], ...] = ()
    status: int = 200
    cut: bool = False
    """The connection drops after the last chunk."""
    dropped: bool = False
    """The connection closes before a byte of the answer, as kept ones do that nobody used for too long."""
    headers_s: float = 0.0
    """How long the endpoint thinks before it answers at all."""
    sent: Callable[[int], None] | None = None
    """Told the index of each chunk once it is on its way."""


Reply = Callable[[Mapping[str, Any]], Answer]
"""What to answer to a request's JSON."""


def saying(*tokens: str, first_s: float = 0.0, gap_s: float = 0.0, usage: tuple[int, int] | None = (9, 3)) -> Answer:
    """An answer in text, token by token."""
    deltas: list[dict[str, Any]] = [{"content": token} for token in tokens]
    return _answer(deltas, "stop", first_s, gap_s, usage)


def calling(name: str, arguments: Mapping[str, Any] | str, *, text: str = "", pieces: int = 3) -> Answer:
    """A tool call whose arguments arrive in pieces, after some text if there is any."""
    whole = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    size = max(1, -(-len(whole) // pieces))
    deltas: list[dict[str, Any]] = [{"content": text}] if text else []
    deltas.append({"tool_calls": [{"index": 0, "id": "call_1", "function": {"name": name, "arguments": ""}}]})
    deltas += [
        {"tool_calls": [{"index": 0, "function": {"arguments": whole[at : at + size]}}]}
        for at in range(0, len(whole), size)
    ]
    return _answer(deltas, "tool_calls", 0.0, 0.0, (20, 8))


def failing(status: int, message: str) -> Answer:
    """A refusal."""
    body = json.dumps({"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None}})
    return Answer(((0.0, body.encode()),), status=status)


def _answer(
    deltas: Iterable[Mapping[str, Any]], reason: str, first_s: float, gap_s: float, usage: tuple[int, int] | None
) -> Answer:
    chunks = [(0.0, chunk({"role": "assistant", "content": ""}))]
    for index, delta in enumerate(deltas):
        chunks.append((gap_s if index else first_s, chunk(delta)))
    chunks.append((0.0, chunk({}, reason)))
    if usage is not None:
        counted = {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)}
        chunks.append((0.0, _event({"choices": [], "usage": counted})))
    return Answer((*chunks, (0.0, DONE)))


def chunk(delta: Mapping[str, Any], reason: str | None = None) -> bytes:
    """One chunk of a streamed completion, as the wire has it."""
    return _event({"choices": [{"index": 0, "delta": delta, "finish_reason": reason}], "usage": None})


def _event(fields: Mapping[str, Any]) -> bytes:
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "simulated"}
    return b"data: " + json.dumps(head | dict(fields), ensure_ascii=False).encode() + b"\n\n"


@dataclass
class ModelServer:
    """The endpoint. `requests` holds what was asked, in order."""

    reply: Reply
    requests: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""
    connections: int = 0
    """How many were opened to it."""

    @asynccontextmanager
    async def running(self, port: int = 0, tls: SSLContext | None = None) -> AsyncIterator["ModelServer"]:
        """Serve on this machine while the block runs."""
        tasks: set[asyncio.Task[None]] = set()

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.connections += 1
            task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        server = await asyncio.start_server(accept, "127.0.0.1", port, ssl=tls)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        try:
            yield self
        finally:
            server.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                while await self._one(reader, writer):
                    pass
        finally:
            writer.transport.abort()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request. False when the connection is over."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = next((int(line[15:]) for line in head.split("\r\n") if line.startswith("content-length:")), 0)
        body = await reader.readexactly(length)
        if not head.startswith("post "):
            writer.write(_whole(200, b'{"object":"list","data":[]}'))
            return True
        request: dict[str, Any] = json.loads(body)
        self.requests.append(request)
        answer = self.reply(request)
        await asyncio.sleep(answer.headers_s)
        if answer.dropped:
            writer.transport.abort()
            return False
        if answer.status != 200:
            writer.write(_whole(answer.status, b"".join(data for _, data in answer.chunks)))
            return True
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        for index, (wait_s, data) in enumerate(answer.chunks):
            if wait_s:
                await asyncio.sleep(wait_s)
            writer.write(b"%x\r\n%s\r\n" % (len(data), data))
            if answer.sent is not None:
                answer.sent(index)
            await writer.drain()
        if answer.cut:
            writer.transport.abort()
            return False
        writer.write(b"0\r\n\r\n")
        return True


def _whole(status: int, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status} -\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body
