"""The dialer forgets somebody: after the last call, when every service has, whatever was down or died in between."""

import hashlib
import hmac
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from contracts.calls import CallDialed, CallRecorded
from contracts.contacts import (
    ContactErased,
    ContactErasureBegan,
    ContactErasureFinished,
    ContactErasureRequested,
    ContactErasureWaits,
    Copy,
    CopyState,
)
from contracts.leads import LeadAccepted, LeadRefused
from services.dialer.domain.carrier_call import CarrierStatus
from services.dialer.privacy import finishing, recalling
from services.dialer.privacy.copies import copies_of
from services.dialer.privacy.erasing import OTHERS
from services.dialer.privacy.tables import ErasureRow
from services.dialer.sources.tables import SourcedRow
from services.runtime.backoff import Backoff
from services.runtime.broker import Broker
from services.runtime.database import Database
from services.runtime.errors import Refused
from tests.component.dialer.conftest import CLOCK, Dialers, Facts, until

PHONE, SECRET = "054-2345678", "a secret of sixteen or more"
E164 = "+972542345678"


async def erased(broker: Broker, began: ContactErasureBegan, *services: str) -> None:
    for service in services:
        await broker.tell(
            ContactErased(
                occurred_at=CLOCK.now(),
                lead_id=began.lead_id,
                service=service,
                erasure_id=began.erasure_id,
                removed={"rows": 1},
                remarks=("a webhook was told",),
                copies=(Copy(holder="hubspot", what="contacts", state=CopyState.DELETED),)
                if service == "telemetry"
                else (),
            )
        )


async def copies(dialers: Dialers, erasure_id: UUID) -> tuple[Copy, ...]:
    async with dialers.ledger.reading() as reader:
        return (await copies_of(reader.session, [erasure_id]))[erasure_id]


async def rows_of(dialers: Dialers, table: str) -> list[Any]:
    async with dialers.ledger.reading() as reader:
        return list((await reader.session.execute(text(f"SELECT * FROM {table}"))).all())


async def held(dialers: Dialers) -> dict[str, int]:
    """How many rows of each table hold the number or the name anywhere."""
    units = dialers.services[-1].units
    assert units is not None
    found: dict[str, int] = {}
    async with units.reading() as session:
        for name in ("leads", "attempts", "decisions", "opt_outs", "outbox", "erasures", "privacy_log", "answers"):
            rows = (await session.execute(text(f"SELECT * FROM {name}"))).all()
            hits = [row for row in rows if "2345678" in str(row) or "קשקשן" in str(row) or r"\u05e7\u05e9" in str(row)]
            found |= {name: len(hits)} if hits else {}
    return found


