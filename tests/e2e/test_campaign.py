"""A campaign of several leads, from its creation to its end, with people on the phone."""

from contracts.leads import CampaignFinished, CampaignStarted, LeadDeferred, LeadSubmitted
from contracts.meetings import MeetingBooked
from contracts.telemetry import CallLogged
from messiah import demo, steering
from tests.e2e.conftest import Ear

PEOPLE = {"78": "interested", "03": "not interested", "05": "wants off the list", "08": "does not answer"}


async def test_a_campaign_runs_to_its_end(ear: Ear) -> None:
    created = await steering.ask(ear.broker, "create", plan={"name": "autumn", "retry": {"max_attempts": 1}})
    (draft,) = created.campaigns
    for digits in PEOPLE:
        lead = dict(demo.LEAD) | {"phone": f"+9725423456{digits}", "campaign_id": draft.campaign_id}
        await ear.broker.tell(LeadSubmitted(occurred_at=demo.CLOCK, **lead))
    for _ in PEOPLE:
        await ear.until(LeadDeferred)  # until somebody starts it
    assert await ear.stored("CALLS", "calls.*.requested") == {}

    await steering.ask(ear.broker, "start", campaign_id=draft.campaign_id)
    finished = await ear.until(CampaignFinished)
    assert finished.campaign_id == draft.campaign_id
    assert [each.name for each in ear.of(CampaignStarted)] == ["autumn"]
    assert len(ear.of(MeetingBooked)) == 1
    (end,) = (await steering.ask(ear.broker, "status")).campaigns
    assert (end.state, end.live_calls) == ("finished", 0)
    assert end.leads == {"done": 2, "opted_out": 1, "exhausted": 1}
    assert end.outcomes == {"meeting_booked": 1, "not_interested": 1, "opted_out": 1, "not_reached": 1}
    assert list((await ear.stored("CALLS", "calls.*.requested")).values()) == [1] * len(PEOPLE)
    assert all(call.campaign_id == draft.campaign_id for call in ear.of(CallLogged))
