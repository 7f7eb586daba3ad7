"""Campaigns on a real broker and store: who is claimed and called, who shares the room, what pauses and ends them."""

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest

from contracts.calls import CallConcluded, CallDialed, CallRequested
from contracts.control import CampaignState, Control, parse_controlled
from contracts.leads import CampaignFinished, CampaignPaused, CampaignStarted, LeadAccepted, LeadDeferred, LeadRefused
from contracts.meetings import CallbackDue
from contracts.requests import RefusalReason, Refused
from contracts.streams import PLAYBOOKS_BUCKET
from contracts.values import Outcome, TimeWindow, lead_id_of
from services.dialer import planner
from services.dialer.capacity import set_cap
from services.dialer.domain import breaker
from services.dialer.domain.breaker import LIMIT
from services.dialer.domain.carrier_call import CarrierStatus
from services.dialer.domain.lead import LeadState
from services.dialer.ports.carrier import CarrierMisconfigured, NumberRejected, SubmissionUnknown
from tests.component.dialer.conftest import CLOCK, until


def phones(count, first=0):
    return [f"054-23456{each:02}" for each in range(first, first + count)]


class Campaigns:
    """Asks for control over the broker, as the command line does."""

    def __init__(self, broker):
        self._broker = broker

    async def ask(self, action, **more):
        request = Control(action=action, **more).model_dump_json().encode()
        reply = await self._broker.ask(Control.subject, request, timeout_s=30)
        return parse_controlled(reply)

    async def one(self, action, **more):
        return (await self.ask(action, **more)).campaigns[0]

    async def create(self, **plan):
        return (await self.one("create", plan={"name": "autumn"} | plan)).campaign_id

    async def until_state(self, campaign_id, state):
        async def stands():
            found = await self.one("status", campaign_id=campaign_id)
            return found if found.state is state else None

        return await until(stands)


@pytest.fixture
def campaigns(broker):
    return Campaigns(broker)


@pytest.fixture
def answers(carrier, dialers):
    """Let the carrier take every call and report at once how it went."""

    def say(status):
        tellers = set()

        async def answer(call):
            taken = carrier.takes(call)
            teller = asyncio.create_task(dialers.report(call.call_id, status))
            tellers.add(teller)
            teller.add_done_callback(lambda done: done.result())
            return taken

        carrier.answer = answer

    return say


async def hand_in(dialers, facts, numbers, **changes):
    """Leads, once the gate has spoken of them."""
    for phone in numbers:
        await dialers.submit(phone=phone, **changes)
    ids = {lead_id_of("+972" + phone[1:].replace("-", "")) for phone in numbers}

    def heard():
        judged = facts.of(LeadAccepted) + facts.of(LeadDeferred) + facts.of(LeadRefused)
        return ids <= {each.lead_id for each in judged}

    await facts.until(heard)
    return ids


async def test_it_claims_whom_its_plan_asks_for_calls_them_and_finishes(
    dialers, facts, carrier, conversation, broker, campaigns, answers
):
    await set_cap(broker, 0)  # else those who wait are called at once
    await dialers.start()
    await hand_in(dialers, facts, phones(3), business_type="Dentist ", company_size="10-50")
    await hand_in(dialers, facts, phones(2, 10), business_type="garage", company_size="10-50")
    await hand_in(dialers, facts, phones(1, 20), business_type="dentist", company_size="1")
    campaign_id = await campaigns.create(
        business_types=["dentist"], company_sizes=["10-50"], max_leads=2, retry={"max_attempts": 1}
    )
    draft = await campaigns.one("status", campaign_id=campaign_id)
    assert (draft.state, draft.leads, draft.live_calls) == (CampaignState.DRAFT, {"waiting": 2}, 0)

    answers(CarrierStatus.NO_ANSWER)
    await campaigns.ask("start", campaign_id=campaign_id)
    await campaigns.ask("set_cap", cap=5)
    finished = await facts.first(CampaignFinished)
    assert (finished.campaign_id, finished.name) == (campaign_id, "autumn")
    assert facts.of(CampaignStarted, campaign_id=campaign_id)
    end = await campaigns.one("status", campaign_id=campaign_id)
    assert (end.state, end.leads, end.outcomes) == (CampaignState.FINISHED, {"exhausted": 2}, {"not_reached": 2})
    assert end.waiting_reasons == {"called 1 times without success, of 1 allowed": 2}
    assert end.finished_at is not None
    await facts.until(lambda: len(facts.of(CallConcluded)) == 6)  # those of no campaign are called as ever
    assert Counter(each.campaign_id for each in facts.of(CallRequested)) == {campaign_id: 2, None: 4}


