"""Nobody is dialed twice: whatever is lost, repeated, throttled or killed."""

import asyncio
import random
from collections import Counter
from datetime import timedelta

from contracts.calls import CallConcluded, CallDialed, CallEnded, CallRequested
from contracts.leads import LeadRefused
from contracts.streams import DIALER_CALLS
from contracts.values import Disposition, Outcome
from services.dialer import reconciler
from services.dialer.capacity import set_cap
from services.dialer.domain import attempt as attempts
from services.dialer.domain.attempt import AttemptState
from services.dialer.domain.carrier_call import CarrierStatus
from services.dialer.domain.lead import LeadState
from services.dialer.ports.carrier import CarrierMisconfigured, CarrierThrottled, NumberRejected, SubmissionUnknown
from services.dialer.ports.ledger import LeadFilter
from tests.component.dialer.conftest import short_ack_wait, until

ENDS = [CarrierStatus.BUSY, CarrierStatus.NO_ANSWER, CarrierStatus.FAILED]


def phones(count):
    return [f"054-23456{each:02}" for each in range(count)]


async def test_two_dialers_share_the_work_and_dial_nobody_twice(dialers, facts, carrier, conversation):
    await dialers.start()
    await dialers.start()

    async def busy(call):
        taken = carrier.takes(call)
        ringing = asyncio.create_task(dialers.report(call.call_id, CarrierStatus.BUSY))
        ringing.add_done_callback(lambda done: done.result())
        return taken

    carrier.answer = busy
    for phone in phones(30):
        await dialers.submit(phone=phone)
    await facts.until(lambda: len(facts.of(CallConcluded)) == 30)
    assert set(Counter(call.to for call in carrier.placed).values()) == {1}
    assert len(carrier.placed) == 30
    assert set(Counter(each.call_id for each in facts.of(CallDialed)).values()) == {1}
    assert set(Counter(each.call_id for each in facts.of(CallEnded)).values()) == {1}


async def test_the_cap_holds_over_all_replicas(dialers, facts, carrier, conversation, broker):
    await set_cap(broker, 2)
    for _ in range(3):
        await dialers.start()
    on, most = set(), 0

    async def answer(call):
        nonlocal most
        on.add(call.call_id)
        most = max(most, len(on))
        return carrier.takes(call)

    carrier.answer = answer
    for phone in phones(8):
        await dialers.submit(phone=phone)
    for number in range(1, 9):
        await facts.until(lambda number=number: len(facts.of(CallDialed)) >= min(number + 1, 8))
        call_id = next(iter(on))
        on.discard(call_id)
        await dialers.report(call_id, CarrierStatus.NO_ANSWER)
    await facts.until(lambda: len(facts.of(CallEnded)) == 8)
    assert most == 2
    assert len(carrier.placed) == 8


async def test_a_raised_cap_lets_more_calls_through(dialers, facts, carrier, conversation, broker):
    await set_cap(broker, 1)
    await dialers.start()
    for phone in phones(3):
        await dialers.submit(phone=phone)
    await facts.until(lambda: len(facts.of(CallRequested)) == 3)
    await facts.first(CallDialed)
    assert len(carrier.placed) == 1
    await set_cap(broker, 3)
    await facts.until(lambda: len(facts.of(CallDialed)) == 3)


async def test_a_killed_dialer_s_calls_go_to_another_which_does_not_redial(
    dialers, facts, carrier, conversation, broker
):
    await short_ack_wait(broker)
    first = await dialers.start()
    await dialers.submit()
    call = await facts.first(CallDialed)
    await _kill(first)
    await dialers.start()
    await until(lambda: _delivered(broker, 2))
    await dialers.report(call.call_id, CarrierStatus.NO_ANSWER)
    await dialers.idle()
    assert len(carrier.placed) == 1


