"""Calls that are not made, or come to nothing: caller numbers at rest, a busy carrier, numbers that nobody has."""

from collections import Counter
from datetime import timedelta

from contracts.calls import CallConcluded, CallDialed, CallEnded, CallRecorded, CallRequested
from contracts.leads import LeadDeferred
from contracts.values import Disposition, Outcome
from services.dialer import dialing
from services.dialer.domain.carrier_call import CarrierStatus
from services.dialer.domain.lead import LeadState
from services.dialer.domain.redial import STARVED
from services.dialer.domain.rules import NUMBERS_REST
from services.dialer.ports.carrier import CarrierThrottled
from tests.component.dialer.conftest import CLOCK

ONE, TWO = "+97233760001", "+97233760002"


async def test_caller_numbers_take_turns_until_each_has_made_its_calls(dialers, facts, carrier, conversation):
    await dialers.start(twilio_from_number=f"{ONE},{TWO}", calls_per_number_per_day=2)
    leads = [await dialers.submit(phone=f"054-23456{each:02}") for each in range(7)]
    await facts.until(lambda: len(facts.of(CallDialed)) == 4)
    deferred = await facts.first(LeadDeferred)
    assert [each.reason for each in deferred.verdicts if not each.allowed] == [NUMBERS_REST]
    assert deferred.until > CLOCK.now()
    for call in facts.of(CallDialed):
        await dialers.report(call.call_id, CarrierStatus.COMPLETED)
    await facts.until(lambda: len({each.lead_id for each in facts.of(LeadDeferred)}) == 3)
    await dialers.idle()
    assert Counter(call.from_number for call in carrier.placed) == {ONE: 2, TWO: 2}
    assert Counter(call.from_number for call in facts.of(CallDialed)) == {ONE: 2, TWO: 2}
    assert len(leads) == 7


async def test_a_call_that_stays_throttled_is_left_for_longer_each_time(
    dialers, facts, carrier, conversation, monkeypatch
):
    fresh = dialing.EXPIRES

    async def busy(_):
        monkeypatch.setattr(dialing, "EXPIRES", timedelta())
        raise CarrierThrottled("too many requests")

    carrier.answer = busy
    await dialers.start()
    await dialers.submit()
    waits = []
    for times in (1, 2):
        await facts.until(lambda times=times: len(facts.of(CallConcluded)) == times)
        concluded = facts.of(CallConcluded)[-1]
        assert (concluded.outcome, concluded.disposition) == (Outcome.REFUSED, Disposition.NOT_DIALED)
        lead = await dialers.lead_is(concluded.lead_id, LeadState.WAITING)
        assert lead.reason == STARVED
        waits.append(lead.due_at - CLOCK.now())
        monkeypatch.setattr(dialing, "EXPIRES", fresh)
        async with dialers.ledger.begin() as transaction:
            await transaction.save_lead(lead.becoming(LeadState.WAITING, "somebody hurries it", CLOCK.now()))
    first, second = waits
    assert timedelta(minutes=9) < first < timedelta(minutes=14)
    assert timedelta(minutes=19) < second < timedelta(minutes=27)
    await facts.until(lambda: len(facts.of(CallRequested)) == 3)


async def test_a_number_that_nobody_has_is_not_tried_again(dialers, facts, carrier, conversation):
    await dialers.start()
    await dialers.submit()
    call = await facts.first(CallDialed)
    await dialers.report(call.call_id, CarrierStatus.FAILED, error="sip 404", no_such_number=True)
    ended = await facts.first(CallEnded)
    assert (ended.disposition, ended.error) == (Disposition.FAILED, "sip 404")
    lead = await dialers.lead_is(call.lead_id, LeadState.REFUSED)
    assert "nobody has this number" in lead.reason
    async with dialers.ledger.reading() as reader:
        assert "sip 404" in (await reader.history(lead, CLOCK.now())).bad_number


async def test_a_recording_is_told_once_however_often_the_carrier_tells_of_it(dialers, facts, carrier, conversation):
    await dialers.start()
    await dialers.submit()
    call = await facts.first(CallDialed)
    for _ in range(2):
        await dialers.desk.recorded(call.call_id, "RE1", "https://api.example.com/RE1", 35.0)
    await dialers.desk.recorded(call.call_id, "RE2", "https://api.example.com/RE2", None)
    await facts.until(lambda: len(facts.of(CallRecorded)) == 2)
    assert [(each.recording_id, each.duration_s) for each in facts.of(CallRecorded)] == [("RE1", 35.0), ("RE2", None)]
