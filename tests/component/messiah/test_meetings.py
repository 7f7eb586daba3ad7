"""`messiah slots` and `messiah meetings` against a scheduler on a real broker."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

import services.scheduler.app
from contracts.values import LeadFacts
from messiah.agenda import Agenda
from messiah.nats_server import NatsServer
from services.runtime.broker import Broker
from services.runtime.errors import Failure, InvalidMessage
from services.scheduler.settings import SchedulerSettings

DANA = {"lead": LeadFacts(name="דנה כהן", company="אורנט"), "phone": "054-2345678"}


@pytest.fixture
async def agenda(broker: Broker, nats_server: NatsServer, tmp_path: Path) -> AsyncIterator[Agenda]:
    settings = SchedulerSettings(_env_file=None, nats_url=nats_server.url, messiah_var=tmp_path)
    service = await services.scheduler.app.build(settings)
    await service.start()
    yield await Agenda.of(broker)
    await service.stop()


async def test_a_meeting_is_booked_moved_listed_and_cancelled(agenda):
    (slot,) = await agenda.slots(None, None, (), representative_id="noa", count=1)
    meeting = await agenda.book(slot_id=agenda.slot_id(slot.slot_id, None, None), **DANA)
    free = await agenda.slots(None, None, (), representative_id="noa", count=2)
    moved = await agenda.move(meeting.meeting_id, None, free[-1].start.isoformat())
    assert (moved.start, moved.representative_id) == (free[-1].start, "noa")
    again = await agenda.move(meeting.meeting_id, slot.slot_id, None)
    assert again.start == slot.start
    (listed,) = await agenda.meetings(None, None, "noa", None, False)
    assert (listed.meeting.meeting_id, listed.lead.name) == (meeting.meeting_id, "דנה כהן")
    await agenda.cancel(meeting.meeting_id, "changed plans")
    assert await agenda.meetings(None, None, None, listed.lead_id, False) == []
    (cancelled,) = await agenda.meetings("today", None, None, None, True)
    assert cancelled.cancelled


async def test_a_refusal_is_shown_with_what_is_free_instead(agenda):
    slot, other = await agenda.slots(None, None, (), representative_id="noa", count=2)
    meeting = await agenda.book(slot_id=slot.slot_id, **DANA)
    with pytest.raises(Failure, match="somebody else has that time") as taken:
        await agenda.book(slot_id=slot.slot_id, lead=LeadFacts(), lead_id="gal")
    assert "; free are:" in taken.value.detail
    await agenda.book(slot_id=other.slot_id, lead=LeadFacts(), lead_id="gal")
    with pytest.raises(Failure, match="is not free; free are:"):
        await agenda.move(meeting.meeting_id, None, other.start.isoformat())
    with pytest.raises(Failure, match="no meeting"):
        await agenda.cancel(uuid4(), None)


async def test_what_was_typed_wrong_is_named(agenda):
    with pytest.raises(InvalidMessage, match="write a day"):
        await agenda.slots("some day", None, (), representative_id=None, count=3)
    with pytest.raises(InvalidMessage, match="is no moment"):
        agenda.slot_id(None, "2026-11-25", "noa")
    with pytest.raises(InvalidMessage, match="give --slot"):
        agenda.slot_id(None, "2026-11-25T10:00", None)
    with pytest.raises(InvalidMessage, match="give --to"):
        await agenda.move(uuid4(), None, None)
    with pytest.raises(InvalidMessage, match="lead_id"):
        await agenda.book(slot_id="x", lead=LeadFacts(), lead_id="no lead")
    with pytest.raises(InvalidMessage, match="swap them"):
        await agenda.meetings("2026-11-25", "2026-11-20", None, None, False)


async def test_a_pipe_gets_columns(agenda, nats_server, tmp_path):
    async def run(*arguments: str) -> list[list[str]]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "messiah", *arguments),
            cwd=tmp_path,
            env={**os.environ, "NATS_URL": nats_server.url},
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await process.communicate()
        assert process.returncode == 0
        return [line.split("\t") for line in output.decode().splitlines()]

    slots = await run("slots", "--count", "2", "--with", "yoav")
    assert [(len(slot), slot[2]) for slot in slots] == [(3, "יואב מזרחי")] * 2
    await run("meetings", "book", "--slot", slots[0][0], "--name", "דנה", "--phone", "054-2345678")
    ((_, when, _, lead, status),) = await run("meetings")
    assert (when, lead, status) == (slots[0][1], "דנה", "booked")
