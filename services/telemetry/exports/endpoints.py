"""What people do with webhooks: add, change, rotate, try and remove endpoints, look at deliveries and replay them."""

from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.event import new_event_id
from services.runtime.errors import InvalidMessage, NotFound, Refused
from services.runtime.unit_of_work import Units
from services.telemetry.domain.delivery import Delivery, DeliveryStatus, NewsKind
from services.telemetry.exports import ledger
from services.telemetry.exports.addresses import check_url
from services.telemetry.exports.ledger import REAL, webhook
from services.telemetry.exports.sender import Sender
from services.telemetry.exports.signing import Signer
from services.telemetry.exports.tables import AttemptRow, DeliveryRow, EndpointRow

TEST = "webhook.test"
MOST_ENDPOINTS = 20
REPLAYED_AT_ONCE = 1000


class EndpointPlan(BaseModel):
    """An endpoint as somebody wants it. Without `kinds` it is told everything."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(max_length=2000)
    kinds: list[NewsKind] = Field(default_factory=lambda: list(NewsKind), min_length=1)
    description: str | None = Field(default=None, max_length=200)
    is_on: bool = True


class EndpointChange(BaseModel):
    """What to change of an endpoint; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    url: str | None = Field(default=None, max_length=2000)
    kinds: list[NewsKind] | None = Field(default=None, min_length=1)
    description: str | None = Field(default=None, max_length=200)
    is_on: bool | None = None


class Endpoint(BaseModel):
    """Somebody's webhook. `off_because` says why we switched it off, if we did."""

    model_config = ConfigDict(from_attributes=True)

    endpoint_id: UUID
    url: str
    kinds: list[NewsKind]
    description: str | None
    is_on: bool
    off_because: str | None
    created_at: AwareDatetime
    rotated_at: AwareDatetime | None


class EndpointWithSecret(Endpoint):
    """Shown when an endpoint is added or its secret is rotated. The receiver verifies signatures with it."""

    secret: str


class Tried(BaseModel):
    """One try to deliver."""

    model_config = ConfigDict(from_attributes=True)

    at: AwareDatetime
    duration_ms: float
    status_code: int | None
    error: str | None


class DeliveryView(BaseModel):
    """A delivery and what has become of it, without what it says."""

    model_config = ConfigDict(from_attributes=True)

    delivery_id: UUID
    destination: str
    kind: str
    status: DeliveryStatus
    attempts: int
    reason: str | None
    created_at: AwareDatetime
    attempt_at: AwareDatetime
    settled_at: AwareDatetime | None
    tries: list[Tried] = Field(default_factory=list)


class DeliveryQuery(BaseModel):
    """Which deliveries, newest first. `destination` may be a sink such as hubspot, or webhook:{endpoint_id}."""

    model_config = ConfigDict(extra="forbid")

    destination: str | None = Field(default=None, max_length=64)
    status: DeliveryStatus | None = None
    kind: str | None = Field(default=None, max_length=32)
    before: UUID | None = None
    """Older than this delivery: the last one of the page before."""
    limit: int = Field(default=50, ge=1, le=200)