async def test_leads_handed_in_for_it_wait_for_its_start_even_if_they_came_before_it(
    dialers, facts, conversation, campaigns
):
    await dialers.start()
    campaign_id = uuid4()
    (early,) = await hand_in(dialers, facts, phones(1), campaign_id=campaign_id)
    assert (await dialers.lead(early)).state is LeadState.REFUSED
    await campaigns.ask("create", campaign_id=campaign_id, plan={"name": "autumn"})
    again = await campaigns.one("create", campaign_id=campaign_id, plan={"name": "autumn"})
    assert again.leads == {"waiting": 1}, "created once"
    await hand_in(dialers, facts, phones(1, 1), campaign_id=campaign_id)
    deferred = await facts.first(LeadDeferred)
    assert "autumn does not run (draft)" in deferred.reasons[0]
    await hand_in(dialers, facts, phones(1, 1))  # again, and this time it names no campaign
    assert not facts.of(CallRequested)

    await campaigns.ask("start")
    await facts.until(lambda: len(facts.of(CallDialed)) == 2)
    assert {each.campaign_id for each in facts.of(CallRequested)} == {campaign_id}
    assert (await campaigns.one("status")).live_calls == 2
    (call, _) = (await campaigns.ask("active_calls", campaign_id=campaign_id)).calls
    assert (call.campaign_id, call.attempt) == (campaign_id, 1)
    assert not (await campaigns.ask("active_calls", campaign_id=uuid4())).calls


async def test_a_pause_dials_nobody_not_even_whom_it_had_requested(
    dialers, facts, carrier, conversation, broker, campaigns
):
    await set_cap(broker, 1)
    await dialers.start()
    campaign_id = await campaigns.create()
    await hand_in(dialers, facts, phones(3), campaign_id=campaign_id)
    await campaigns.ask("start")
    first = await facts.first(CallDialed)
    await facts.until(lambda: len(facts.of(CallRequested)) == 3)
    paused = await campaigns.one("pause", reason="lunch")
    assert (paused.state, paused.reason, paused.live_calls) == (CampaignState.PAUSED, "lunch", 3)
    assert (await facts.first(CampaignPaused)).reason == "lunch"
    await dialers.report(first.call_id, CarrierStatus.BUSY)
    await facts.until(lambda: len(facts.of(CallConcluded)) == 3)
    await dialers.idle()
    assert len(carrier.placed) == 1
    status = await campaigns.one("status")
    assert (status.leads, status.live_calls) == ({"waiting": 3}, 0)
    assert sum("does not run (paused)" in reason for reason in status.waiting_reasons) == 1

    await campaigns.ask("resume")
    await facts.until(lambda: len(facts.of(CallDialed)) == 2)
    assert len(facts.of(CampaignStarted)) == 2


async def test_stopping_lets_calls_in_progress_finish(dialers, facts, carrier, conversation, campaigns):
    await dialers.start()
    campaign_id = await campaigns.create(max_concurrent_calls=1)
    await hand_in(dialers, facts, phones(2), campaign_id=campaign_id)
    await campaigns.ask("start")
    call = await facts.first(CallDialed)
    assert (await campaigns.one("stop")).state is CampaignState.STOPPING
    refused = await campaigns.ask("start", campaign_id=campaign_id)
    assert isinstance(refused, Refused)
    assert "when its calls have ended" in refused.detail
    started = await dialers.open_line(call.call_id)
    await conversation.conclude(started, Outcome.NOT_INTERESTED)
    await dialers.report(call.call_id, CarrierStatus.COMPLETED)
    stopped = await campaigns.until_state(campaign_id, CampaignState.STOPPED)
    assert (stopped.leads, stopped.outcomes) == ({"done": 1, "waiting": 1}, {"not_interested": 1})
    assert len(carrier.placed) == 1
    await campaigns.ask("start", campaign_id=campaign_id)
    await facts.until(lambda: len(facts.of(CallDialed)) == 2)


async def test_several_share_the_room_and_keep_their_own_caps(dialers, facts, carrier, conversation, broker, campaigns):
    await set_cap(broker, 0)
    await dialers.start()
    plans = [{"name": "large"}, {"name": "small"}, {"name": "careful", "max_concurrent_calls": 1}]
    ids = [(await campaigns.one("create", plan=plan)).campaign_id for plan in plans]
    for number, campaign_id in enumerate(ids):
        await hand_in(dialers, facts, phones(8, 20 * number), campaign_id=campaign_id)
    for campaign_id in ids:
        await campaigns.ask("start", campaign_id=campaign_id)
    await campaigns.ask("set_cap", cap=6)  # and two more are requested, to be dialed next
    await facts.until(lambda: len(facts.of(CallRequested)) == 8)
    shares = Counter(each.campaign_id for each in facts.of(CallRequested))
    assert shares[ids[2]] == 1
    assert sorted([shares[ids[0]], shares[ids[1]]]) == [3, 4]
    refused = await campaigns.ask("stop")
    assert isinstance(refused, Refused)
    assert all(name in refused.detail for name in ("large", "small", "careful"))

    await campaigns.ask("set_cap", campaign_id=ids[2], cap=2)
    for call in await facts.until(lambda: facts.of(CallDialed)[5:] and facts.of(CallDialed)):
        await dialers.report(call.call_id, CarrierStatus.NO_ANSWER)
    await facts.until(lambda: Counter(each.campaign_id for each in facts.of(CallRequested))[ids[2]] >= 2)


