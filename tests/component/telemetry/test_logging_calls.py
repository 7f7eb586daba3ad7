"""From facts in the streams to one logged call, whatever the streams and the process go through."""

import asyncio
import json
import random
from uuid import uuid4

from sqlalchemy import func, select

from contracts.event import Event
from contracts.leads import LeadAccepted
from contracts.streams import CONSUMERS, TELEMETRY_CALLS, TELEMETRY_LEADS
from contracts.telemetry import CallLogged
from contracts.turns import CallHeard
from services.runtime.dead_letters import ORIGIN_SUBJECT, put_back
from services.telemetry.domain.folding import record_of
from services.telemetry.handlers import Recorder
from services.telemetry.messages import BatchReader
from services.telemetry.prices import read_prices
from services.telemetry.store import facts_of
from services.telemetry.tables import CallRow, FactRow, RecordRow
from tests.unit.telemetry.sample_call import LEAD, TRANSCRIPT, SampleCall


async def _until(condition) -> None:
    """Wait until an awaited condition holds."""
    async with asyncio.timeout(20):
        while not await condition():
            await asyncio.sleep(0.02)


async def _everything_read(broker) -> bool:
    """Whether telemetry has acknowledged all there is in its streams."""
    for consumer in CONSUMERS:
        if consumer.name.startswith("telemetry-"):
            info = await broker.js.consumer_info(consumer.stream, consumer.name)
            if info.num_pending or info.num_ack_pending:
                return False
    return True


async def _settled(service, broker) -> bool:
    """Whether telemetry has read everything and folded every finished call."""
    if not await _everything_read(broker):
        return False
    async with service.units.reading() as session:
        due = await session.scalar(select(func.count()).select_from(CallRow).where(CallRow.due_at.is_not(None)))
    return due == 0


async def test_a_whole_call_is_logged_once(telemetry, teller):
    call = SampleCall(uuid4())
    await teller.tell_a_whole_call(call)
    (body,) = await teller.logged()
    logged = CallLogged.model_validate_json(body)
    assert logged.call_id == call.call_id
    assert logged.meeting == call.meeting
    assert [(line.speaker, line.text, line.interrupted) for line in logged.transcript] == TRANSCRIPT
    assert logged.first_word_ms == (210.5, 180.0)
    fields = json.loads(body)
    assert {"lead_id", "outcome", "disposition", "duration_s", "started_at", "ended_at"} <= set(fields)
    assert {"turn", "speaker", "text", "at"} <= set(fields["transcript"][0])


async def test_repeated_shuffled_and_late_facts_change_nothing(telemetry, teller, broker):
    call = SampleCall(uuid4())
    await teller.tell(*call.before_the_claim())
    epoch = await teller.tell(call.claimed())
    rest = [*call.under_the_claim(epoch), call.booked()]
    random.Random(7).shuffle(rest)
    await teller.tell(*rest, *rest)
    for event in rest:  # beyond the duplicate window a fact may stand twice in its stream
        if not event.once:
            await broker.js.publish(event.subject, event.body())
    first = await teller.logged()
    await teller.tell(call.measured(5, 90.0))
    await _until(lambda: _settled(telemetry, broker))
    assert await teller.logged() == first
    async with telemetry.units.reading() as session:
        row = await session.get(RecordRow, call.call_id)
        (facts,) = await facts_of(session, [call.call_id])
    assert row.record == record_of(facts, read_prices()).model_dump(mode="json", exclude_none=True)
    assert [turn["turn"] for turn in row.record["turns"]] == [1, 4, 5]


async def test_facts_of_a_replaced_worker_are_left_out(telemetry, teller):
    call = SampleCall(uuid4())
    await teller.tell(*call.before_the_claim())
    old = await teller.tell(call.claimed())
    new = await teller.tell(call.claimed("worker-2"))
    await teller.tell(call.said(old, 0, uuid4(), 0, "ישן."), call.said(new, 0, uuid4(), 0, "חדש."))
    await teller.tell(call.ended(), call.concluded())
    (body,) = await teller.logged()
    assert [line.text for line in CallLogged.model_validate_json(body).transcript] == ["חדש."]


async def test_garbage_is_buried_and_the_rest_go_on(telemetry, teller, broker):
    call = SampleCall(uuid4())
    garbage = {
        f"calls.{call.call_id}.said": b"\xff\xfe",
        f"calls.{call.call_id}.concluded": b'{"call_id":"none"}',
        f"calls.{call.call_id}.sung": b"{}",
        "telemetry.turns.measured": b"[1]",
    }
    for subject, body in garbage.items():
        await broker.js.publish(subject, body)
    await broker.js.publish("leads.submitted", b"the dialer buries this one")
    await _until(lambda: _everything_read(broker))
    subscription = await broker.js.subscribe("dead.>", stream="DEAD", ordered_consumer=True)
    dead = [await subscription.next_msg(timeout=10) for _ in garbage]
    assert {message.headers[ORIGIN_SUBJECT]: message.data for message in dead} == garbage
    assert (await broker.js.stream_info("DEAD")).state.messages == len(garbage)
    # what stood first on `concluded` was garbage, so the real conclusion is told past the guard against repeats
    await teller.tell(*call.before_the_claim(), call.ended())
    concluded = call.concluded()
    await broker.js.publish(concluded.subject, concluded.body())
    assert len(await teller.logged()) == 1


