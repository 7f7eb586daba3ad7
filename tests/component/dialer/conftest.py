"""Whole dialers on a real broker, over SQLite or PostgreSQL, with a carrier and a conversation that a test plays."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import services.dialer.app
from contracts.calls import CallConcluded, CallStarted
from contracts.event import Event, kind_of
from contracts.leads import LeadSubmitted
from contracts.streams import CONVERSATION_CALLS, DIALER_CALLS, STREAMS
from contracts.values import Disposition, Outcome
from messiah.nats_server import NatsServer
from services.dialer.capacity import set_cap
from services.dialer.desk import Desk
from services.dialer.domain.attempt import Attempt
from services.dialer.domain.calling_hours import AlwaysOpen
from services.dialer.domain.carrier_call import CarrierStatus, StatusReport
from services.dialer.domain.lead import Lead, LeadState
from services.dialer.endings import Endings
from services.dialer.privacy.recalling import Recalling
from services.dialer.settings import DialerSettings
from services.dialer.store import SqlLedger
from services.dialer.tables import SecretRow
from services.runtime.broker import Broker
from services.runtime.clock import Clock
from services.runtime.lease import Lease, LeaseConsumer
from services.runtime.pseudonyms import Pseudonyms
from services.runtime.service import Service
from tests.component.dialer.fake_carrier import FakeCarrier
from tests.databases import each_database

MIGRATIONS = Path(services.dialer.app.__file__).with_name("migrations")
PATIENCE_S = 40.0
CLOCK = Clock()


async def short_ack_wait(broker: Broker) -> None:
    """A call whose dialer fell silent goes to another one after two seconds."""
    info = await broker.js.consumer_info(DIALER_CALLS.stream, DIALER_CALLS.name)
    info.config.ack_wait = 2
    await broker.js.add_consumer(DIALER_CALLS.stream, info.config)


async def until(happened: Callable[[], Awaitable[Any]]) -> Any:
    """Wait until something is true that nobody tells."""
    async with asyncio.timeout(PATIENCE_S):
        while not (found := await happened()):
            await asyncio.sleep(0.01)
    return found


class Facts:
    """Everything told on the streams, once each, in the order of its arrival."""

    def __init__(self) -> None:
        self.told: list[Event] = []
        self._known: set[UUID] = set()
        self._news = asyncio.Condition()

    async def arrived(self, message: Any) -> None:
        kind = kind_of(message.subject)
        if kind is None or kind is LeadSubmitted:
            return
        event = kind.model_validate_json(message.data)
        async with self._news:
            if event.event_id not in self._known:  # a stream keeps one of each, too
                self._known.add(event.event_id)
                self.told.append(event)
                self._news.notify_all()

    def of(self, kind: type[Event], **having: Any) -> list[Any]:
        found = [each for each in self.told if type(each) is kind]
        return [each for each in found if all(getattr(each, name) == value for name, value in having.items())]

    async def until(self, happened: Callable[[], Any]) -> Any:
        """Wait until something is true of what was told."""
        async with asyncio.timeout(PATIENCE_S), self._news:
            return await self._news.wait_for(happened)

    async def first(self, kind: type[Event], **having: Any) -> Any:
        return (await self.until(lambda: self.of(kind, **having)))[0]


@pytest.fixture
async def facts(broker: Broker) -> Facts:
    heard = Facts()
    for stream in STREAMS:
        for subject in stream.subjects:
            await broker.nats.subscribe(subject, cb=heard.arrived)
    await broker.nats.flush()
    return heard


class Conversation:
    """Has room for calls, and keeps each that starts until it is told to conclude."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._leases: dict[UUID, Lease] = {}
        self._released: dict[UUID, asyncio.Event] = {}
        self.consumer = LeaseConsumer(broker, CONVERSATION_CALLS, self._work, 1000)

    async def _work(self, lease: Lease) -> None:
        call_id = UUID(lease.message.subject.split(".")[1])
        released = self._released.setdefault(call_id, asyncio.Event())
        await released.wait()
        await lease.done()

    async def conclude(self, started: CallStarted, outcome: Outcome, **more: Any) -> None:
        concluded = CallConcluded(
            occurred_at=CLOCK.now(),
            call_id=started.call_id,
            lead_id=started.lead_id,
            outcome=outcome,
            disposition=Disposition.ANSWERED,
            **more,
        )
        await self._broker.tell(concluded)
        self._released.setdefault(started.call_id, asyncio.Event()).set()