async def test_its_pace_is_kept_and_can_be_raised(dialers, facts, conversation, campaigns):
    await dialers.start()
    campaign_id = await campaigns.create(calls_per_minute=0.01)
    await hand_in(dialers, facts, phones(3), campaign_id=campaign_id)
    await campaigns.ask("start")
    await facts.first(CallDialed)
    status = await campaigns.one("set_cap", campaign_id=campaign_id, calls_per_minute=600)
    assert status.plan.calls_per_minute == 600
    assert status.live_calls == 1
    await facts.until(lambda: len(facts.of(CallDialed)) == 3)


async def test_a_callback_goes_first_with_the_campaign_s_playbook(dialers, facts, conversation, broker, campaigns):
    await broker.put_value(PLAYBOOKS_BUCKET, "name.other-he", b"1a2b")
    await set_cap(broker, 0)
    await dialers.start()
    campaign_id = await campaigns.create(playbook="other-he", max_concurrent_calls=1)
    ids = await hand_in(dialers, facts, phones(3), campaign_id=campaign_id)
    asked = max(ids)
    now = CLOCK.now()
    window = TimeWindow(start=now, end=now)
    due = CallbackDue(occurred_at=now, callback_id=uuid4(), lead_id=asked, call_id=uuid4(), window=window)
    await broker.tell(due)

    async def waits_for_it():
        return (await dialers.lead(asked)).callback_id

    await until(waits_for_it)
    await campaigns.ask("start")
    await campaigns.ask("set_cap", cap=5)
    first = await facts.first(CallRequested)
    assert first.lead_id == asked
    assert (first.playbook.name, first.playbook.content_hash) == ("other-he", "1a2b")


async def test_a_misconfigured_carrier_pauses_the_campaign_with_the_cure(
    dialers, facts, carrier, conversation, campaigns
):
    async def refuses(_):
        raise CarrierMisconfigured("set TWILIO_FROM_NUMBER")

    carrier.answer = refuses
    await dialers.start()
    campaign_id = await campaigns.create()
    await hand_in(dialers, facts, phones(1), campaign_id=campaign_id)
    await campaigns.ask("start")
    paused = await facts.first(CampaignPaused)
    assert "set TWILIO_FROM_NUMBER" in paused.reason
    status = await campaigns.one("status")
    assert (status.state, status.leads) == (CampaignState.PAUSED, {"waiting": 1})


async def test_many_failed_calls_pause_it_and_one_call_tries_again(
    dialers, facts, carrier, conversation, campaigns, answers, monkeypatch
):
    monkeypatch.setattr(breaker, "PAUSE", timedelta(milliseconds=100))
    monkeypatch.setattr(planner, "TICK_S", 0.1)
    answers(CarrierStatus.FAILED)
    await dialers.start()
    campaign_id = await campaigns.create(max_concurrent_calls=1)
    await hand_in(dialers, facts, phones(LIMIT + 4), campaign_id=campaign_id)
    await campaigns.ask("start")
    paused = await facts.first(CampaignPaused)
    assert f"{LIMIT} calls in a row failed" in paused.reason
    await facts.until(lambda: len(facts.of(CampaignPaused)) == 2)  # it tried, and failed again
    assert len(carrier.placed) == LIMIT + 1

    answers(CarrierStatus.BUSY)
    await facts.until(lambda: len(facts.of(CallConcluded)) == LIMIT + 4)
    status = await campaigns.one("status")
    assert (status.state, status.reason) == (CampaignState.RUNNING, None)
    assert status.outcomes == {"not_reached": LIMIT + 4}


async def test_bad_numbers_are_no_failure_of_the_campaign(dialers, facts, carrier, conversation, campaigns):
    async def rejects(_):
        raise NumberRejected("the carrier says that the number cannot be called (code 21211)")

    carrier.answer = rejects
    await dialers.start()
    campaign_id = await campaigns.create()
    await hand_in(dialers, facts, phones(LIMIT + 1), campaign_id=campaign_id)
    await campaigns.ask("start")
    await facts.first(CampaignFinished)
    assert not facts.of(CampaignPaused)


