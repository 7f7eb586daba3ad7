"""What the client does for each message, done in half the time: half of a turn is messages.

`quicken` replaces parts of nats-py on one connection, and `hear` goes without its queue and its task for every
subscription. What is out of the ordinary is left to the client's own code; tests compare both.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from nats.aio import client as nats_client
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import BadHeaderError
from nats.protocol import parser
from nats.protocol.command import hpub_cmd

from services.runtime.logs import logger

log = logger(__name__)

_BLANK = " \t\n\r\v\f"
_VERSION = b"NATS/1.0\r\n"
_END = b"\r\n"
_WORDS_OF_AN_ACK = 9
"""$JS.ACK, stream, consumer, deliveries, the two places, a moment, and how many are pending."""


def quicken(nats: Client) -> None:
    """Have this connection read and write messages in less time than the client does."""
    nats._parse_header_lines = Headers  # type: ignore[method-assign, assignment]
    reader = _Parser(nats)
    vars(reader).update(vars(nats._ps))  # it may be in the middle of something
    nats._ps = reader
    publish_slowly = nats._send_publish

    async def publish(
        subject: str, reply: str, payload: bytes, payload_size: int, headers: Mapping[str, str] | None
    ) -> None:
        if not subject or headers is None:
            await publish_slowly(subject, reply, payload, payload_size, headers)  # type: ignore[arg-type]
            return
        nats.stats["out_msgs"] += 1
        nats.stats["out_bytes"] += payload_size
        await nats._send_command(hpub_cmd(subject, reply, header_bytes(headers), payload))
        if nats._flush_queue is not None and nats._flush_queue.empty():
            await nats._flush_pending()

    nats._send_publish = publish  # type: ignore[method-assign]


async def hear(nats: Client, subject: str, handler: Callable[[Msg], None]) -> Subscription:
    """Have `handler` take in every message on `subject` in the moment it arrives, in the order of all that arrives
    here. It must not wait, and what it raises is logged."""
    subscription = await nats.subscribe(subject)
    arrived, subscription._pending_queue = subscription._pending_queue, _Straight(subscription, handler)
    while not arrived.empty():
        subscription._pending_queue.put_nowait(arrived.get_nowait())
    return subscription


def places(message: Msg) -> tuple[int, int]:
    """A message's place in its stream, and in its consumer: read from where it would be acknowledged."""
    words = message.reply.split(".")
    if len(words) == _WORDS_OF_AN_ACK:
        return int(words[5]), int(words[6])
    sequence = message.metadata.sequence  # with a domain and an account there are more
    return sequence.stream, sequence.consumer


def header_bytes(headers: Mapping[str, str]) -> bytes:
    """Headers as they go over the wire. Raises BadHeaderError."""
    parts = [_VERSION]
    for name, value in headers.items():
        if key := _key(name):
            if "\n" in value or "\r" in value:
                value = value.strip().translate(nats_client._HEADER_VALUE_NEWLINES)
            parts += (key, value.strip().encode(), _END)
    parts.append(_END)
    return b"".join(parts)


@lru_cache(256)
def _key(name: str) -> bytes:
    stripped = name.strip()
    if stripped and not nats_client._HEADER_KEY_RE.fullmatch(stripped):
        raise BadHeaderError(stripped)
    return f"{stripped}: ".encode() if stripped else b""


class Headers(Mapping[str, str]):
    """The headers of a message as they came, read when somebody looks: of most messages nobody does."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._read: dict[str, str] | None = None

    def __getitem__(self, name: str) -> str:
        if name.encode() not in self._raw:
            raise KeyError(name)
        return self._lines()[name]

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


class _Parser(parser.Parser):
    """Reads messages; all else is the client's."""

    def reset(self) -> None:
        super().reset()
        self._rest = b""
        """The beginning of a message."""

    async def parse(self, data: bytes = b"") -> None:
        at = 0
        if not self.buf and self.state == parser.AWAITING_CONTROL_LINE:
            data, self._rest = self._rest + data, b""
            at = await self._messages(data)
        if at < len(data):
            await super().parse(data[at:] if at else data)

    async def _messages(self, data: bytes) -> int:
        """Hand on messages from the beginning of `data`, and keep one of which some is missing. Returns where something
        else begins."""
        at = 0
        while (with_headers := data.startswith(b"HMSG ", at)) or data.startswith(b"MSG ", at):
            line = data.find(_END, at, at + parser.MAX_CONTROL_LINE_SIZE)
            words = data[at:line].split(b" ") if line > 0 else []
            if len(words) - with_headers not in (4, 5) or not words[-1].isdigit():
                break
            begin = line + 2
            end = begin + int(words[-1])
            if len(data) < end + 2:
                self._rest = data[at:]
                return len(data)
            reply = words[3] if len(words) - with_headers == 5 else b""
            body = begin + int(words[-2]) if with_headers else begin
            headers = data[begin:body] if with_headers else None
            await self.nc._process_msg(int(words[2]), words[1], reply, data[body:end], headers)
            at = end + 2
        return at


class _Straight(asyncio.Queue[Msg]):
    """In place of a subscription's queue: nothing ever waits in it."""

    def __init__(self, subscription: Subscription, handler: Callable[[Msg], None]) -> None:
        super().__init__()
        self._subscription = subscription
        self._handler = handler

    def put_nowait(self, message: Msg) -> None:
        self._subscription._pending_size -= len(message.data)
        try:
            self._handler(message)
        except Exception as error:  # what is raised here would end the connection
            log.error("a message could not be taken in", subject=message.subject, exc_info=error)