async def test_a_dialer_killed_while_it_asks_leaves_a_call_that_is_looked_up(
    dialers, facts, carrier, conversation, broker, monkeypatch
):
    monkeypatch.setattr(attempts, "SUBMISSION_PATIENCE", timedelta(milliseconds=200))
    await short_ack_wait(broker)
    asked = asyncio.Event()

    async def never(call):
        carrier.takes(call, CarrierStatus.RINGING)
        asked.set()
        await asyncio.Event().wait()

    carrier.answer = never
    first = await dialers.start()
    await dialers.submit()
    await asked.wait()
    (placed,) = carrier.placed
    assert (await dialers.attempt(placed.call_id)).state is AttemptState.SUBMITTING
    await _kill(first)

    await dialers.start()
    dialed = await facts.first(CallDialed)
    assert dialed.carrier_call_id == f"CA{placed.call_id.hex}"
    await dialers.report(placed.call_id, CarrierStatus.NO_ANSWER)
    await dialers.idle()
    assert len(carrier.placed) == 1


async def test_a_lost_reply_is_settled_by_the_callbacks(dialers, facts, carrier, conversation):
    async def lost(call):
        carrier.takes(call)
        raise SubmissionUnknown("no reply within ten seconds")

    carrier.answer = lost
    await dialers.start()
    await dialers.submit()
    requested = await facts.first(CallRequested)
    await until(lambda: _is_submitting(dialers, requested.call_id))
    await dialers.report(requested.call_id, CarrierStatus.RINGING)
    await facts.first(CallDialed)
    await dialers.report(requested.call_id, CarrierStatus.NO_ANSWER)
    await dialers.idle()
    assert len(carrier.placed) == 1


async def test_what_nobody_can_settle_ends_as_unknown_and_is_never_redialed(
    dialers, facts, carrier, conversation, monkeypatch
):
    monkeypatch.setattr(attempts, "SUBMISSION_PATIENCE", timedelta(milliseconds=100))
    monkeypatch.setattr(reconciler, "GIVE_UP", timedelta(milliseconds=100))

    async def lost(_):
        raise SubmissionUnknown("no reply within ten seconds")

    carrier.answer = lost
    await dialers.start()
    await dialers.submit()
    ended = await facts.first(CallEnded)
    assert ended.disposition is Disposition.UNKNOWN
    await facts.first(CallConcluded)
    await dialers.lead_is(ended.lead_id, LeadState.UNSETTLED)
    await dialers.idle()
    assert len(carrier.placed) == 1


async def test_a_bug_in_placing_is_looked_up_not_repeated(dialers, facts, carrier, conversation, monkeypatch):
    monkeypatch.setattr(attempts, "SUBMISSION_PATIENCE", timedelta(milliseconds=100))

    async def bug(call):
        carrier.takes(call, CarrierStatus.RINGING)
        raise KeyError("sid")

    carrier.answer = bug
    await dialers.start()
    await dialers.submit()
    await facts.first(CallDialed)
    assert len(carrier.placed) == 1


async def test_a_throttled_call_is_asked_for_again(dialers, facts, carrier, conversation):
    async def busy_at_first(call):
        if len(carrier.placed) == 1:
            raise CarrierThrottled("too many requests")
        return carrier.takes(call)

    carrier.answer = busy_at_first
    await dialers.start()
    await dialers.submit()
    await facts.first(CallDialed)
    assert len(carrier.placed) == 2
    assert len(facts.of(CallRequested)) == 1


async def test_a_number_the_carrier_rejects_is_never_tried_again(dialers, facts, carrier, conversation):
    async def rejects(_):
        raise NumberRejected("the carrier says that the number cannot be called (code 21211)")

    carrier.answer = rejects
    await dialers.start()
    await dialers.submit()
    concluded = await facts.first(CallConcluded)
    assert (concluded.outcome, concluded.disposition) == (Outcome.NOT_REACHED, Disposition.FAILED)
    assert len(facts.of(CallEnded)) == 1
    await dialers.submit()
    refused = await facts.first(LeadRefused)
    assert [each.rule for each in refused.verdicts if not each.allowed] == ["number_diallable"]
    await dialers.idle()
    assert len(carrier.placed) == 1


async def test_a_misconfigured_account_pauses_dialing_and_costs_nobody_an_attempt(
    dialers, facts, carrier, conversation
):
    async def refuses(_):
        raise CarrierMisconfigured("set TWILIO_FROM_NUMBER")

    carrier.answer = refuses
    await dialers.start()
    await dialers.submit()
    concluded = await facts.first(CallConcluded)
    assert concluded.outcome is Outcome.FAILED
    async with dialers.ledger.reading() as reader:
        assert (await reader.pace(carrier.name)).trouble == "set TWILIO_FROM_NUMBER"
        lead = await reader.lead(concluded.lead_id)
        assert (await reader.history(lead, concluded.occurred_at)).attempts == 0
    assert lead.state is LeadState.WAITING
    assert "set TWILIO_FROM_NUMBER" in lead.reason
    await dialers.idle()
    assert len(carrier.placed) == 1