async def test_a_live_call_is_ended_first_and_nothing_is_left(
    dialers: Dialers, broker: Broker, facts: Facts, carrier, conversation
) -> None:
    await dialers.start(privacy_secret=SECRET)
    lead = await dialers.submit(phone=PHONE, name="דנה קשקשן")
    call: CallDialed = await facts.first(CallDialed)
    carrier.kept = {call.carrier_call_id: ["RE1", "RE2"], "CAgone": ["RE3"], "CAother": ["RE9"]}
    about = {"occurred_at": CLOCK.now(), "call_id": call.call_id}
    for recording_id in ("RE1", "RE3"):
        await broker.tell(
            CallRecorded(**about, recording_id=recording_id, url=f"https://carrier.example/{recording_id}")
        )
    wish = ContactErasureRequested(occurred_at=CLOCK.now(), lead_id=call.lead_id, requested_by=f"somebody for {E164}")
    await broker.tell(wish)

    async def hung_up() -> bool:
        return call.carrier_call_id in carrier.ended

    await until(hung_up)
    assert not facts.of(ContactErasureBegan), "nobody forgets a person who is on the phone"
    await dialers.report(call.call_id, CarrierStatus.COMPLETED)
    began: ContactErasureBegan = await facts.first(ContactErasureBegan)
    assert (began.traces.phones, began.traces.call_ids) == ((E164,), (call.call_id,))

    await erased(broker, began, *OTHERS[:2])
    waiting = Copy(holder="hubspot", what="records", state=CopyState.PENDING, reason="HubSpot answered 503")
    waits = {"lead_id": began.lead_id, "service": "telemetry", "erasure_id": began.erasure_id, "copies": (waiting,)}
    await broker.tell(ContactErasureWaits(occurred_at=CLOCK.now(), **waits))

    async def told() -> bool:
        return await copies(dialers, began.erasure_id) == (waiting,)

    await until(told)
    await dialers.services[-1].stop()  # and the last one has not answered
    await erased(broker, began, OTHERS[2])
    await dialers.start()
    receipt: ContactErasureFinished = await facts.first(ContactErasureFinished)
    assert receipt.removed.keys() == {"dialer", "streams", *OTHERS}
    assert receipt.removed["dialer"]["leads"] == 1
    assert "a webhook was told" in receipt.remarks
    assert {(each.holder, each.what, each.count, each.state) for each in receipt.copies} == {
        ("carrier", "recordings", 3, "deleted"),
        ("hubspot", "contacts", 1, "deleted"),
    }
    assert carrier.kept == {call.carrier_call_id: [], "CAgone": [], "CAother": ["RE9"]}
    assert receipt.person == hmac.new(SECRET.encode(), call.lead_id.encode(), hashlib.sha256).hexdigest()
    assert await held(dialers) == {}
    assert "RE1" not in str(await rows_of(dialers, "erasure_copies"))
    left = {name: (await broker.js.stream_info(name)).state.messages for name in ("LEADS", "CALLS", "CONTACTS")}
    assert left == {"LEADS": 0, "CALLS": 0, "CONTACTS": 1}, "only the receipt"

    await dialers.submit(phone=PHONE, name=lead.name)
    refused: LeadRefused = await facts.first(LeadRefused)
    assert any("forgotten" in reason for reason in refused.reasons)
    again = await facts.until(lambda: facts.of(ContactErasureBegan)[1:])
    await erased(broker, again[0], *OTHERS)
    await facts.until(lambda: len(facts.of(ContactErasureFinished)) == 2)
    assert await held(dialers) == {}


