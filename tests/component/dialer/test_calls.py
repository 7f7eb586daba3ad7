"""One lead on its way: accepted, requested, dialed, ended, concluded, and what comes after."""

from datetime import timedelta
from uuid import uuid4

from contracts.calls import CallAnsweredBy, CallConcluded, CallDialed, CallEnded, CallRequested, CallStarted, Playbook
from contracts.leads import LeadAccepted, LeadRefused
from contracts.meetings import CallbackCancelled, CallbackDue
from contracts.streams import PLAYBOOKS_BUCKET
from contracts.values import AnsweredBy, Disposition, Outcome, TimeWindow, lead_id_of
from services.dialer.capacity import set_cap
from services.dialer.domain import attempt as attempts
from services.dialer.domain.carrier_call import CarrierStatus
from services.dialer.domain.lead import LeadState
from services.dialer.tables import RecordingRow
from tests.component.dialer.conftest import CLOCK, short_ack_wait, unacknowledged


async def test_a_lead_is_called_and_the_conversation_concludes(dialers, facts, carrier, conversation, broker):
    await dialers.start()
    lead = await dialers.submit()
    accepted = await facts.first(LeadAccepted)
    assert accepted.phone == "+972542345678"
    assert accepted.causation_id == lead.event_id
    assert all(verdict.allowed for verdict in accepted.verdicts)

    requested = await facts.first(CallRequested)
    assert requested.lead_id == accepted.lead_id
    assert requested.lead.company == "אורנט"
    dialed = await facts.first(CallDialed, call_id=requested.call_id)
    (placed,) = carrier.placed
    assert (placed.call_id, placed.to) == (requested.call_id, "+972542345678")
    assert (requested.recorded, placed.record) == (False, False)
    assert dialed.carrier_call_id == f"CA{requested.call_id.hex}"
    assert await unacknowledged(broker) == 1

    await dialers.report(requested.call_id, CarrierStatus.RINGING, sequence=1)
    await dialers.report(requested.call_id, CarrierStatus.IN_PROGRESS, sequence=2)
    started = await dialers.open_line(requested.call_id)
    await dialers.report(requested.call_id, CarrierStatus.COMPLETED, sequence=3, duration_s=42.0)
    ended = await facts.first(CallEnded)
    assert (ended.disposition, ended.duration_s) == (Disposition.ANSWERED, 42.0)
    await conversation.conclude(started, Outcome.MEETING_BOOKED)

    await dialers.lead_is(accepted.lead_id, LeadState.DONE)
    await dialers.idle()
    assert (await dialers.attempt(requested.call_id)).outcome is Outcome.MEETING_BOOKED
    assert len(facts.of(CallStarted)) == 1
    assert len(facts.of(CallConcluded)) == 1


async def test_a_call_is_requested_with_the_sound_of_its_playbook(dialers, facts, conversation, broker):
    told = Playbook(name="alta-en", content_hash="h", language="en", voice="en-US-Wavenet-F")
    await broker.put_value(PLAYBOOKS_BUCKET, "told.h", told.model_dump_json().encode())
    await broker.put_value(PLAYBOOKS_BUCKET, "name.alta-en", b"h")
    await dialers.start(playbook="alta-en")
    await dialers.submit()
    assert (await facts.first(CallRequested)).playbook == told


async def test_a_call_is_recorded_and_the_recording_noted_if_the_agent_will_say_so(
    dialers, facts, carrier, conversation, broker
):
    await short_ack_wait(broker)
    await set_cap(broker, 0)
    await dialers.start()
    await dialers.submit(phone="03-5234567")
    await set_cap(broker, 1)
    before = await facts.first(CallRequested)
    await dialers.services[-1].stop()
    await dialers.start(record_calls=True)
    await facts.first(CallDialed, call_id=before.call_id)
    await dialers.report(before.call_id, CarrierStatus.NO_ANSWER)
    await dialers.submit()
    after = await facts.first(CallRequested, lead_id=lead_id_of("+972542345678"))
    await facts.first(CallDialed, call_id=after.call_id)
    assert [each.recorded for each in (before, after)] == [each.record for each in carrier.placed] == [False, True]

    await dialers.desk.recorded(after.call_id, "RE1", "https://carrier.example/RE1", 35.0)
    async with dialers.ledger.reading() as reader:
        kept = await reader.session.get(RecordingRow, "RE1")
    assert (kept.call_id, kept.url) == (after.call_id, "https://carrier.example/RE1")