async def test_the_carrier_s_breaker_opens_when_it_does_not_answer(dialers, facts, carrier, conversation):
    async def silent(_):
        raise SubmissionUnknown("no reply within ten seconds")

    carrier.answer = silent
    await dialers.start()
    await hand_in(dialers, facts, phones(12))

    async def open_():
        async with dialers.ledger.reading() as reader:
            return (await reader.pace(carrier.name)).trouble

    assert "did not answer" in await until(open_)
    async with dialers.ledger.reading() as reader:
        assert set((await reader.pace(carrier.name)).failures) == {"no reply within ten seconds"}


async def test_retrying_calls_those_again_who_were_not_reached_and_have_attempts_left(
    dialers, facts, carrier, conversation, campaigns, answers
):
    answers(CarrierStatus.NO_ANSWER)
    await dialers.start()
    campaign_id = await campaigns.create(retry={"max_attempts": 1})
    await hand_in(dialers, facts, phones(2), campaign_id=campaign_id)
    await campaigns.ask("start")
    await facts.first(CampaignFinished)
    assert "nobody is left" in (await campaigns.ask("retry")).detail
    await campaigns.ask("set_cap", campaign_id=campaign_id, max_attempts=2)
    await campaigns.ask("retry")
    await facts.until(lambda: len(facts.of(CampaignFinished)) == 2)
    assert len(carrier.placed) == 4
    too_many = await campaigns.ask("set_cap", campaign_id=campaign_id, max_attempts=9)
    assert "MAX_ATTEMPTS" in too_many.detail


async def test_retrying_does_not_wait_for_the_delay_after_nobody_answered(
    dialers, facts, carrier, conversation, campaigns, answers
):
    answers(CarrierStatus.NO_ANSWER)
    await dialers.start()
    campaign_id = await campaigns.create()
    await hand_in(dialers, facts, phones(1), campaign_id=campaign_id)
    await campaigns.ask("start")
    await facts.first(CallConcluded)

    async def retried():  # it leaves alone whom somebody else holds at this moment
        return "1 leads" in (await campaigns.ask("retry")).detail

    await until(retried)
    await facts.until(lambda: len(facts.of(CallConcluded)) == 2)


async def test_a_business_without_consent_is_approached_once(dialers, facts, carrier, conversation, campaigns, answers):
    answers(CarrierStatus.NO_ANSWER)
    await dialers.start()
    campaign_id = await campaigns.create(one_time_business_approach=True)
    (lead_id,) = await hand_in(dialers, facts, phones(1), campaign_id=campaign_id, consent=None)
    await campaigns.ask("start")
    await facts.first(CampaignFinished)
    assert (await dialers.lead(lead_id)).state is LeadState.EXHAUSTED
    await dialers.submit(phone=phones(1)[0], campaign_id=campaign_id, consent=None)
    refused = await facts.first(LeadRefused)
    assert "the one approach" in refused.reasons[0]
    assert len(carrier.placed) == 1


@pytest.mark.parametrize(
    ("plan", "why"),
    [
        ({"hours": {"days": [6]}}, "never within the lawful"),
        ({"hours": {"start": "14:00", "end": "09:00"}}, "never within the lawful"),
        ({"line": "pigeon"}, "use 'relay'"),
        ({"playbook": "no-such"}, "PLAYBOOKS_DIR"),
        ({"playbook": "no such > name"}, "no name of a playbook"),
        ({"retry": {"max_attempts": 4}}, "MAX_ATTEMPTS"),
    ],
)
async def test_a_plan_that_could_never_be_carried_out_is_refused_with_the_cure(dialers, campaigns, plan, why):
    await dialers.start(calling_hours="israel")
    refused = await campaigns.ask("create", plan={"name": "autumn"} | plan)
    assert isinstance(refused, Refused)
    assert why in refused.detail
    assert not (await campaigns.ask("list")).campaigns


async def test_what_is_not_there_is_refused_as_not_found(dialers, campaigns):
    await dialers.start()
    for action in ("start", "pause", "resume", "stop", "retry", "status"):
        for campaign_id in (None, uuid4()):
            refused = await campaigns.ask(action, campaign_id=campaign_id)
            assert (refused.reason, refused.kind) == (RefusalReason.NOT_FOUND, "refused"), action
    assert (await campaigns.ask("call", lead_id="nobody")).reason is RefusalReason.NOT_FOUND
    assert (await campaigns.ask("call")).reason is RefusalReason.INVALID
    assert (await campaigns.ask("set_cap")).reason is RefusalReason.INVALID
