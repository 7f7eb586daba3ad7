"""What the client does for each message, done in half the time: half of a turn is messages.

`quicken` replaces parts of nats-py on one connection: how it reads (`nats_reading`), and how it publishes. What is out
of the ordinary is left to the client's own code; tests compare both.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from nats.aio import client as nats_client
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import BadHeaderError
from nats.protocol.command import hpub_cmd, pub_cmd

from services.runtime.nats_reading import END, VERSION, Headers, Reader

MOST_UNSENT = 64 * 1024
"""In bytes: where more waits to be sent, whoever publishes waits as the client has it."""
_WORDS_OF_AN_ACK = 9
"""$JS.ACK, stream, consumer, deliveries, the two places, a moment, and how many are pending."""


def quicken(nats: Client) -> "Writer":
    """Have this connection read and write messages in less time than the client does."""
    nats._parse_header_lines = Headers  # type: ignore[method-assign, assignment]
    nats._ps = Reader(nats)
    writer = Writer(nats)
    nats._send_publish = writer.publish  # type: ignore[method-assign]
    return writer


class Writer:
    """Publishes over one connection: what is published in one round of the event loop leaves together, and no task is
    woken for it."""

    def __init__(self, nats: Client) -> None:
        self._nats = nats
        self._publish_slowly = nats._send_publish
        self._leaving = False

    def published(self, subject: str, body: bytes, headers: Mapping[str, str], reply: str = "") -> bool:
        """Publish, if that needs no waiting. Whether it was. Raises BadSubjectError and BadHeaderError."""
        nats = self._nats
        nats_client._validate_subject(subject)
        if nats.is_draining_pubs or len(body) > nats._max_payload:
            return False
        return self._written(hpub_cmd(subject, reply, header_bytes(headers), body), len(body))

    async def publish(
        self, subject: str, reply: str, payload: bytes, payload_size: int, headers: Mapping[str, str] | None
    ) -> None:
        """What the client calls once it has looked at everything. Raises BadSubjectError and BadHeaderError."""
        if headers is None:
            command = pub_cmd(subject, reply, payload)
        else:
            command = hpub_cmd(subject, reply, header_bytes(headers), payload)
        if not (subject and self._written(command, payload_size)):
            await self._publish_slowly(subject, reply, payload, payload_size, headers)  # type: ignore[arg-type]

    def _written(self, command: bytes, size: int) -> bool:
        """Whether a command leaves in the next round: not without a connection, and not while much waits to be sent."""
        nats = self._nats
        if not nats.is_connected or nats._pending_data_size > MOST_UNSENT:
            return False
        nats._pending.append(command)
        nats._pending_data_size += len(command)
        nats.stats["out_msgs"] += 1
        nats.stats["out_bytes"] += size
        if not self._leaving:
            self._leaving = True
            asyncio.get_running_loop().call_soon(self._leave)
        return True

    def _leave(self) -> None:
        nats = self._nats
        self._leaving = False
        writer = getattr(nats._transport, "_io_writer", None)
        if writer is None or not nats.is_connected or writer.transport.get_write_buffer_size() > MOST_UNSENT:
            if nats._flush_queue is not None and nats._flush_queue.empty():  # the client's task waits for room
                nats._flush_queue.put_nowait(asyncio.get_running_loop().create_future())
        elif nats._pending:
            writer.writelines(nats._pending)
            nats._pending = []
            nats._pending_data_size = 0


class Place(NamedTuple):
    """Where a message stands."""

    stream: str
    sequence: int
    """In its stream."""
    number: int
    """Among what its consumer was sent."""
    stored_ns: int
    """Nanoseconds since 1970, UTC."""

    @property
    def stored_at(self) -> datetime:
        return datetime.fromtimestamp(self.stored_ns / 1e9, UTC)


def place_of(message: Msg) -> Place:
    """Where a message of a stream stands: read from where it would be acknowledged. Raises NotJSMessageError."""
    words = message.reply.split(".")
    if len(words) != _WORDS_OF_AN_ACK:
        words = message.Metadata._get_metadata_fields(message.reply)
        words = [*words[:2], *words[4:]]  # without a domain and an account
    return Place(words[2], int(words[5]), int(words[6]), int(words[7]))


def header_bytes(headers: Mapping[str, str]) -> bytes:
    """Headers as they go over the wire. Raises BadHeaderError."""
    parts = [VERSION]
    for name, value in headers.items():
        if key := _key(name):
            if "\n" in value or "\r" in value:
                value = value.strip().translate(nats_client._HEADER_VALUE_NEWLINES)
            parts += (key, value.strip().encode(), END)
    parts.append(END)
    return b"".join(parts)


@lru_cache(256)
def _key(name: str) -> bytes:
    stripped = name.strip()
    if stripped and not nats_client._HEADER_KEY_RE.fullmatch(stripped):
        raise BadHeaderError(stripped)
    return f"{stripped}: ".encode() if stripped else b""
