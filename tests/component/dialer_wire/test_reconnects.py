"""A line that drops, one that takes over, a broker that is away, and a process that stops: nothing is lost or said
twice."""

import asyncio
from types import SimpleNamespace
from uuid import uuid4

import pytest

from contracts.calls import CallClosing, CallReconnected, CallStarted
from contracts.telemetry import TurnMeasured
from contracts.turns import CallHeard, CallSaid
from contracts.values import once_id
from messiah.nats_server import NatsServer
from services.runtime.broker import Broker
from services.runtime.provisioner import provision
from tests.component.dialer_wire.conftest import PATIENCE_S, Worker, serving


async def test_a_line_that_comes_back_counts_on_and_repeats_nothing(dialer, worker, call_id):
    opening, again = uuid4(), uuid4()
    async with dialer.phone(call_id) as phone:
        await worker.told(CallStarted)
        await worker.claim()
        await worker.say("שלום.", opening, last=True)
        await phone.text()
        await phone.say("כן")
        await worker.told(CallHeard)
        await worker.say("תודה.", again, turn=1)
        await phone.text()
        phone.ws.transport.abort()
    async with dialer.phone(call_id) as phone:
        reconnected = await worker.told(CallReconnected)
        assert reconnected.turn == 1
        await worker.say("מה השאלה?", again, 1, turn=1, last=True)
        assert await phone.text() == ("מה השאלה?", True)
        await phone.say("ספרו לי עוד")
        assert (await worker.told(CallHeard)).turn == 2
        await worker.say("בשמחה.", uuid4(), turn=2, last=True)
        assert await phone.text() == ("בשמחה.", True)
    assert len(await worker.stored("started")) == 1


async def test_a_line_that_comes_back_knows_the_claim_in_force(dialer, worker, call_id):
    async with dialer.phone(call_id):
        await worker.told(CallStarted)
        stale = await worker.claim()
        await worker.claim()
    async with dialer.phone(call_id) as phone:
        await worker.told(CallReconnected)
        await worker.say("מהעובד הקודם.", uuid4(), epoch=stale, last=True)
        await worker.say("מהעובד החדש.", uuid4(), last=True)
        assert await phone.text() == ("מהעובד החדש.", True)


async def test_a_line_that_comes_back_to_a_closing_call_ends_it(dialer, worker, call_id):
    async with dialer.phone(call_id) as phone:
        await worker.told(CallStarted)
        await worker.claim()
        await worker.say("יום טוב!", uuid4(), last=True)
        await phone.text()
        await phone.info("agentSpeaking", "on")
        await worker.close()
        phone.ws.transport.abort()
    async with dialer.phone(call_id) as phone:
        assert await phone.end() == {"reason": "goodbye"}
        assert [frame["type"] for frame in phone.frames] == ["end"]


async def test_a_stale_closing_does_not_end_the_call(dialer, worker, call_id):
    async with dialer.phone(call_id) as phone:
        await worker.told(CallStarted)
        stale = await worker.claim()
        await worker.claim()
        await worker.tell(CallClosing, epoch=stale, reason="stale")
        await worker.close("fresh")
        assert await phone.end() == {"reason": "fresh"}


async def test_an_older_line_closes_itself(dialer, worker, call_id):
    async with dialer.phone(call_id) as older:
        await worker.told(CallStarted)
        await worker.claim()
        async with dialer.phone(call_id) as newer:
            await worker.told(CallReconnected)
            assert await older.closed() == 1000
            await worker.say("שלום.", uuid4(), last=True)
            assert await newer.text() == ("שלום.", True)
            assert older.frames == []


async def test_a_start_whose_acknowledgement_was_lost_is_no_reconnect(dialer, worker, call_id, monkeypatch):
    """The line's own `started` is in the stream already when it is told again."""
    tell = dialer.lines._broker.tell

    async def tell_twice(event):
        await tell(event)
        return await tell(event)

    monkeypatch.setattr(dialer.lines._broker, "tell", tell_twice)
    async with dialer.phone(call_id) as phone:
        started = await worker.told(CallStarted)
        assert started.event_id != once_id("started", call_id)
        await worker.claim()
        await worker.say("שלום.", uuid4(), last=True)
        assert await phone.text() == ("שלום.", True)
        assert await worker.stored("reconnected") == []


