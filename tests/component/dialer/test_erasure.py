"""The dialer forgets somebody: after the last call, when every service has, whatever was down or died in between."""

import hashlib
import hmac
from typing import Any

import pytest
from sqlalchemy import text

from contracts.calls import CallDialed, CallRecorded
from contracts.contacts import ContactErased, ContactErasureBegan, ContactErasureFinished, ContactErasureRequested
from contracts.leads import LeadAccepted, LeadRefused
from services.dialer.domain.carrier_call import CarrierStatus
from services.dialer.privacy.erasing import OTHERS
from services.dialer.privacy.tables import ErasureRow
from services.runtime.broker import Broker
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
                remarks=("hubspot was told",),
            )
        )


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
    await broker.tell(
        CallRecorded(
            occurred_at=CLOCK.now(), call_id=call.call_id, recording_id="RE1", url="https://carrier.example/RE1"
        )
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
    await dialers.services[-1].stop()  # and the last one has not answered
    await erased(broker, began, OTHERS[2])
    await dialers.start()
    receipt: ContactErasureFinished = await facts.first(ContactErasureFinished)
    assert receipt.removed.keys() == {"dialer", "streams", *OTHERS}
    assert receipt.removed["dialer"]["leads"] == 1
    assert any("RE1" in remark for remark in receipt.remarks)
    assert "hubspot was told" in receipt.remarks
    assert receipt.person == hmac.new(SECRET.encode(), call.lead_id.encode(), hashlib.sha256).hexdigest()
    assert await held(dialers) == {}
    left = {name: (await broker.js.stream_info(name)).state.messages for name in ("LEADS", "CALLS", "CONTACTS")}
    assert left == {"LEADS": 0, "CALLS": 0, "CONTACTS": 1}, "only the receipt"

    await dialers.submit(phone=PHONE, name=lead.name)
    refused: LeadRefused = await facts.first(LeadRefused)
    assert any("forgotten" in reason for reason in refused.reasons)
    again = await facts.until(lambda: facts.of(ContactErasureBegan)[1:])
    await erased(broker, again[0], *OTHERS)
    await facts.until(lambda: len(facts.of(ContactErasureFinished)) == 2)
    assert await held(dialers) == {}


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
