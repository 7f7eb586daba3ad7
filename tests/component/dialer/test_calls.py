"""One lead on its way: accepted, requested, dialed, ended, concluded."""

from contracts.calls import CallConcluded, CallDialed, CallEnded, CallRequested, CallStarted
from contracts.leads import LeadAccepted
from contracts.values import Disposition, Outcome
from services.dialer.domain.carrier_call import CarrierStatus
from services.dialer.domain.lead import LeadState
from tests.component.dialer.conftest import unacknowledged


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