async def test_a_stopped_dialer_finishes_asking_and_leaves_the_call_to_others(
    dialers, facts, carrier, conversation, broker
):
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slow(call):
        asked.set()
        await go_on.wait()
        return carrier.takes(call)

    carrier.answer = slow
    first = await dialers.start()
    await dialers.submit()
    await asked.wait()
    stopping = asyncio.create_task(first.stop())
    go_on.set()
    await facts.first(CallDialed)
    await stopping
    info = await broker.js.consumer_info(DIALER_CALLS.stream, DIALER_CALLS.name)
    assert (info.num_ack_pending, info.num_redelivered) == (1, 0)


async def test_many_calls_while_everything_goes_wrong(dialers, facts, carrier, conversation, broker, monkeypatch):
    """Lost replies, a busy carrier, reports shuffled and repeated, and a dialer that is killed. If that was just about
    to ask for a call, nobody will ever know of it."""
    monkeypatch.setattr(attempts, "SUBMISSION_PATIENCE", timedelta(seconds=10))
    monkeypatch.setattr(reconciler, "GIVE_UP", timedelta(seconds=10))
    count, dice = 40, random.Random(7)
    await short_ack_wait(broker)
    busy_before, tellers = set(), set()

    async def tell(call):
        life = [CarrierStatus.INITIATED, CarrierStatus.RINGING, dice.choice(ENDS)]
        reports = list(enumerate(life)) + dice.choices(list(enumerate(life)), k=2)
        dice.shuffle(reports)
        for sequence, status in reports:
            await dialers.report(call.call_id, status, sequence=sequence)

    async def answer(call):
        if call.call_id not in busy_before and dice.random() < 0.2:
            busy_before.add(call.call_id)
            raise CarrierThrottled("too many requests")
        taken = carrier.takes(call)
        teller = asyncio.create_task(tell(call))
        tellers.add(teller)
        if dice.random() < 0.3:
            raise SubmissionUnknown("no reply within ten seconds")
        return taken

    carrier.answer = answer
    doomed = await dialers.start()
    await dialers.start()
    for phone in phones(count):
        await dialers.submit(phone=phone)
    await facts.until(lambda: len(facts.of(CallConcluded)) >= count // 3)
    await _kill(doomed)
    await facts.until(lambda: len(facts.of(CallConcluded)) == count)
    await asyncio.gather(*tellers)
    await dialers.idle()
    for kind in (CallRequested, CallDialed, CallEnded, CallConcluded):
        assert set(Counter(each.call_id for each in facts.of(kind)).values()) == {1}, kind
    calls = {each.call_id for each in facts.of(CallRequested)}
    lost = {each.call_id for each in facts.of(CallEnded) if each.disposition is Disposition.UNKNOWN}
    assert len(calls) == count
    dialed = facts.of(CallDialed)
    assert {each.call_id for each in dialed} == calls - lost
    assert {each.carrier_call_id for each in dialed} == set(carrier.calls)
    assert {each.call_id for each in facts.of(CallEnded)} == calls
    async with dialers.ledger.reading() as reader:
        assert await reader.unended() == []
        leads = await reader.leads(LeadFilter(), "", 1000)
    states = Counter(each.state for each in leads)
    assert states == Counter({LeadState.WAITING: count - len(lost)}) + Counter({LeadState.UNSETTLED: len(lost)})


async def _is_submitting(dialers, call_id):
    found = await dialers.attempt(call_id)
    return found.state is AttemptState.SUBMITTING


async def _delivered(broker, times):
    info = await broker.js.consumer_info(DIALER_CALLS.stream, DIALER_CALLS.name)
    return info.delivered.consumer_seq >= times


async def _kill(service):
    """Everything of one dialer stops in the middle of what it does, as far as the outside can see."""
    dialing = service.on_drain[0].__self__
    for task in [*service._tasks, *dialing._asking, *dialing.consumer._tasks]:
        task.cancel()
    await service.broker.close()
