"""One conversation worker on a real broker; the line and the scheduler are played by the test."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from nats.aio.msg import Msg

from contracts.calls import CallConcluded, CallEnded, CallRequested, CallStarted, Playbook
from contracts.event import Event, kind_of
from contracts.requests import Book, Booked, OfferSlots, Refused, Slot, SlotsOffered
from contracts.turns import CallHeard, Consulted, HeardKind
from contracts.values import Disposition, LeadFacts, MeetingFacts
from messiah.nats_server import NatsServer
from services.conversation.app import build
from services.conversation.languages import doubt
from services.conversation.settings import ConversationSettings
from services.runtime.broker import Broker
from services.runtime.clock import Clock
from services.runtime.service import Service
from tests.pinned import pin

SUNDAY = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
TUESDAY = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
WAIT_S = 20.0
DOUBTFUL = next(
    text
    for text in (
        "אתם מטרידים אנשים בשעות כאלה יש לי ישיבה תתקשר בעשר",
        "שיחות כאלה לא בשבילי",
        "עזבו את המשרד הזה בשקט",
        "לא אוהב שיחות כאלה",
    )
    if doubt(text)
)
"""May be an opt-out. Which of these is changes when the weights are learned anew; one is."""


class FakeScheduler:
    """Two slots, each booked once; it counts what it was asked."""

    def __init__(self) -> None:
        self.offers: list[OfferSlots] = []
        self.books: list[Book] = []
        self.meetings: dict[tuple[UUID, str], MeetingFacts] = {}
        self.hold = asyncio.Event()
        self.hold.set()

    async def open(self, broker: Broker) -> None:
        await broker.nats.subscribe("scheduler.offer_slots", cb=self._offer)
        await broker.nats.subscribe("scheduler.book", cb=self._book)
        await broker.nats.flush()

    async def _offer(self, message: Msg) -> None:
        request = OfferSlots.model_validate_json(message.data)
        self.offers.append(request)
        first = request.wish.start if request.wish else TUESDAY
        slots = tuple(_slot(first + timedelta(days=day)) for day in range(2))
        reply = SlotsOffered(slots=slots, held_until=first)
        await message.respond(reply.model_dump_json().encode())

    async def _book(self, message: Msg) -> None:
        request = Book.model_validate_json(message.data)
        self.books.append(request)
        await self.hold.wait()
        start = datetime.strptime(request.slot_id, "%Y%m%dT%H%M%z")
        meeting = self.meetings.setdefault(
            (request.call_id, request.slot_id),
            MeetingFacts(
                meeting_id=uuid4(),
                slot_id=request.slot_id,
                start=start,
                end=start + timedelta(minutes=20),
                representative_id="r1",
                representative_name="רון",
            ),
        )
        reply: Booked | Refused = Booked(meeting=meeting)
        await message.respond(reply.model_dump_json().encode())


def _slot(start: datetime) -> Slot:
    return Slot(
        slot_id=start.strftime("%Y%m%dT%H%M%z"),
        start=start,
        end=start + timedelta(minutes=20),
        representative_id="r1",
        representative_name="רון",
    )


class Line:
    """The test's end of one call: tells what the caller did and keeps what the agent said."""

    def __init__(self, broker: Broker, clock: Clock) -> None:
        self.broker = broker
        self.clock = clock
        self.call_id = uuid4()
        self.facts: list[Event] = []
        self.turn = 0
        self._changed = asyncio.Condition()

    async def open(self, playbook: str = "alta-he", *, recorded: bool = True, **lead: str) -> None:
        await self.broker.nats.subscribe(f"calls.{self.call_id}.>", cb=self._take)
        await self.broker.nats.flush()
        await self.tell(
            CallRequested,
            lead_id="lead-1",
            phone="+972542345678",
            lead=LeadFacts(name="דנה כהן", company="אורנט", **lead),
            playbook=Playbook(name=playbook, content_hash=""),
            recorded=recorded,
        )
        await self.tell(CallStarted, lead_id="lead-1", line="relay", carrier_call_id="CA1")

    async def tell(self, fact: type[Event], **fields: object) -> None:
        await self.broker.tell(fact(call_id=self.call_id, occurred_at=self.clock.now(), **fields))

    async def hear(self, text: str, kind: HeardKind = HeardKind.SPEECH) -> str:
        """The caller says something; the whole of the agent's answer."""
        self.turn += 1
        await self.tell(CallHeard, turn=self.turn, text=text, kind=kind)
        return await self.answer(self.turn)

    async def tell_heard(self, text: str) -> None:
        """The caller says something; the answer is not awaited."""
        await self.tell(CallHeard, turn=self.turn, text=text)

    async def answer(self, turn: int) -> str:
        """The agent's whole answer to a turn."""
        await self.until(lambda: any(said.last and said.turn == turn for said in self.of("said")))
        return " ".join(said.text for said in self.of("said") if said.turn == turn and said.text)

    async def end(self) -> CallConcluded:
        """The line ends; what the call was concluded as."""
        await self.tell(CallEnded, lead_id="lead-1", disposition=Disposition.ANSWERED, duration_s=30.0)
        await self.until(lambda: self.of("concluded"))
        return self.of("concluded")[0]

    def of(self, name: str) -> list:
        return [fact for fact in self.facts if fact.subject.endswith(f".{name}")]

    def consulted(self) -> list[Consulted]:
        """What models were asked, as told by itself or with the last phrase of an answer."""
        told = [fact if isinstance(fact, Consulted) else getattr(fact, "consulted", None) for fact in self.facts]
        return [asked for asked in told if asked is not None]

    async def until(self, what: Callable[[], object]) -> None:
        async with self._changed:
            try:
                await asyncio.wait_for(self._changed.wait_for(lambda: bool(what())), WAIT_S)
            except TimeoutError:
                raise AssertionError(f"it did not happen; told: {[fact.subject for fact in self.facts]}") from None

    async def _take(self, message: Msg) -> None:
        kind = kind_of(message.subject)
        async with self._changed:
            self.facts.append(kind.model_validate_json(message.data))
            self._changed.notify_all()


Start = Callable[..., Awaitable[Service]]


@pytest.fixture
async def clock(broker: Broker) -> Clock:
    """Everybody's, on a Sunday: what the agent calls tomorrow does not depend on the day on which tests run."""
    return await pin(broker, SUNDAY)


@pytest.fixture
async def scheduler(broker: Broker) -> FakeScheduler:
    fake = FakeScheduler()
    await fake.open(broker)
    return fake


@pytest.fixture
async def start_worker(broker: Broker, clock: Clock, nats_server: NatsServer) -> AsyncIterator[Start]:
    """Starts conversation workers, and stops those still running."""
    started: list[Service] = []

    async def start(**settings: object) -> Service:
        service = await build(ConversationSettings(nats_url=nats_server.url, closing_timeout_s=60, **settings))
        await service.start()
        started.append(service)
        return service

    yield start
    for service in started:
        if await service.unwell() is None:
            await service.stop()


@pytest.fixture
async def line(broker: Broker, clock: Clock, scheduler: FakeScheduler) -> Line:
    return Line(broker, clock)