@pytest.fixture
async def own_server(tmp_path):
    server = NatsServer(tmp_path / "nats")
    server.start()
    yield server
    server.stop()


async def test_what_is_heard_and_said_survives_a_broker_that_is_killed(own_server, call_id):
    broker = Broker(own_server.url, "test")
    await broker.connect()
    await provision(broker)
    worker = Worker(broker, call_id)
    await worker.listen()
    utterance = uuid4()
    async with serving(own_server.url) as dialer:
        async with dialer.phone(call_id) as phone:
            await worker.told(CallStarted)
            await worker.claim()
            await worker.say("שלום,", utterance)
            assert await phone.text() == ("שלום, ", False)
            own_server.kill()
            await phone.say("אחת")
            await phone.say("שתיים")
            await phone.info("clientSpeaking", "off")
            own_server.start()
            await worker.told(CallHeard, where=lambda heard: heard.turn == 2)
            await worker.say("הנה.", uuid4(), turn=2, last=True)
            assert await phone.text() == ("", True)
            assert await phone.text() == ("הנה.", True)
        heard = [(each["turn"], each["text"]) for each in await worker.stored("heard")]
        assert heard == [(1, "אחת"), (2, "שתיים")]
    await worker.stop()
    await broker.close()


async def test_what_was_told_while_the_line_was_cut_off_is_spoken_when_it_is_back(dialer, worker, call_id):
    utterance = uuid4()
    async with dialer.phone(call_id) as phone:
        await worker.told(CallStarted)
        await worker.claim()
        await worker.say("שלום,", utterance)
        assert await phone.text() == ("שלום, ", False)
        (line,) = dialer.lines._lines
        await line._intake.facts._subscription.unsubscribe()
        await dialer.lines._broker.nats.flush()
        await worker.say("מדברת נועה.", utterance, 1, last=True)
        stale = worker.epoch
        await worker.claim()
        await worker.say("ישן.", uuid4(), epoch=stale, last=True)
        await worker.say("חדש.", uuid4(), last=True)
        await worker.close()
        await dialer.lines._broker._reconnected()
        assert await phone.text() == ("מדברת נועה.", True)
        assert await phone.text() == ("חדש.", True)
        await phone.play("שלום, ", "מדברת נועה.", "חדש.")
        assert await phone.end() == {"reason": "goodbye"}


@pytest.fixture
def held(dialer, monkeypatch):
    """The stream takes no `heard` until `free` is set; `full` is set once one waits for that."""
    broker, free, full = dialer.lines._broker, asyncio.Event(), asyncio.Event()
    tell = broker.tell

    async def when_free(event):
        if isinstance(event, CallHeard):
            full.set()
            await free.wait()
        return await tell(event)

    monkeypatch.setattr(broker, "begin", lambda _: None)
    monkeypatch.setattr(broker, "tell", when_free)
    return SimpleNamespace(free=free, full=full)


async def hear_and_hang(dialer, worker, call_id, held):
    """A line that is gone before the stream has what it heard."""
    async with dialer.phone(call_id) as phone:
        await worker.told(CallStarted)
        await worker.claim()
        await worker.say("כן?", uuid4(), last=True)
        await phone.text()
        await phone.say("אחת")
        await asyncio.wait_for(held.full.wait(), PATIENCE_S)  # a socket may be closed before its last frame is read


async def test_heard_by_a_line_that_is_gone_is_still_told(dialer, worker, call_id, held):
    await hear_and_hang(dialer, worker, call_id, held)
    async with dialer.phone(call_id) as phone:
        held.free.set()
        assert (await worker.told(CallReconnected)).turn == 1
        await phone.say("שתיים")
        assert (await worker.told(CallHeard, where=lambda heard: heard.text == "שתיים")).turn == 2
    assert [heard["text"] for heard in await worker.stored("heard")] == ["אחת", "שתיים"]


