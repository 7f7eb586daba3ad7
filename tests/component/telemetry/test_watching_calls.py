"""Whoever watches sees a call's transcript grow, and costs nothing once gone."""

import asyncio
import json
from uuid import uuid4

import aiohttp

from messiah.serving import listen, serving, url_of
from messiah.web import build_app
from services.runtime.broker import Broker
from services.telemetry.domain.facts import Facts
from services.telemetry.feed import StreamFeed
from services.telemetry.live import Live, Watcher
from tests.unit.telemetry.sample_call import CALL, TRANSCRIPT, SampleCall, facts_of, placed


class Page:
    """Reads server-sent events."""

    def __init__(self, answer) -> None:
        self._answer = answer

    async def next(self) -> tuple[str, dict]:
        name = ""
        async with asyncio.timeout(20):
            while line := (await self._answer.content.readline()).decode():
                if line.startswith("event: "):
                    name = line[7:].strip()
                elif line.startswith("data: "):
                    return name, json.loads(line[6:])
        raise EOFError("the stream ended")

    async def texts_until(self, holds) -> list[list[str]]:
        """The transcripts shown, one after the other, until a record holds what it should."""
        shown = []
        while True:
            name, data = await self.next()
            if name == "call":
                shown.append(_texts(data))
                if holds(data):
                    return shown


def _texts(record) -> list[str]:
    return [line["text"] for line in record["transcript"]]


async def _consumers(broker: Broker) -> int:
    return sum(
        [(await broker.js.stream_info(stream)).state.consumer_count for stream in ("CALLS", "TELEMETRY", "MEETINGS")]
    )


async def test_a_watcher_sees_the_transcript_grow_and_the_call_logged(api, teller):
    before, during = SampleCall(uuid4()), SampleCall(uuid4())
    await teller.tell(*before.before_the_claim(), before.heard(1, "הייתי כאן קודם"))
    async with api.get("/live-calls/stream") as answer:
        assert answer.content_type == "text/event-stream"
        assert answer.headers["Cache-Control"] == "no-store"
        page = Page(answer)
        assert (await page.next())[0] == "clock"
        await page.texts_until(lambda record: record["transcript"] and record["call_id"] == str(before.call_id))
        await teller.tell(*during.before_the_claim())
        epoch = await teller.tell(during.claimed())
        told = during.under_the_claim(epoch)
        await teller.tell(*told[:4])
        opening = [text for _, text, _ in TRANSCRIPT][:2]
        await page.texts_until(lambda record: _texts(record) == opening)
        await teller.tell(*told[4:], during.booked())
        last = (await page.texts_until(lambda record: record["complete"]))[-1]
        assert last == [text for _, text, _ in TRANSCRIPT]
        name = ""
        while name != "logged":
            name, _ = await page.next()


async def test_the_calls_in_progress_are_also_one_answer(api, teller):
    call, over = SampleCall(uuid4()), SampleCall(uuid4())
    await teller.tell_a_whole_call(over)
    await teller.logged()
    await teller.tell(*call.before_the_claim(), call.heard(1, "כן"))
    async with asyncio.timeout(20):
        while True:
            async with api.get("/live-calls") as answer:
                calls = (await answer.json())["calls"]
            if calls and calls[0]["transcript"]:
                break
            await asyncio.sleep(0.05)
    assert [each["call_id"] for each in calls] == [str(call.call_id)]
    assert calls[0]["transcript"][0]["text"] == "כן"


async def test_streams_are_followed_only_while_somebody_watches(api, broker):
    idle = await _consumers(broker)
    async with api.get("/live-calls/stream") as first, api.get("/live-calls/stream") as second:
        await Page(first).next()
        await Page(second).next()
        assert await _consumers(broker) == idle + 3
    async with asyncio.timeout(30):
        while await _consumers(broker) != idle:
            await asyncio.sleep(0.05)


async def test_a_stop_sends_the_watchers_away(start):
    service = await start()
    listener = listen("127.0.0.1", 0)
    async with (
        serving(build_app([service]), listener),
        aiohttp.ClientSession(url_of(listener)) as client,
        client.get("/live-calls/stream") as answer,
        asyncio.timeout(20),
    ):
        await Page(answer).next()
        await service.stop()
        await answer.content.read()
        assert answer.content.at_eof()


async def test_what_is_not_stored_yet_is_read_from_the_streams(broker, teller):
    """The store lags by up to half a second; a watcher who comes in between misses nothing."""

    class EmptyArchive:
        async def in_progress(self, heard_since):
            return []

    call = SampleCall(uuid4())
    await teller.tell(*call.before_the_claim(), call.heard(1, "כן"))
    live = Live(StreamFeed(broker), EmptyArchive())
    async with live.watch() as watcher, asyncio.timeout(20):
        transcript = ()
        while not transcript:
            records, _ = await watcher.news()
            transcript = records[0].transcript
        assert transcript[0].text == "כן"
    assert live.watched == 0


async def test_a_slow_watcher_gets_the_latest_state_once():
    watcher = Watcher()
    call = SampleCall()
    facts = facts_of(placed([call.requested()]))
    for number in range(50):
        facts.add(placed([call.heard(number, f"מילה {number}")])[0])
        watcher.show(facts)
    records, logged = await watcher.news()
    assert [record.call_id for record in records] == [CALL]
    assert len(records[0].transcript) == 50
    assert not logged


async def test_a_watcher_who_never_reads_is_sent_away(monkeypatch):
    monkeypatch.setattr("services.telemetry.live.BACKLOG_MAX", 3)
    watcher = Watcher()
    for _ in range(5):
        watcher.show(Facts(uuid4()))
    assert watcher.closed
