"""Reads what comes from NATS in less time than the client does: half of a turn is messages.

A message that comes whole, for somebody who takes in messages where they arrive, is handed on within the event loop's
callback: no task is woken, and nothing is queued. All else is left to the client's own code; tests compare both.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.protocol import parser

from services.runtime.logs import logger

log = logger(__name__)

END = b"\r\n"
VERSION = b"NATS/1.0\r\n"
"""The first line of headers."""
_BLANK = " \t\n\r\v\f"


async def hear(nats: Client, subject: str, handler: Callable[[Msg], None]) -> Subscription:
    """Have `handler` take in every message on `subject` in the moment it arrives, in the order of all that arrives
    here. It must not wait, and what it raises is logged."""
    subscription = await nats.subscribe(subject)
    arrived, subscription._pending_queue = subscription._pending_queue, _Straight(subscription, handler)
    while not arrived.empty():
        subscription._pending_queue.put_nowait(arrived.get_nowait())
    return subscription


class Headers(Mapping[str, str]):
    """The headers of a message as they came, read when somebody looks: of most messages nobody does."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._read: dict[str, str] | None = None

    def __getitem__(self, name: str) -> str:
        if name.encode() not in self._raw:
            raise KeyError(name)
        return self._lines()[name]

    def get(self, name: str, default: Any = None) -> Any:
        """As of every mapping, without an error raised and caught where there is none of that name."""
        return self._lines().get(name, default) if name.encode() in self._raw else default

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines())

    def __len__(self) -> int:
        return len(self._lines())

    def __bool__(self) -> bool:
        return b":" in self._raw

    def _lines(self) -> dict[str, str]:
        if self._read is None:
            self._read = {}
            for line in self._raw.decode("utf-8", "replace").split("\r\n"):
                name, colon, value = line.partition(":")
                if colon and name.isascii() and len(words := name.split()) == 1:
                    self._read[words[0]] = value.strip(_BLANK)
        return self._read


class _Message(NamedTuple):
    """A message in what has come: its parts as the client takes them, and where it ends; that may not have come yet."""

    parts: tuple[int, bytes, bytes, bytes, bytes | None]
    end: int


class Reader(parser.Parser):
    """The client's parser, with a shorter way for messages."""

    def __init__(self, client: Any) -> None:
        super().__init__(client)
        vars(self).update(vars(client._ps))  # it may be in the middle of something

    def reset(self) -> None:
        super().reset()
        self._rest = b""
        """The beginning of a message."""

    async def parse(self, data: bytes = b"") -> None:
        self._come_first()
        at = 0
        if not self.buf and self.state == parser.AWAITING_CONTROL_LINE:
            data, self._rest = self._rest + data, b""
            while (message := _message_at(data, at := self._straight(data, at))) is not None:
                await self.nc._process_msg(*message.parts)
                at = message.end
        if at < len(data):
            await super().parse(data[at:] if at else data)

    def _come_first(self) -> None:
        """Have what comes from now on over the client's connection handed to us before its task is woken for it."""
        stream = getattr(self.nc._transport, "_io_reader", None)
        if stream is not None and "feed_data" not in vars(stream):
            stream.feed_data = _First(self, stream).feed_data

    def _straight(self, data: bytes, at: int = 0) -> int:
        """Hand on messages from the place `at` on that somebody hears where they arrive, and keep one of which some is
        missing. Returns where something else begins."""
        nats = self.nc
        while (message := _message_at(data, at)) is not None:
            if message.end > len(data):
                self._rest = data[at:]
                return len(data)
            sid, subject, reply, body, headers = message.parts
            subscription = nats._subs.get(sid)
            queue = subscription._pending_queue if subscription is not None else None
            if not isinstance(queue, _Straight) or subscription._max_msgs or not _are_plain(headers):
                return at
            nats.stats["in_msgs"] += 1
            nats.stats["in_bytes"] += len(body)
            subscription._received += 1
            read = Headers(headers[len(VERSION) :]) if headers else None
            queue.hand(Msg(nats, subject.decode(), reply.decode(), body, read, _sid=sid))  # type: ignore[arg-type]
            at = message.end
        return at


class _First:
    """Takes what comes over one connection before the client's task does, while that waits for something to come."""

    def __init__(self, reader: Reader, stream: Any) -> None:
        self._reader = reader
        self._stream = stream
        self._feed = stream.feed_data

    def feed_data(self, data: bytes) -> None:
        reader = self._reader
        if self._stream._waiter is None or reader.buf or reader.state != parser.AWAITING_CONTROL_LINE:
            self._feed(data)
            return
        data, reader._rest = reader._rest + data, b""
        at = reader._straight(data)
        if at < len(data):
            self._feed(data[at:])


class _Straight(asyncio.Queue[Msg]):
    """In place of a subscription's queue: nothing ever waits in it."""

    def __init__(self, subscription: Subscription, handler: Callable[[Msg], None]) -> None:
        super().__init__()
        self._subscription = subscription
        self._handler = handler

    def put_nowait(self, message: Msg) -> None:
        self._subscription._pending_size -= len(message.data)
        self.hand(message)

    def hand(self, message: Msg) -> None:
        try:
            self._handler(message)
        except Exception as error:  # what is raised here would end the connection
            log.error("a message could not be taken in", subject=message.subject, exc_info=error)


def _message_at(data: bytes, at: int) -> _Message | None:
    """The message that begins there, if one does and its first line has come."""
    with_headers = data.startswith(b"HMSG ", at)
    if not (with_headers or data.startswith(b"MSG ", at)):
        return None
    line = data.find(END, at, at + parser.MAX_CONTROL_LINE_SIZE)
    words = data[at:line].split(b" ") if line > 0 else []
    if len(words) - with_headers not in (4, 5) or not words[-1].isdigit():
        return None
    begin = line + 2
    end = begin + int(words[-1])
    body = begin + int(words[-2]) if with_headers else begin
    reply = words[3] if len(words) - with_headers == 5 else b""
    headers = data[begin:body] if with_headers else None
    return _Message((int(words[2]), words[1], reply, data[body:end], headers), end + 2)


def _are_plain(headers: bytes | None) -> bool:
    """Whether they are nothing but lines: the server's own messages have a status before them."""
    return headers is None or headers.startswith(VERSION)
