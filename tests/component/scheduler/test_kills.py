"""kill -9 between a commit and its event: what was promised stands, and is told exactly once by whoever comes next."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from contracts.meetings import CallbackDue, CallbackRequested, MeetingBooked
from contracts.requests import Booked, parse_reply
from contracts.values import TimeWindow
from services.runtime.errors import Unavailable
from services.scheduler.settings import SchedulerSettings
from tests.component.scheduler.sample_call import a_call

READY_S = 60.0
DOOMED = Path(__file__).with_name("doomed.py")
Doom = Callable[[str], Awaitable[asyncio.subprocess.Process]]


@pytest.fixture
async def doomed(settings: SchedulerSettings) -> AsyncIterator[Doom]:
    """Starts a scheduler that will be killed at a step of its relay, and waits until it answers."""

    @asynccontextmanager
    async def running(step: str) -> AsyncIterator[asyncio.subprocess.Process]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(DOOMED), settings.model_dump_json(), step),
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            assert process.stdout is not None
            assert await asyncio.wait_for(process.stdout.readline(), READY_S) == b"ready\n"
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async with AsyncExitStack() as stack:
        yield lambda step: stack.enter_async_context(running(step))


async def _stored(broker, subject: str) -> list:
    """Every message that the stream keeps on a subject, in order."""
    info = await broker.js.stream_info("MEETINGS", subjects_filter=subject)
    count = sum((info.state.subjects or {}).values())
    subscription = await broker.js.subscribe(subject, stream="MEETINGS", ordered_consumer=True)
    messages = [await subscription.next_msg(timeout=READY_S) for _ in range(count)]
    await subscription.unsubscribe()
    return messages


async def _told(broker, subject: str) -> None:
    """Returns when the stream has something on a subject."""
    subscription = await broker.js.subscribe(subject, stream="MEETINGS", ordered_consumer=True)
    await subscription.next_msg(timeout=READY_S)
    await subscription.unsubscribe()


@pytest.mark.parametrize("step", ["_publish", "_remove"])
async def test_a_meeting_survives_and_is_told_once(doomed, start, broker, step):
    process = await doomed(step)

    async def ask(request):
        return parse_reply(await broker.ask(request.subject, request.model_dump_json().encode(), 20))

    call = a_call()
    slot = (await ask(call.offer(count=1))).slots[0]
    try:
        first = await ask(call.book(slot.slot_id))
    except Unavailable:
        first = None  # it died before it could answer, as it may
    assert await asyncio.wait_for(process.wait(), READY_S) == -9
    assert len(await _stored(broker, "meetings.>")) == (step == "_remove")
    await start()
    again = await ask(call.book(slot.slot_id))
    assert isinstance(again, Booked)
    assert first in (None, again)
    await _told(broker, "meetings.*.booked")
    (message,) = await _stored(broker, "meetings.>")
    assert MeetingBooked.model_validate_json(message.data).meeting_id == again.meeting.meeting_id


@pytest.mark.parametrize(
    ("database_url", "step"), [("sqlite", "_publish"), ("postgresql", "_remove")], indirect=["database_url"]
)
async def test_a_callback_falls_due_once(doomed, start, broker, step):
    process = await doomed(step)
    now = datetime.now(UTC)
    event = CallbackRequested(
        occurred_at=now,
        callback_id=uuid4(),
        lead_id="dana",
        call_id=uuid4(),
        window=TimeWindow(start=now, end=now + timedelta(minutes=30)),
    )
    await broker.tell(event)
    assert await asyncio.wait_for(process.wait(), READY_S) == -9
    await start()
    await start()
    await _told(broker, "callbacks.*.due")
    (message,) = await _stored(broker, "callbacks.*.due")
    assert CallbackDue.model_validate_json(message.data).callback_id == event.callback_id
