"""People's data over HTTP: have somebody forgotten, see how far that is, and show all that is held on somebody."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from contracts.contacts import ContactErasureRequested, Copy
from contracts.values import LeadId, lead_id_of
from services.dialer.domain.phone import read_number
from services.dialer.privacy.copies import copies_of
from services.dialer.privacy.inquiry import Inquiry
from services.dialer.privacy.tables import ErasureRow, PrivacyLogRow
from services.dialer.privacy.wishes import Wishes
from services.dialer.store import SqlLedger
from services.runtime.clock import Clock
from services.runtime.errors import InvalidMessage, NotFound
from services.runtime.security import Scope, bearer_of, guarded


class PersonForm(BaseModel):
    """Who is meant: a lead, a number, or both."""

    lead_id: LeadId | None = None
    phone: str | None = Field(None, max_length=64)
    requested_by: str | None = Field(None, max_length=200)
    """Who passes the wish on, if it is not the token's owner alone. It is kept: do not name the person."""


class ErasureView(BaseModel):
    """How far the erasure of a person is. `person` is a keyed hash."""

    model_config = ConfigDict(from_attributes=True)

    erasure_id: UUID
    person: str
    state: str
    """requested, closing, erasing, sweeping, rewriting or finished."""
    requested_by: str
    requested_at: datetime
    finished_at: datetime | None
    removed: dict[str, dict[str, int]]
    """By service and kind. A service that is not here has not answered yet."""
    remarks: list[str]
    """What is not in our hands: who else has the person's data."""
    copies: tuple[Copy, ...] = ()
    """What others held, and what has become of it by now."""


class LogEntry(BaseModel):
    """Something that was done about people's data."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    who: str
    did: str
    person: str | None
    detail: str


def privacy_routes(ledger: SqlLedger, wishes: Wishes, inquiry: Inquiry, clock: Clock) -> APIRouter:
    """Every route, for administrators only."""
    routes = APIRouter(prefix="/persons", tags=["privacy"], dependencies=guarded(scope=Scope.ADMIN))

    @routes.post("/erasures", status_code=202)
    async def erase(request: Request, form: PersonForm) -> ErasureView:
        """Forget a person everywhere. It takes seconds, or as long as a service or a calendar does not answer."""
        lead_id, phone = _named(form.lead_id, form.phone)
        who = "; ".join(each for each in (bearer_of(request), form.requested_by) if each)
        event = ContactErasureRequested(occurred_at=clock.now(), lead_id=lead_id, phone=phone, requested_by=who)
        async with ledger.begin() as transaction:
            transaction.tell(event)
            await wishes.note(transaction, event)
        wishes.wake()
        return await erasure(event.event_id)

    @routes.get("/erasures")
    async def erasures(limit: int = Query(50, ge=1, le=1000)) -> Sequence[ErasureView]:
        """The newest first."""
        query = select(ErasureRow).order_by(ErasureRow.requested_at.desc(), ErasureRow.erasure_id.desc()).limit(limit)
        async with ledger.reading() as reader:
            rows = list(await reader.session.scalars(query))
            copies = await copies_of(reader.session, [row.erasure_id for row in rows])
        return [_view(row, copies) for row in rows]

    @routes.get("/erasures/{erasure_id}")
    async def erasure(erasure_id: UUID) -> ErasureView:
        async with ledger.reading() as reader:
            row = await reader.session.get(ErasureRow, erasure_id)
            copies = await copies_of(reader.session, [erasure_id])
        if row is None:
            raise NotFound(f"there is no erasure {erasure_id}; GET /persons/erasures lists them")
        return _view(row, copies)

    @routes.post("/export")
    async def export(request: Request, form: PersonForm) -> dict[str, Any]:
        """All that is held on a person, in every service and stream. In the body, because addresses are logged."""
        lead_id, phone = _named(form.lead_id, form.phone)
        found = await inquiry.all_on(lead_id, phone)
        async with ledger.begin() as transaction:
            person = await transaction.pseudonyms.of(transaction.session, phone or lead_id)
            who = bearer_of(request)
            transaction.session.add(PrivacyLogRow(at=clock.now(), who=who, did="exported", person=person, detail=""))
        return found

    @routes.get("/log")
    async def log(limit: int = Query(100, ge=1, le=10_000)) -> Sequence[LogEntry]:
        """What was done about people's data, the newest first."""
        query = select(PrivacyLogRow).order_by(PrivacyLogRow.id.desc()).limit(limit)
        async with ledger.reading() as reader:
            return [LogEntry.model_validate(row) for row in await reader.session.scalars(query)]

    return routes


def _view(row: ErasureRow, copies: Mapping[UUID, tuple[Copy, ...]]) -> ErasureView:
    return ErasureView.model_validate(row).model_copy(update={"copies": copies[row.erasure_id]})


def _named(lead_id: str | None, phone: str | None) -> tuple[str, str | None]:
    if phone is None:
        if lead_id is None:
            raise InvalidMessage("give `lead_id`, `phone`, or both", field="lead_id")
        return lead_id, None
    number = read_number(phone)
    if number.e164 is None:
        raise InvalidMessage(f"not a valid phone number: {number.invalid}", field="phone")
    return lead_id or lead_id_of(number.e164), number.e164