async def test_what_the_stream_did_not_take_is_told_again_and_in_order(dialer, worker, call_id, monkeypatch):
    broker = dialer.lines._broker
    begin, refused = broker.begin, []

    def refuse_once(event):
        if not refused and isinstance(event, CallHeard):
            refused.append(asyncio.get_running_loop().create_future())
            return refused[0]
        return begin(event)

    monkeypatch.setattr(broker, "begin", refuse_once)
    async with dialer.phone(call_id) as phone:
        await worker.told(CallStarted)
        await worker.claim()
        await phone.say("אחת")
        await phone.say("שתיים")
        async with asyncio.timeout(PATIENCE_S):
            while not refused:
                await asyncio.sleep(0.01)
        refused[0].set_exception(TimeoutError())
        assert (await worker.told(CallHeard, where=lambda heard: heard.text == "שתיים")).turn == 2
    assert [heard["text"] for heard in await worker.stored("heard")] == ["אחת", "שתיים"]


async def test_a_line_that_opens_while_the_earlier_one_is_forgotten_is_heard(
    dialer, worker, call_id, held, monkeypatch
):
    await hear_and_hang(dialer, worker, call_id, held)
    sound_of = dialer.lines.sound_of

    async def meanwhile(call_id):
        held.free.set()
        async with asyncio.timeout(PATIENCE_S):
            while dialer.lines._tellers:
                await asyncio.sleep(0.01)
        return await sound_of(call_id)

    monkeypatch.setattr(dialer.lines, "sound_of", meanwhile)
    async with dialer.phone(call_id) as phone:
        assert (await worker.told(CallReconnected)).turn == 1
        await phone.say("שתיים")
        assert (await worker.told(CallHeard, where=lambda heard: heard.text == "שתיים")).turn == 2


async def test_a_process_that_stops_closes_its_lines_so_that_the_carrier_reconnects(dialer, worker, call_id):
    async with dialer.phone(call_id) as phone:
        await worker.told(CallStarted)
        assert dialer.lines.open_lines == 1
        await dialer.lines.drain(0)
        assert dialer.lines.open_lines == 1
        closing = asyncio.create_task(dialer.lines.close_all())
        assert await phone.closed() == 1012
        await asyncio.wait_for(closing, PATIENCE_S)
    assert dialer.lines.open_lines == 0
    status, _, _ = await dialer.post(f"/twilio/relay-ended/{call_id}", [("CallStatus", "in-progress")])
    assert status == 503
    assert await worker.stored("ended") == []


async def test_a_process_that_stops_tells_what_it_measured(dialer, worker, call_id):
    async with dialer.phone(call_id) as phone:
        await worker.told(CallStarted)
        await worker.claim()
        await phone.say("כן")
        await worker.told(CallHeard)
        await worker.say("מעולה.", uuid4(), turn=1, last=True)
        await phone.text()
        await asyncio.wait_for(dialer.lines.close_all(), PATIENCE_S)
    stored = await worker.broker.js.get_last_msg("TELEMETRY", TurnMeasured.subject_template)
    measured = TurnMeasured.model_validate_json(stored.data)
    assert (measured.call_id, measured.turn) == (call_id, 1)


async def test_phrases_are_spoken_once_however_they_come(dialer, worker, call_id):
    """Everything is told twice and in the stream too; the caller hears each phrase once and in order."""
    texts = [f"משפט {number}." for number in range(20)]
    async with dialer.phone(call_id) as phone:
        await worker.told(CallStarted)
        await worker.claim()
        utterance = uuid4()
        for number, text in enumerate(texts):
            said = worker.phrase(text, utterance, number, last=number == 19)
            await worker.broker.nats.publish(said.subject, said.body())
            if number % 5 == 4:
                await dialer.lines._broker._reconnected()
            await worker.broker.tell(said)
        spoken = [await phone.text() for _ in texts]
        assert [token.strip() for token, _ in spoken] == texts
        assert [last for _, last in spoken] == [False] * 19 + [True]
        await worker.told(CallSaid, where=lambda said: said.last)
        await worker.tell(CallClosing, epoch=worker.epoch, reason="done")
        await phone.play(*[token for token, _ in spoken])
        assert await phone.end() == {"reason": "done"}
