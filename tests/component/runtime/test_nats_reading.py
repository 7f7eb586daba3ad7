"""Whatever the server sends, in whatever pieces: everybody hears every message once and in its order."""

import asyncio
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from services.runtime.nats_client import quicken
from services.runtime.nats_reading import hear

STRAIGHT, QUEUED, NOBODYS = 1, 2, 3


class Wire:
    """As much of a transport as reading needs."""

    def __init__(self) -> None:
        self._io_reader = asyncio.StreamReader()
        self._io_writer = None

    def at_eof(self) -> bool:
        return self._io_reader.at_eof()

    async def read(self, size: int) -> bytes:
        return await self._io_reader.read(size)


class Reading(Client):
    """A client that reads from a wire of ours."""

    def __init__(self) -> None:
        super().__init__()
        self._status = Client.CONNECTED
        self._transport = Wire()
        self.heard: dict[int, list[tuple[str, bytes, dict[str, str]]]] = {STRAIGHT: [], QUEUED: []}
        self.pinged = 0
        quicken(self)

    async def subscribe(self, subject: str, **_: object) -> Subscription:
        subscription = Subscription(self, int(subject), subject)
        self._subs[int(subject)] = subscription
        return subscription

    async def _process_ping(self) -> None:
        self.pinged += 1
        await asyncio.sleep(0)

    def take(self, message: Msg) -> None:
        self.heard[message._sid].append((message.reply, message.data, dict(message.headers or {})))


def _sent(sid: int, reply: str, headers: bytes, body: bytes) -> bytes:
    words = " ".join(["a.b", str(sid), *([reply] if reply else [])])
    if not headers:
        return f"MSG {words} {len(body)}\r\n".encode() + body + b"\r\n"
    return f"HMSG {words} {len(headers)} {len(headers) + len(body)}\r\n".encode() + headers + body + b"\r\n"


messages = st.tuples(
    st.sampled_from([STRAIGHT, STRAIGHT, QUEUED, NOBODYS]),
    st.sampled_from(["", "r.1"]),
    st.sampled_from([b"", b"NATS/1.0\r\na: b\r\n\r\n", b"NATS/1.0 408 Request Timeout\r\n\r\n"]),
    st.binary(max_size=8) | st.sampled_from([b"\r\n", b"MSG a.b 1 1\r\n"]),
)


@given(st.lists(messages | st.none(), max_size=8), st.lists(st.tuples(st.integers(0, 300), st.booleans()), max_size=6))
async def test_every_message_in_its_order(told, cuts) -> None:
    client = Reading()
    await hear(client, str(STRAIGHT), client.take)
    queued = await client.subscribe(str(QUEUED))
    whole = b"".join(b"PING\r\n" if each is None else _sent(*each) for each in told)
    breaks = {0: False, len(whole): False} | {min(cut, len(whole)): waits for cut, waits in cuts}
    reading = asyncio.create_task(client._read_loop())
    client._transport._io_reader.feed_data(b"PING\r\n")
    await asyncio.sleep(0.001)
    for begin, end in pairwise(sorted(breaks)):
        client._transport._io_reader.feed_data(whole[begin:end])
        if breaks[end]:
            await asyncio.sleep(0)
    for _ in range(10):
        await asyncio.sleep(0)
    while not queued._pending_queue.empty():
        client.take(queued._pending_queue.get_nowait())
    reading.cancel()

    assert client.pinged == told.count(None) + 1
    for sid, heard in client.heard.items():
        sent = [each for each in told if each is not None and each[0] == sid]
        assert [(reply, body) for reply, body, _ in heard] == [(reply, body) for _, reply, _, body in sent]
        for (_, _, read), (_, _, headers, _) in zip(heard, sent, strict=True):
            assert (read.get("a"), read.get("Status")) == (
                "b" if b"a: b" in headers else None,
                "408" if b"408" in headers else None,
            )
    assert client.stats["in_msgs"] == len(told) - told.count(None)
