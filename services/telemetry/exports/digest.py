"""The daily digest: a delivery for each recipient, stored once a day whoever comes first, and sent as a mail."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time
from email.utils import parseaddr

from sqlalchemy import select

from services.runtime.clock import Clock
from services.runtime.errors import Refused, Unavailable
from services.runtime.logs import logger
from services.runtime.mail import Postman
from services.runtime.unit_of_work import Units
from services.telemetry.domain.delivery import Delivery
from services.telemetry.domain.digest_day import DigestDay, digest_due
from services.telemetry.exports import ledger
from services.telemetry.exports.digest_page import DigestReader, Language, mail
from services.telemetry.exports.ledger import REAL
from services.telemetry.exports.sink import NeverTaken, NotTaken
from services.telemetry.exports.tables import DeliveryRow

log = logger(__name__)

DIGEST = "digest"
TICK_S = 20.0


class DigestTicker:
    """Stores the digest of a day when its time has come. It may run in every replica."""

    def __init__(self, units: Units, clock: Clock, at: time, recipients: Sequence[str]) -> None:
        self._units = units
        self._clock = clock
        self._at = at
        self._recipients = recipients

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.tick()
            except Unavailable as error:
                log.warning("the digest waits", error=error.detail)
            await asyncio.sleep(TICK_S)

    async def tick(self) -> DigestDay | None:
        """Store the digest that is due, if one is. Its id names day and recipient, so that it is stored once."""
        now = self._clock.now()
        newest = select(DeliveryRow.content).where(DeliveryRow.destination == DIGEST, DeliveryRow.content.is_not(None))
        async with self._units.reading() as session:
            content = await session.scalar(newest.order_by(DeliveryRow.created_at.desc()).limit(1))
        due = digest_due(now, self._at, date.fromisoformat(content["day"]) if content else None)
        if due is None:
            return None
        real = REAL.now()
        deliveries = [
            Delivery.of(
                DIGEST,
                DIGEST,
                (due.day, to),
                {"type": DIGEST, "day": due.day.isoformat(), "since": due.since.isoformat(), "to": to},
                None,
                real,
            )
            for to in self._recipients
        ]
        async with self._units.begin() as unit:
            await ledger.store(
                unit.session, [replace(each, give_up_at=real + (due.until - now)) for each in deliveries]
            )
        return due


class DigestSink:
    """Carries digests to the mail server."""

    name = DIGEST

    def __init__(self, reader: DigestReader, postman: Postman, sender: str, language: Language) -> None:
        self._reader = reader
        self._postman = postman
        self._sender = sender
        self._language = language

    async def send(self, delivery: Delivery) -> int | None:
        """See `Sink`."""
        content = delivery.content or {}
        since, day = date.fromisoformat(content["since"]), date.fromisoformat(content["day"])
        numbers = await self._reader.read(since, day)
        message = mail(
            numbers,
            since=since,
            day=day,
            language=self._language,
            sender=self._sender,
            to=content["to"],
            message_id=delivery.delivery_id,
        )
        try:
            await self._postman.deliver(parseaddr(self._sender)[1], content["to"], message)
        except Refused as error:
            raise NeverTaken(error.detail) from error
        except Unavailable as error:
            raise NotTaken(error.detail) from error
        return None

    async def close(self) -> None:
        """Each mail has a connection of its own."""