class EndpointDesk:
    """Does it. Everything raises Unavailable if the database does not answer."""

    def __init__(self, units: Units, signer: Signer, sender: Sender, *, private: bool) -> None:
        self._units = units
        self._signer = signer
        self._sender = sender
        self._private = private

    async def add(self, plan: EndpointPlan) -> EndpointWithSecret:
        """Raises InvalidMessage for a URL that webhooks may not go to, Refused beyond twenty endpoints."""
        check_url(plan.url, private=self._private)
        async with self._units.begin() as unit:
            known = (await unit.session.scalars(select(EndpointRow))).all()
            if len(known) >= MOST_ENDPOINTS:
                raise Refused(f"there are {MOST_ENDPOINTS} endpoints already; remove one first")
            row = EndpointRow(
                endpoint_id=new_event_id(),
                url=plan.url,
                kinds=[kind.value for kind in plan.kinds],
                description=plan.description,
                is_on=plan.is_on,
                off_because=None,
                generation=0,
                rotated_at=None,
                created_at=REAL.now(),
            )
            unit.session.add(row)
        return self._with_secret(row)

    async def all(self) -> list[Endpoint]:
        async with self._units.reading() as session:
            rows = await session.scalars(select(EndpointRow).order_by(EndpointRow.created_at))
            return [Endpoint.model_validate(row) for row in rows]

    async def get(self, endpoint_id: UUID) -> Endpoint:
        """Raises NotFound."""
        async with self._units.reading() as session:
            return Endpoint.model_validate(await _known(session, endpoint_id))

    async def change(self, endpoint_id: UUID, change: EndpointChange) -> Endpoint:
        """Raises NotFound, InvalidMessage for a URL that webhooks may not go to."""
        given = change.model_dump(exclude_unset=True, mode="json")
        empty = [name for name in ("url", "kinds", "is_on") if name in given and given[name] is None]
        if empty:
            raise InvalidMessage(f"{empty[0]} may be left out, but not null", field=empty[0])
        if change.url is not None:
            check_url(change.url, private=self._private)
        async with self._units.begin() as unit:
            row = await _known(unit.session, endpoint_id)
            for name, value in given.items():
                setattr(row, name, value)
            if change.is_on:
                row.off_because = None
        return Endpoint.model_validate(row)

    async def rotate(self, endpoint_id: UUID) -> EndpointWithSecret:
        """A new secret; for a day messages are signed with the old one, too. Raises NotFound."""
        async with self._units.begin() as unit:
            row = await _known(unit.session, endpoint_id)
            row.generation += 1
            row.rotated_at = REAL.now()
        return self._with_secret(row)

    async def remove(self, endpoint_id: UUID) -> None:
        """Raises NotFound. What waits for it is dropped."""
        async with self._units.begin() as unit:
            await unit.session.delete(await _known(unit.session, endpoint_id))

    async def test(self, endpoint_id: UUID) -> DeliveryView:
        """Send a test message at once. Raises NotFound; a failure is in the answer, and it is tried again."""
        about = new_event_id()
        now = REAL.now()
        data = {"message": "This is a test of your webhook."}
        content = {"type": TEST, "timestamp": now.isoformat(), "data": data}
        async with self._units.begin() as unit:
            await _known(unit.session, endpoint_id)
            delivery = Delivery.of(webhook(endpoint_id), TEST, about, content, None, now).claimed(now)
            await ledger.store(unit.session, [delivery])
        await self._sender.send(delivery)
        return await self.delivery(delivery.delivery_id)

    async def deliveries(self, query: DeliveryQuery) -> list[DeliveryView]:
        """Raises NotFound if `before` is not known."""
        found = select(DeliveryRow).order_by(DeliveryRow.created_at.desc(), DeliveryRow.delivery_id.desc())
        for column, given in ((DeliveryRow.status, query.status), (DeliveryRow.kind, query.kind)):
            if given is not None:
                found = found.where(column == given)
        if query.destination is not None:
            found = found.where(
                or_(
                    DeliveryRow.destination == query.destination,
                    DeliveryRow.destination.startswith(f"{query.destination}:"),
                )
            )
        async with self._units.reading() as session:
            if query.before is not None:
                last = await _known_delivery(session, query.before)
                same = and_(DeliveryRow.created_at == last.created_at, DeliveryRow.delivery_id < last.delivery_id)
                found = found.where(or_(DeliveryRow.created_at < last.created_at, same))
            return [DeliveryView.model_validate(row) for row in await session.scalars(found.limit(query.limit))]

    async def delivery(self, delivery_id: UUID) -> DeliveryView:
        """One delivery with every try. Raises NotFound."""
        tries = select(AttemptRow).where(AttemptRow.delivery_id == delivery_id).order_by(AttemptRow.id)
        async with self._units.reading() as session:
            view = DeliveryView.model_validate(await _known_delivery(session, delivery_id))
            view.tries = [Tried.model_validate(row) for row in await session.scalars(tries)]
        return view

    async def replay(self, delivery_id: UUID) -> DeliveryView:
        """Send a delivery once more, under the same id. Raises NotFound, Refused if its content is no longer kept."""
        async with self._units.begin() as unit:
            row = await _known_delivery(unit.session, delivery_id)
            if row.content is None:
                raise Refused("what it said is no longer kept (EXPORTS_KEEP_DAYS); GET /calls has the records")
            await _replay(unit.session, [delivery_id], REAL.now())
        return await self.delivery(delivery_id)

    async def replay_dead(self, destination: str) -> int:
        """Send everything once more that a destination did not take and that is still kept. Returns how much."""
        async with self._units.begin() as unit:
            dead = await unit.session.scalars(
                select(DeliveryRow.delivery_id)
                .where(
                    DeliveryRow.destination == destination,
                    DeliveryRow.status.in_((DeliveryStatus.DEAD, DeliveryStatus.DROPPED)),
                    DeliveryRow.content.is_not(None),
                )
                .order_by(DeliveryRow.created_at)
                .limit(REPLAYED_AT_ONCE)
            )
            return await _replay(unit.session, list(dead), REAL.now())

    def _with_secret(self, row: EndpointRow) -> EndpointWithSecret:
        shown = Endpoint.model_validate(row).model_dump()
        return EndpointWithSecret(**shown, secret=self._signer.secret(row.endpoint_id, row.generation))


async def _replay(session: AsyncSession, delivery_ids: list[UUID], now: datetime) -> int:
    replayed = 0
    for delivery_id in delivery_ids:
        known = await ledger.get(session, delivery_id)
        if known is not None and known.status is not DeliveryStatus.PENDING:
            await ledger.change(session, known.replayed(now))
            replayed += 1
    return replayed


async def _known(session: AsyncSession, endpoint_id: UUID) -> EndpointRow:
    row = await session.get(EndpointRow, endpoint_id)
    if row is None:
        raise NotFound(f"there is no endpoint {endpoint_id}; GET /webhooks lists those there are")
    return row


async def _known_delivery(session: AsyncSession, delivery_id: UUID) -> DeliveryRow:
    row = await session.get(DeliveryRow, delivery_id)
    if row is None:
        raise NotFound(f"there is no delivery {delivery_id}; GET /deliveries lists those there are")
    return row
