"""Has streams store messages, and knows when they have.

What the client's own JetStream publish does for each message (a random inbox, a task's worth of waiting, an object of
the acknowledgement) costs a quarter more, and a turn of a call tells five facts.
"""

import asyncio
from itertools import count

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import Header
from nats.js.errors import APIError, NoStreamResponseError
from pydantic_core import from_json

from services.runtime.cancelling import give_up
from services.runtime.nats_client import Writer
from services.runtime.nats_reading import hear


class Acks:
    """The acknowledgements of one connection, all over one inbox. `open` before use."""

    def __init__(self, nats: Client, writer: Writer) -> None:
        self._nats = nats
        self._writer = writer
        self._inbox = nats.new_inbox()
        self._numbers = count()
        self._waiting: dict[str, tuple[asyncio.Future[int], asyncio.TimerHandle]] = {}

    async def open(self) -> None:
        """Listen for acknowledgements; the client does so again after a reconnect."""
        await hear(self._nats, f"{self._inbox}.*", self._arrived)

    def begin(self, subject: str, body: bytes, headers: dict[str, str], timeout_s: float) -> asyncio.Future[int] | None:
        """As `store`, for whoever does not wait; None if the connection does not take the message at once."""
        number = str(next(self._numbers))
        if not self._writer.published(subject, body, headers, f"{self._inbox}.{number}"):
            return None
        return self._expected(number, timeout_s)

    async def store(self, subject: str, body: bytes, headers: dict[str, str], timeout_s: float) -> int:
        """Publish, and wait until it is stored. Returns its sequence.

        Raises TimeoutError if no acknowledgement came in time, APIError if the stream refused it, NoStreamResponseError
        if no stream takes the subject, and what the client raises without a connection.
        """
        stored = self.begin(subject, body, headers, timeout_s)
        if stored is None:
            number = str(next(self._numbers))
            stored = self._expected(number, timeout_s)
            try:
                await self._nats.publish(subject, body, reply=f"{self._inbox}.{number}", headers=headers)
            except BaseException:
                stored.cancel()
                raise
        return await stored

    def _expected(self, number: str, timeout_s: float) -> asyncio.Future[int]:
        loop = asyncio.get_running_loop()
        stored: asyncio.Future[int] = loop.create_future()
        self._waiting[number] = stored, loop.call_later(timeout_s, self._missed, number)
        return stored

    def _arrived(self, message: Msg) -> None:
        stored, late = self._waiting.pop(message.subject.rpartition(".")[2], (None, None))
        if stored is None or late is None:
            return
        late.cancel()
        if not stored.done():
            try:
                stored.set_result(_sequence(message))
            except Exception as error:
                stored.set_exception(error)

    def _missed(self, number: str) -> None:
        stored, _ = self._waiting.pop(number)
        give_up(stored)


def _sequence(message: Msg) -> int:
    if message.headers and Header.STATUS in message.headers:
        raise NoStreamResponseError
    answer = from_json(message.data)
    if "error" in answer:
        raise APIError.from_error(answer["error"])
    return int(answer["seq"])