async def test_what_others_hold_is_asked_for_until_it_is_gone(
    dialers: Dialers, broker: Broker, facts: Facts, carrier, conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recalling, "TICK_S", 0.05)
    monkeypatch.setattr(recalling, "BACKOFF", Backoff(timedelta(milliseconds=20), timedelta(seconds=1)))
    await dialers.start()
    await dialers.submit(phone=PHONE)
    call: CallDialed = await facts.first(CallDialed)
    carrier.kept = {call.carrier_call_id: ["RE1"]}
    carrier.away = True
    await dialers.report(call.call_id, CarrierStatus.NO_ANSWER)
    async with dialers.ledger.begin() as transaction:
        sourced = {"lead_id": call.lead_id, "told": True, "source": "airtable"}
        transaction.session.add(SourcedRow(reference="rec1", **sourced))
    await broker.tell(ContactErasureRequested(occurred_at=CLOCK.now(), lead_id=call.lead_id, requested_by="admin"))
    began: ContactErasureBegan = await facts.first(ContactErasureBegan)
    elsewhere = "https://api.twilio.com/2010-04-01/Accounts/ACother/Recordings/RE7"
    recorded = CallRecorded(occurred_at=CLOCK.now(), call_id=call.call_id, recording_id="RE7", url=elsewhere)
    await broker.tell(recorded)
    await erased(broker, began, *OTHERS)

    receipt: ContactErasureFinished = await facts.first(ContactErasureFinished)
    by_state = {each.state: each for each in receipt.copies}
    assert by_state["pending"].reason == "the carrier is away"
    assert (by_state["failed"].holder, by_state["failed"].references) == ("airtable", ("rec1",))
    assert await held(dialers) == {}

    await dialers.services[-1].stop()
    await dialers.start()
    carrier.away = False

    async def gone() -> bool:
        states = [each.state for each in await copies(dialers, began.erasure_id) if each.holder == "carrier"]
        return states == ["deleted"]

    await until(gone)
    assert carrier.kept == {call.carrier_call_id: []}
    carrier.kept["CAlate"] = ["RE8"]  # its call is known to nobody any more
    await dialers.desk.recorded(uuid4(), "RE8", "https://carrier.example/RE8", None)

    async def gone_too() -> bool:
        return carrier.kept["CAlate"] == []

    await until(gone_too)
    log = [row.did for row in await rows_of(dialers, "privacy_log")]
    assert (log[:2], set(log[2:])) == (["erasure requested", "erased"], {"deleted"})


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # PostgreSQL's VACUUM holds up nobody
async def test_a_large_database_is_rewritten_when_nobody_is_on_the_phone(
    dialers: Dialers, broker: Broker, facts: Facts, conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    await dialers.start()
    monkeypatch.setattr(finishing, "QUICK_BYTES", 1)
    await dialers.submit(phone="054-2345679")
    call: CallDialed = await facts.first(CallDialed)
    for lead_id in ("crm-7", "crm-8"):
        await broker.tell(ContactErasureRequested(occurred_at=CLOCK.now(), lead_id=lead_id, requested_by="admin"))
    for began in await facts.until(lambda: facts.of(ContactErasureBegan)[1:] and facts.of(ContactErasureBegan)):
        await erased(broker, began, *OTHERS)

    async def swept() -> bool:
        return {row.state for row in await rows_of(dialers, "erasures")} == {"rewriting"}

    await until(swept)
    asked: list[int] = []
    monkeypatch.setattr(Database, "size", property(lambda _: asked.append(1) or 2**40))

    async def looked() -> bool:
        return len(asked) > 1

    await until(looked)
    assert not facts.of(ContactErasureFinished)
    await dialers.report(call.call_id, CarrierStatus.NO_ANSWER)
    await facts.until(lambda: len(facts.of(ContactErasureFinished)) == 2)


@pytest.mark.parametrize("state", ["sweeping", "rewriting"])
async def test_an_erasure_that_was_interrupted_is_gone_on_with(
    dialers: Dialers, broker: Broker, facts: Facts, carrier, state: str
) -> None:
    await dialers.start()
    await dialers.submit(phone=PHONE, consent=None, name="דנה קשקשן")
    refused: LeadRefused = await facts.first(LeadRefused)
    await broker.tell(ContactErasureRequested(occurred_at=CLOCK.now(), lead_id=refused.lead_id, requested_by="admin"))
    began: ContactErasureBegan = await facts.first(ContactErasureBegan)
    await dialers.services[-1].stop()
    units = dialers.services[-1].units
    assert units is not None

    await dialers.start()

    async def move() -> Any:
        fresh = dialers.services[-1].units
        assert fresh is not None
        async with fresh.begin() as unit:
            row = await unit.session.get(ErasureRow, began.erasure_id)
            assert row is not None
            if state == "rewriting":
                row.lead_id = row.phone = row.traces = None
            row.state = state

    await move()
    await facts.first(ContactErasureFinished)
    if state == "sweeping":
        assert await held(dialers) == {}


async def test_another_secret_is_refused_since_it_would_open_the_gate(dialers: Dialers) -> None:
    await dialers.start(privacy_secret=SECRET)
    await dialers.services[-1].stop()
    with pytest.raises(Refused, match="PRIVACY_SECRET"):
        await dialers.start(privacy_secret=SECRET[::-1])
    with pytest.raises(Refused, match="PRIVACY_SECRET"):
        await dialers.start(privacy_secret=None)


async def test_a_secret_may_be_set_later(dialers: Dialers, broker: Broker, facts: Facts) -> None:
    await dialers.start()
    wish = ContactErasureRequested(occurred_at=CLOCK.now(), lead_id="crm-7", phone=E164, requested_by="admin")
    await broker.tell(wish)
    await erased(broker, await facts.first(ContactErasureBegan), *OTHERS)
    await facts.first(ContactErasureFinished)
    await dialers.services[-1].stop()
    await dialers.start(privacy_secret=SECRET)
    await dialers.submit(phone=PHONE)
    assert any("forgotten" in reason for reason in (await facts.first(LeadRefused)).reasons)
    assert not facts.of(LeadAccepted)