async def test_nobody_picks_up_and_the_dialer_concludes(dialers, facts, carrier, conversation):
    await dialers.start()
    await dialers.submit()
    requested = await facts.first(CallRequested)
    await facts.first(CallDialed)
    await dialers.report(requested.call_id, CarrierStatus.BUSY, sequence=2)
    concluded = await facts.first(CallConcluded)
    assert (concluded.outcome, concluded.disposition) == (Outcome.NOT_REACHED, Disposition.BUSY)
    assert concluded.concluded_by == "dialer"
    assert [type(each) for each in facts.told[-2:]] == [CallEnded, CallConcluded]
    lead = await dialers.lead_is(requested.lead_id, LeadState.WAITING)
    assert lead.due_at > CLOCK.now() + timedelta(minutes=10)
    await dialers.idle()
    assert len(carrier.placed) == 1


async def test_a_machine_without_a_line_is_a_voicemail(dialers, facts, conversation):
    await dialers.start()
    await dialers.submit()
    call_id = (await facts.first(CallDialed)).call_id
    await dialers.desk.answered_by(call_id, AnsweredBy.MACHINE)
    await dialers.desk.answered_by(call_id, AnsweredBy.MACHINE)
    await dialers.report(call_id, CarrierStatus.COMPLETED)
    concluded = await facts.first(CallConcluded)
    assert (concluded.outcome, concluded.disposition) == (Outcome.VOICEMAIL, Disposition.MACHINE)
    assert len(facts.of(CallAnsweredBy)) == 1


async def test_a_callback_is_called_with_the_memory_of_the_call(dialers, facts, conversation, broker):
    await dialers.start()
    await dialers.submit()
    first = await facts.first(CallDialed)
    started = await dialers.open_line(first.call_id)
    agreed = CLOCK.now() + timedelta(days=1)
    window = TimeWindow(start=agreed, end=agreed)
    await conversation.conclude(
        started, Outcome.CALLBACK_SCHEDULED, summary="עסוקים", answers={"crm": "אקסל"}, callback=window
    )
    await dialers.report(first.call_id, CarrierStatus.COMPLETED)
    lead = await dialers.lead_is(first.lead_id, LeadState.AWAITING_CALLBACK)
    assert lead.due_at == agreed

    due = CallbackDue(
        occurred_at=CLOCK.now(), callback_id=uuid4(), lead_id=first.lead_id, call_id=first.call_id, window=window
    )
    await broker.tell(due)
    again = (await facts.until(lambda: facts.of(CallRequested)[1:]))[0]
    assert again.memory.call_id == first.call_id
    assert (again.memory.summary, again.memory.answers) == ("עסוקים", {"crm": "אקסל"})
    assert again.attempt == 2


async def test_a_callback_for_somebody_who_booked_meanwhile_is_cancelled(dialers, facts, conversation, broker):
    await dialers.start()
    await dialers.submit()
    call = await facts.first(CallDialed)
    started = await dialers.open_line(call.call_id)
    await conversation.conclude(started, Outcome.MEETING_BOOKED)
    await dialers.lead_is(call.lead_id, LeadState.DONE)
    window = TimeWindow(start=CLOCK.now(), end=CLOCK.now())
    due = CallbackDue(
        occurred_at=CLOCK.now(), callback_id=uuid4(), lead_id=call.lead_id, call_id=call.call_id, window=window
    )
    await broker.tell(due)
    assert "booked" in (await facts.first(CallbackCancelled)).reason
    assert len(facts.of(CallRequested)) == 1