@pytest.fixture
async def conversation(broker: Broker) -> AsyncIterator[Conversation]:
    played = Conversation(broker)
    pulling = asyncio.create_task(played.consumer.run())
    yield played
    await played.consumer.stop_pulling()
    await played.consumer.cancel_all()
    await pulling


@pytest.fixture
def carrier() -> FakeCarrier:
    return FakeCarrier()


database_url = each_database("dialer")


class Dialers:
    """Replicas over one database and one broker, and a carrier's voice to tell them of calls."""

    def __init__(self, broker: Broker, carrier: FakeCarrier, settings: DialerSettings, running: AsyncExitStack) -> None:
        self.broker = broker
        self.carrier = carrier
        self.settings = settings
        self.services: list[Service] = []
        self._running = running

    async def start(self, **changes: Any) -> Service:
        self.settings = DialerSettings(_env_file=None, **self.settings.model_dump() | changes)
        service = await services.dialer.app.build(self.settings, self.carrier)
        self._running.push_async_callback(service.broker.close)  # should it not start, nobody is to hear it any more
        await service.start()
        self.services.append(service)
        self._running.push_async_callback(service.stop)
        return service

    @property
    def ledger(self) -> SqlLedger:
        units = self.services[-1].units
        assert units is not None
        return SqlLedger(units, Pseudonyms(SecretRow, self.settings.privacy_secret))

    @property
    def desk(self) -> Desk:
        clock = self.services[-1].clock
        endings = Endings(self.settings, self.carrier.name, AlwaysOpen(), clock)
        orphaned = Recalling(self.ledger, self.carrier, [], clock).orphaned
        return Desk(self.ledger, self.carrier, endings, clock, orphaned)

    async def submit(self, **changes: Any) -> LeadSubmitted:
        lead = lead_of(**changes)
        await self.broker.tell(lead)
        return lead

    async def report(self, call_id: UUID, status: CarrierStatus, **more: Any) -> None:
        await self.desk.report(call_id, StatusReport(f"CA{call_id.hex}", status, **more))

    async def attempt(self, call_id: UUID) -> Attempt:
        async with self.ledger.reading() as reader:
            found = await reader.attempt(call_id)
        assert found is not None
        return found

    async def lead(self, lead_id: str) -> Lead:
        async with self.ledger.reading() as reader:
            found = await reader.lead(lead_id)
        assert found is not None
        return found

    async def lead_is(self, lead_id: str, state: LeadState) -> Lead:
        """The lead, as soon as it stands there."""

        async def stands() -> Lead | None:
            found = await self.lead(lead_id)
            return found if found.state is state else None

        found: Lead = await until(stands)
        return found

    async def idle(self) -> None:
        """Wait until no requested call is being worked on."""

        async def nothing() -> bool:
            return not await unacknowledged(self.broker)

        await until(nothing)

    async def open_line(self, call_id: UUID) -> CallStarted:
        """What a line does when the carrier connects it."""
        lead_id = await self.desk.line_opened(call_id, f"CA{call_id.hex}")
        assert lead_id is not None
        started = CallStarted(
            occurred_at=CLOCK.now(), call_id=call_id, lead_id=lead_id, line="relay", carrier_call_id=f"CA{call_id.hex}"
        )
        await self.broker.tell(started)
        return started


@pytest.fixture
async def dialers(
    broker: Broker,
    nats_server: NatsServer,
    tmp_path: Path,
    database_url: str | None,
    carrier: FakeCarrier,
) -> AsyncIterator[Dialers]:
    await set_cap(broker, 10)
    settings = DialerSettings(
        _env_file=None,
        nats_url=nats_server.url,
        database_url=database_url,
        messiah_var=tmp_path,
        calls_per_second=1000,
        drain_seconds=0,
    )
    async with AsyncExitStack() as running:
        yield Dialers(broker, carrier, settings, running)


def lead_of(phone: str = "054-2345678", **changes: Any) -> LeadSubmitted:
    """A lead that nothing speaks against."""
    consent = {"basis": "web_form", "obtained_at": str(CLOCK.now() - timedelta(days=10))}
    given = {"name": "דנה כהן", "company": "אורנט", "consent": consent, "occurred_at": CLOCK.now()}
    return LeadSubmitted.model_validate(given | {"phone": phone} | changes)


async def unacknowledged(broker: Broker) -> int:
    """How many requested calls are being worked on."""
    info = await broker.js.consumer_info(DIALER_CALLS.stream, DIALER_CALLS.name)
    return int(info.num_ack_pending or 0)