async def test_a_fact_without_an_id_is_one_fact_however_often_it_is_delivered(telemetry, teller, broker):
    call = SampleCall(uuid4())
    await teller.tell(*call.before_the_claim())
    body = {"call_id": str(call.call_id), "turn": 1, "text": "כן"}
    await broker.js.publish(f"calls.{call.call_id}.heard", json.dumps(body).encode())
    await teller.tell(call.ended(), call.concluded())
    logged = CallLogged.model_validate_json((await teller.logged())[0])
    assert [line.text for line in logged.transcript] == ["כן"]


async def test_a_message_replayed_for_another_consumer_is_passed_over(telemetry, broker):
    headers = {ORIGIN_SUBJECT: "leads.dana.accepted", "Dead-Consumer": "dialer-leads"}
    body = LeadAccepted(lead_id=LEAD, occurred_at=SampleCall().at()).body()
    await put_back(broker, body, headers)
    await put_back(broker, body, headers | {"Dead-Consumer": TELEMETRY_LEADS.name})
    await _until(lambda: _everything_read(broker))
    async with telemetry.units.reading() as session:
        assert (await session.scalars(select(FactRow.sequence))).all() == [2]


async def test_a_restart_in_the_middle_of_a_call_changes_nothing(start, teller, broker):
    call = SampleCall(uuid4())
    first = await start()
    await teller.tell(*call.before_the_claim())
    epoch = await teller.tell(call.claimed())
    rest = call.under_the_claim(epoch)
    await teller.tell(*rest[:5])
    await _until(lambda: _everything_read(broker))
    await first.stop()
    await teller.tell(*rest[5:])
    second = await start()
    (body,) = await teller.logged()
    assert [line.text for line in CallLogged.model_validate_json(body).transcript] == [
        text for _, text, _ in TRANSCRIPT
    ]
    await second.stop()
    third = await start()
    await _until(lambda: _settled(third, broker))
    assert await teller.logged() == [body]


async def test_a_finished_call_that_was_kept_but_not_logged_is_logged_after_a_restart(
    start, teller, broker, monkeypatch
):
    async def settles_nothing(self) -> int:
        return 0

    with monkeypatch.context() as patched:
        patched.setattr(Recorder, "settle", settles_nothing)
        first = await start()
        await teller.tell_a_whole_call(SampleCall(uuid4()))
        await _until(lambda: _everything_read(broker))
        await first.stop()
    await start()
    assert len(await teller.logged()) == 1


async def test_two_replicas_log_every_call_once(start, teller, broker):
    first, second = await start(), await start()
    calls = [SampleCall(uuid4()) for _ in range(12)]
    await asyncio.gather(*(teller.tell_a_whole_call(call) for call in calls))
    await _until(lambda: _settled(first, broker))
    async with second.units.reading() as session:
        assert await session.scalar(select(func.count()).select_from(CallRow)) == len(calls)

    async def all_logged() -> bool:
        return (await broker.js.stream_info("TELEMETRY")).state.messages >= 3 * len(calls)

    await _until(all_logged)  # two measured turns and one record a call
    logged = [CallLogged.model_validate_json(body).call_id for body in await teller.logged()]
    assert sorted(logged) == sorted(call.call_id for call in calls)


async def test_a_message_we_fail_on_does_not_hold_up_the_others(broker, teller):
    kept: list[Event] = []

    async def keep(facts) -> None:
        if any(isinstance(fact.event, CallHeard) for fact in facts):
            raise ZeroDivisionError("a bug")
        kept.extend(fact.event for fact in facts)

    call = SampleCall(uuid4())
    await teller.tell(*call.before_the_claim(), call.heard(1, "כן"), call.ended())
    reader = BatchReader(broker, TELEMETRY_CALLS, keep)
    reading = asyncio.create_task(reader.run())

    async def all_kept() -> bool:
        return len(kept) == 4

    await _until(all_kept)
    await reader.stop()
    await reading

    async def one_is_to_be_tried_again_later() -> bool:
        """The server takes in acknowledgements after it has answered what came behind them."""
        info = await broker.js.consumer_info(TELEMETRY_CALLS.stream, TELEMETRY_CALLS.name)
        return bool(info.num_ack_pending == 1)

    await _until(one_is_to_be_tried_again_later)
