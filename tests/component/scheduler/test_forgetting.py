"""The scheduler forgets somebody: what is to come is cancelled and told first, and nothing of them is left."""

from typing import Any
from uuid import uuid4

from contracts.contacts import ContactErased, ContactErasureBegan, Traces
from contracts.holdings import AskHoldings, HoldingsShown
from contracts.meetings import CallbackRequested, MeetingCancelled
from contracts.requests import ListMeetings, MeetingsListed
from contracts.values import TimeWindow
from services.runtime.broker import Broker
from services.runtime.service import Service
from tests.component.scheduler.conftest import Start
from tests.component.scheduler.sample_call import SUNDAY, SampleCall, a_call
from tests.component.scheduler.test_service import Asker

WHOLE_YEAR = TimeWindow(start=SUNDAY, end=SUNDAY.replace(year=SUNDAY.year + 1))


async def holdings(broker: Broker, traces: Traces) -> HoldingsShown:
    asked = AskHoldings(traces=traces).model_dump_json().encode()
    return HoldingsShown.model_validate_json(await broker.ask(AskHoldings.subject_of("scheduler"), asked, 20))


def callback(call: SampleCall, service: Service) -> CallbackRequested:
    now = service.clock.now()
    return CallbackRequested(
        occurred_at=now,
        callback_id=uuid4(),
        call_id=call.call_id,
        lead_id=call.lead_id,
        window=TimeWindow(start=now.replace(year=now.year + 1), end=now.replace(year=now.year + 1)),
    )


async def test_meetings_to_come_are_cancelled_and_nothing_of_the_person_is_left(start: Start, broker: Broker) -> None:
    service = await start()
    asker, call, other = Asker(broker), a_call(), a_call()
    meeting = (await asker.book(call)).meeting
    kept = (await asker.book(other)).meeting
    await broker.tell(callback(call, service))
    traces = Traces(lead_ids=(call.lead_id,), phones=("+972500000000",), call_ids=(call.call_id,))

    async def kinds() -> set[str]:
        return {each.kind for each in (await holdings(broker, traces)).holdings}

    while "callbacks" not in await kinds():
        pass
    assert {"meetings", "holds", "calls", "callbacks"} <= await kinds()
    began = ContactErasureBegan(
        occurred_at=service.clock.now(), lead_id=call.lead_id, erasure_id=uuid4(), traces=traces
    )
    subscription = await broker.js.subscribe("contacts.*.erased", stream="CONTACTS", ordered_consumer=True)
    for _ in range(2):  # told again, it finds nothing and says the same
        await broker.tell(began.model_copy(update={"event_id": uuid4()}))
    done = ContactErased.model_validate_json((await subscription.next_msg(timeout=20)).data)
    assert (done.service, done.erasure_id) == ("scheduler", began.erasure_id)
    assert done.removed["meetings"] == 1

    (cancelled,) = await asker.told("meetings.*.cancelled")
    assert isinstance(cancelled, MeetingCancelled)
    assert cancelled.meeting_id == meeting.meeting_id
    assert await kinds() == set()
    listed: Any = await asker.ask(ListMeetings(window=WHOLE_YEAR, include_cancelled=True))
    assert isinstance(listed, MeetingsListed)
    assert [each.meeting.meeting_id for each in listed.meetings] == [kept.meeting_id]
