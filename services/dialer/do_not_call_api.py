"""Whom never to call, over HTTP: add a person, ask about a number, and learn which numbers the registry must be asked
about."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field, SecretStr

from contracts.contacts import ContactOptedOut
from contracts.reasons import said
from contracts.streams import DIALER_OPT_OUTS
from contracts.values import LeadId, PhoneNumber, lead_id_of
from services.dialer.desk import Desk
from services.dialer.domain.phone import read_number
from services.dialer.domain.rules import REGISTRY_FRESH
from services.dialer.handlers import Handlers
from services.dialer.ports.ledger import Ledger
from services.dialer.registry import SqlRegistry
from services.runtime.clock import Clock
from services.runtime.errors import InvalidMessage
from services.runtime.security import guarded


class OptOutForm(BaseModel):
    """Whom never to call again: a number, a lead, or both."""

    phone: str | None = Field(None, max_length=64)
    lead_id: LeadId | None = None
    quote: str | None = Field(None, max_length=500)


class RegistryView(BaseModel):
    """What the national registry said, and whether that may still be relied on."""

    listed: bool
    checked_at: datetime
    fresh: bool


class DoNotCallView(BaseModel):
    """What is known of a number. `may_be_called` heeds the own list and the registry's answer, and no other rule."""

    phone: PhoneNumber
    opted_out: bool
    opted_out_at: datetime | None = None
    quote: str | None = None
    registry: RegistryView | None = None
    may_be_called: bool


def do_not_call_routes(
    ledger: Ledger, registry: SqlRegistry, handlers: Handlers, desk: Desk, clock: Clock, token: SecretStr | None
) -> APIRouter:
    """Every route, guarded."""
    routes = APIRouter(tags=["do not call"], dependencies=guarded(token))

    @routes.post("/do-not-call", status_code=201)
    async def do_not_call(form: OptOutForm) -> ContactOptedOut:
        """Never call this person again, on any channel. Planned calls are cancelled, a call in progress is ended."""
        phone = _e164(form.phone) if form.phone is not None else None
        lead_id = form.lead_id or (lead_id_of(phone) if phone else None)
        if lead_id is None:
            raise InvalidMessage(said("phone_or_lead_missing"), field="phone")
        event = ContactOptedOut(occurred_at=clock.now(), lead_id=lead_id, phone=phone, quote=form.quote)
        async with ledger.begin() as transaction:
            transaction.tell(event)
            await transaction.first_time(DIALER_OPT_OUTS, event)  # what it brings about is done here and now
            live = await handlers.close_door(transaction, event.lead_id, event.phone, None, event.quote)
        for call_id in live:
            await desk.hang_up(call_id, "the person opted out")
        return event

    @routes.get("/do-not-call/check")
    async def check(phone: Annotated[str, Query(max_length=64)]) -> DoNotCallView:
        """Whether a number is on the own list, and what the national registry said of it."""
        number = _e164(phone)
        async with ledger.reading() as reader:
            entry = await reader.opt_out_of(number)
            finding = (await registry.findings(reader, [number])).get(number)
        asked = None
        if finding is not None:
            fresh = finding.checked_at >= clock.now() - REGISTRY_FRESH
            asked = RegistryView(listed=finding.listed, checked_at=finding.checked_at, fresh=fresh)
        return DoNotCallView(
            phone=number,
            opted_out=entry is not None,
            opted_out_at=entry and entry.opted_out_at,
            quote=entry and entry.quote,
            registry=asked,
            may_be_called=entry is None and not (finding is not None and finding.listed),
        )

    @routes.get("/registry/due", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
    async def due() -> StreamingResponse:
        """Numbers of leads about which the registry was not asked within 15 days, as CSV with one number a row."""
        headers = {"Content-Disposition": 'attachment; filename="registry-due.csv"'}
        return StreamingResponse(
            _lines(registry.due(clock.now() - REGISTRY_FRESH)), media_type="text/csv", headers=headers
        )

    return routes


def _e164(written: str) -> PhoneNumber:
    number = read_number(written)
    if number.e164 is None:
        raise InvalidMessage(said("phone_invalid", why=number.invalid), field="phone")
    return number.e164


async def _lines(phones: AsyncIterator[PhoneNumber]) -> AsyncIterator[str]:
    yield "phone\r\n"
    async for phone in phones:
        yield f"0{phone.removeprefix('+972')}\r\n" if phone.startswith("+972") else f"{phone}\r\n"
