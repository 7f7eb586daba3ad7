"""Who is not called, and what is said about it."""

import asyncio
import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from contracts.calls import CallConcluded, CallDialed, CallRequested
from contracts.contacts import ContactOptedOut
from contracts.control import Control, parse_controlled
from contracts.leads import LeadAccepted, LeadDeferred, LeadRefused
from contracts.streams import DIALER_CALLS
from contracts.values import Disposition, Outcome, lead_id_of
from services.dialer import capacity
from services.dialer.capacity import Capacity, set_cap
from services.dialer.domain.carrier_call import CarrierStatus
from services.dialer.domain.lead import LeadState
from services.dialer.domain.rules import RULES
from services.runtime.errors import InvalidMessage, Refused
from services.runtime.provisioner import provision
from tests.component.dialer.conftest import CLOCK, until
from tests.pinned import pin

CONSENT = {"basis": "web_form", "obtained_at": "2026-11-01T09:00:00Z"}
"""Given before the days to which the clock is pinned here, whatever day it really is."""
RULE_NAMES = [rule.__name__ for rule in RULES]


async def test_a_poor_lead_is_refused_with_every_verdict(dialers, facts, broker):
    await dialers.start()
    await broker.nats.publish("leads.submitted", json.dumps({"name": "דנה", "phone": "050-1234567"}).encode())
    refused = await facts.first(LeadRefused)
    assert [each.rule for each in refused.verdicts] == RULE_NAMES
    assert {each.rule for each in refused.verdicts if not each.allowed} == {
        "number_valid",
        "number_diallable",
        "consent",
    }
    assert refused.phone is None
    assert refused.lead_id == lead_id_of("050-1234567")
    async with dialers.ledger.reading() as reader:
        assert (await reader.last_decision(refused.lead_id)).verdicts == refused.verdicts
    assert (await dialers.lead(refused.lead_id)).state is LeadState.REFUSED


async def test_what_is_no_lead_goes_to_the_dead_letters_and_nothing_stops(dialers, facts, broker, conversation):
    await dialers.start()
    await broker.nats.publish("leads.submitted", b"\xff not json")
    await broker.nats.publish("leads.submitted", b'{"name": "no phone"}')
    await dialers.submit()
    await facts.first(LeadAccepted)
    for sequence, body in ((1, b"\xff not json"), (2, b'{"name": "no phone"}')):
        dead = await broker.js.get_msg("DEAD", sequence)
        assert dead.data == body
        assert dead.headers["Dead-Error"] == "InvalidMessage"


async def test_a_requested_call_that_is_none_goes_to_the_dead_letters_and_frees_its_slot(
    dialers, facts, broker, conversation
):
    await set_cap(broker, 1)
    await broker.js.publish(f"calls.{uuid4()}.requested", b"{}")
    stranger = CallRequested.model_validate(
        {
            "occurred_at": CLOCK.now(),
            "call_id": uuid4(),
            "lead_id": "x",
            "phone": "+972542345678",
            "lead": {},
            "playbook": {"name": "x", "content_hash": ""},
        }
    )
    await broker.tell(stranger)
    await dialers.start()
    await dialers.submit()
    await facts.first(CallDialed)
    errors = [(await broker.js.get_msg("DEAD", each)).headers["Dead-Error"] for each in (1, 2)]
    assert errors == ["InvalidMessage", "Refused"]


async def test_an_opt_out_cancels_what_is_planned(dialers, facts, carrier, conversation, broker):
    await set_cap(broker, 1)
    await dialers.start()
    await dialers.submit(phone="03-5234567", consent=CONSENT)
    await facts.first(CallDialed)
    await dialers.submit(consent=CONSENT)
    planned = (await facts.until(lambda: facts.of(CallRequested)[1:]))[0]
    await broker.tell(ContactOptedOut(occurred_at=CLOCK.now(), lead_id="whoever", phone=planned.phone))
    concluded = await facts.first(CallConcluded, call_id=planned.call_id)
    assert (concluded.outcome, concluded.disposition) == (Outcome.REFUSED, Disposition.NOT_DIALED)
    await dialers.report(carrier.placed[0].call_id, CarrierStatus.NO_ANSWER)
    await dialers.idle()
    assert [each.to for each in carrier.placed] == ["+97235234567"]
    assert (await dialers.lead(planned.lead_id)).state is LeadState.OPTED_OUT

    await dialers.submit(lead_id="the-same-number")
    refused = await facts.first(LeadRefused)
    assert "permanent" in refused.reasons[0]


async def test_an_opt_out_in_a_call_closes_the_door(dialers, facts, conversation):
    await dialers.start()
    await dialers.submit()
    call = await facts.first(CallDialed)
    started = await dialers.open_line(call.call_id)
    await conversation.conclude(started, Outcome.OPTED_OUT)
    await dialers.lead_is(call.lead_id, LeadState.OPTED_OUT)
    await dialers.report(call.call_id, CarrierStatus.COMPLETED)
    await dialers.submit()
    refused = await facts.first(LeadRefused)
    assert {"not_opted_out"} <= {each.rule for each in refused.verdicts if not each.allowed}