async def test_a_concluded_call_that_goes_on_is_ended_at_the_carrier(
    dialers, facts, carrier, conversation, monkeypatch
):
    monkeypatch.setattr(attempts, "GOODBYE_PATIENCE", timedelta(milliseconds=100))
    await dialers.start()
    await dialers.submit()
    call = await facts.first(CallDialed)
    started = await dialers.open_line(call.call_id)
    await conversation.conclude(started, Outcome.NOT_INTERESTED)
    ended = await facts.first(CallEnded)
    assert carrier.ended == [call.carrier_call_id]
    assert ended.duration_s == 7.0
    assert len(facts.of(CallConcluded)) == 1


async def test_a_line_that_died_before_it_told_is_told_of_so_that_somebody_concludes(
    dialers, facts, conversation, monkeypatch
):
    monkeypatch.setattr(attempts, "CONCLUSION_PATIENCE", timedelta(milliseconds=100))
    await dialers.start()
    await dialers.submit()
    call = await facts.first(CallDialed)
    assert await dialers.desk.line_opened(call.call_id, call.carrier_call_id) == call.lead_id
    await dialers.report(call.call_id, CarrierStatus.COMPLETED)
    started = await facts.first(CallStarted)
    await conversation.conclude(started, Outcome.HUNG_UP)
    await dialers.lead_is(call.lead_id, LeadState.WAITING)


async def test_a_line_opens_only_for_a_call_that_is_on(dialers, facts, conversation):
    await dialers.start()
    await dialers.submit()
    call = await facts.first(CallDialed)
    desk = dialers.desk
    assert await desk.line_opened(uuid4(), call.carrier_call_id) is None
    assert await desk.line_opened(call.call_id, "CAother") is None
    assert await desk.is_live(call.call_id)
    await dialers.report(call.call_id, CarrierStatus.NO_ANSWER)
    assert await desk.line_opened(call.call_id, call.carrier_call_id) is None
    assert not await desk.is_live(call.call_id)


async def test_a_lead_is_called_again_within_its_budget_and_not_beyond(dialers, facts, conversation):
    await dialers.start(max_attempts=2)
    for number in (1, 2):
        await dialers.submit()
        await facts.until(lambda number=number: len(facts.of(CallDialed)) == number)
        await dialers.report(facts.of(CallDialed)[-1].call_id, CarrierStatus.NO_ANSWER)
        await facts.until(lambda number=number: len(facts.of(CallConcluded)) == number)
        await dialers.idle()
    assert [each.attempt for each in facts.of(CallRequested)] == [1, 2]
    await dialers.submit()
    refused = await facts.first(LeadRefused)
    assert "2 of 2 calls used" in refused.reasons[0]
    assert (await dialers.lead(refused.lead_id)).state is LeadState.EXHAUSTED


async def test_after_a_final_outcome_nobody_is_called_again(dialers, facts, conversation):
    await dialers.start()
    await dialers.submit()
    call = await facts.first(CallDialed)
    started = await dialers.open_line(call.call_id)
    await conversation.conclude(started, Outcome.NOT_INTERESTED)
    await dialers.report(call.call_id, CarrierStatus.COMPLETED)
    await dialers.lead_is(call.lead_id, LeadState.DONE)
    await dialers.submit()
    refused = await facts.first(LeadRefused)
    assert [each.rule for each in refused.verdicts if not each.allowed] == ["no_final_outcome"]
    assert (await dialers.lead(call.lead_id)).state is LeadState.DONE


async def test_the_same_lead_submitted_twice_is_called_once(dialers, facts, carrier, conversation, broker):
    await dialers.start()
    lead = await dialers.submit()
    call = await facts.first(CallDialed)
    await dialers.submit()  # a second submission, while the call is on
    refused = await facts.first(LeadRefused)
    assert str(call.call_id) in refused.reasons[0]
    assert (await dialers.lead(call.lead_id)).state is LeadState.CALLING
    await broker.nats.publish(lead.subject, lead.body())  # the first one again, past the duplicate window
    await dialers.submit(phone="03-5234567", lead_id="another")
    await facts.until(lambda: len(facts.of(CallDialed)) == 2)
    assert len(facts.of(LeadAccepted)) == 2
    assert len(facts.of(LeadRefused)) == 1
    assert [each.to for each in carrier.placed] == ["+972542345678", "+97235234567"]