async def test_an_opt_out_in_a_call_cancels_what_is_planned_to_the_number(
    dialers, facts, carrier, conversation, broker
):
    await dialers.start()
    await dialers.submit()
    call = await facts.first(CallDialed)
    await dialers.submit(lead_id="the-same-number")
    await facts.first(LeadDeferred, lead_id="the-same-number")
    started = await dialers.open_line(call.call_id)
    said = ContactOptedOut(occurred_at=CLOCK.now(), lead_id=call.lead_id, call_id=call.call_id, quote="תורידו אותי")
    await broker.tell(said)
    await dialers.lead_is("the-same-number", LeadState.OPTED_OUT)
    asked = Control(action="call", lead_id="the-same-number")
    answer = parse_controlled(await broker.ask(Control.subject, asked.model_dump_json().encode()))
    assert "permanent" in answer.detail
    await conversation.conclude(started, Outcome.OPTED_OUT)
    await dialers.report(call.call_id, CarrierStatus.COMPLETED)
    await dialers.idle()
    assert [each.call_id for each in carrier.placed] == [call.call_id]


async def test_on_shabbat_a_lead_is_deferred_to_sunday(dialers, facts, broker, carrier):
    await pin(broker, datetime(2026, 11, 21, 10, tzinfo=UTC))
    await dialers.start()
    await dialers.submit(consent=CONSENT)
    deferred = await facts.first(LeadDeferred)
    assert deferred.until == datetime(2026, 11, 22, 7, tzinfo=UTC)
    lead = await dialers.lead_is(deferred.lead_id, LeadState.WAITING)
    assert lead.due_at == deferred.until


async def test_a_call_that_is_too_late_at_the_moment_of_dialing_is_planned_anew(
    dialers, facts, broker, carrier, conversation
):
    await set_cap(broker, 1)
    await pin(broker, datetime(2026, 11, 26, 16, 29, 48, tzinfo=UTC))  # Thursday, twelve seconds before closing
    await dialers.start()
    await dialers.submit(phone="03-5234567", consent=CONSENT)
    await facts.first(CallDialed)
    await dialers.submit(consent=CONSENT)
    planned = (await facts.until(lambda: facts.of(CallRequested)[1:]))[0]
    closing = dialers.services[0].clock

    async def closed():
        return closing.now() >= datetime(2026, 11, 26, 16, 30, tzinfo=UTC)

    await until(closed)
    await dialers.report(carrier.placed[0].call_id, CarrierStatus.NO_ANSWER)
    concluded = await facts.first(CallConcluded, call_id=planned.call_id)
    assert concluded.disposition is Disposition.NOT_DIALED
    assert "calling hours" in concluded.verdicts[0]
    deferred = await facts.first(LeadDeferred)
    assert deferred.until == datetime(2026, 11, 27, 7, tzinfo=UTC)
    lead = await dialers.lead_is(planned.lead_id, LeadState.WAITING)
    assert lead.due_at == deferred.until
    assert len(carrier.placed) == 1


async def test_nobody_is_dialed_while_nobody_could_speak(dialers, facts, carrier):
    service = await dialers.start()
    await dialers.submit()
    accepted = await facts.first(LeadAccepted)
    assert not await Capacity(service.broker, service.clock).somebody_can_speak()
    assert not carrier.placed
    assert (await dialers.lead(accepted.lead_id)).state is LeadState.WAITING


async def test_a_cap_of_zero_plans_nothing_and_is_never_sent(dialers, facts, conversation, broker):
    await set_cap(broker, 0)
    await provision(broker, caps={DIALER_CALLS.name: 5})  # provisioning again changes nothing about it
    await dialers.start()
    await dialers.submit()
    await facts.first(LeadAccepted)
    await dialers.services[0].stop()
    dialers.services.clear()
    assert not facts.of(CallRequested)
    info = await broker.js.consumer_info(DIALER_CALLS.stream, DIALER_CALLS.name)
    assert info.config.max_ack_pending == 10


async def test_a_call_that_was_requested_is_not_dialed_while_the_cap_is_zero(
    dialers, facts, conversation, broker, carrier
):
    await set_cap(broker, 1)
    await dialers.start()
    for phone in ("03-5234567", "054-2345678"):
        await dialers.submit(phone=phone)
    call = await facts.first(CallDialed)
    await facts.until(lambda: len(facts.of(CallRequested)) == 2)
    await set_cap(broker, 0)
    await asyncio.sleep(capacity.FRESH_S)  # so long the dialer may believe the old cap
    await dialers.report(call.call_id, CarrierStatus.NO_ANSWER)
    await facts.first(CallConcluded)
    assert len(carrier.placed) == 1
    await set_cap(broker, 1)
    await facts.until(lambda: len(facts.of(CallDialed)) == 2)


async def test_a_cap_is_no_negative_number(broker):
    with pytest.raises(InvalidMessage, match="0 to call nobody"):
        await set_cap(broker, -1)


async def test_a_real_carrier_has_real_hours(dialers, carrier, broker):
    carrier.simulated = False
    with pytest.raises(Refused, match="CALLING_HOURS=always is for simulated"):
        await dialers.start(calling_hours="always")
    await pin(broker, datetime(2026, 11, 22, 10, tzinfo=UTC))
    with pytest.raises(Refused, match="unset MESSIAH_CLOCK"):
        await dialers.start()
