"""A call outlives its worker: taken over after a crash, handed over on SIGTERM, never spoken on by two."""

import asyncio
import subprocess
import sys
import textwrap
from collections.abc import Iterator

import pytest

from contracts.calls import CallClaimed
from contracts.event import new_event_id
from contracts.streams import CONVERSATION_CALLS
from contracts.turns import CallSaid
from contracts.values import Outcome

WORKER = textwrap.dedent(
    """
    import asyncio, sys
    from services.conversation.app import build
    from services.conversation.settings import ConversationSettings

    async def main():
        service = await build(ConversationSettings(nats_url=sys.argv[1]))
        await service.start()
        print("ready", flush=True)
        await asyncio.Event().wait()

    asyncio.run(main())
    """
)


@pytest.fixture
def doomed(nats_server) -> Iterator[subprocess.Popen[str]]:
    """A worker in a process of its own, ready to be killed."""
    with subprocess.Popen(
        [sys.executable, "-c", WORKER, nats_server.url], stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


async def ready(process: subprocess.Popen[str]) -> None:
    """Wait until the process says that it has started."""
    assert process.stdout is not None
    while "ready" not in (printed := await asyncio.to_thread(process.stdout.readline)):
        assert printed, "the worker did not start"


def texts(line, turn: int) -> list[str]:
    return [said.text for said in line.of("said") if said.turn == turn and said.text]


async def test_a_killed_worker_is_replaced_and_nothing_is_said_twice(start_worker, line, doomed):
    await ready(doomed)
    await line.open(email="dana@ornet.co.il")
    await line.answer(0)
    first = await line.hear("כן בסדר")
    doomed.kill()
    await start_worker()
    await line.until(lambda: len(line.of("claimed")) == 2)
    assert await line.hear("באקסל")
    assert first.count(texts(line, 1)[0]) == 1
    offer = await line.hear("עשרה")
    assert "שלישי" in offer
    await line.hear("הראשון")
    assert (await line.end()).outcome is Outcome.MEETING_BOOKED
    everything = [said.text for said in line.of("said") if said.text]
    assert len(everything) == len(set(everything))


async def test_a_worker_told_to_stop_hands_over_and_the_call_goes_on(start_worker, line):
    first = await start_worker()
    await line.open()
    await line.answer(0)
    second = await start_worker()
    await first.stop()
    await line.until(lambda: len(line.of("claimed")) == 2)
    assert line.of("released")
    assert await line.hear("כן בסדר")
    assert second is not first


async def test_a_superseded_worker_falls_silent(start_worker, line, broker):
    await start_worker()
    await line.open()
    await line.answer(0)
    await line.tell(CallClaimed, worker_id="another")
    info = await broker.js.consumer_info("CALLS", CONVERSATION_CALLS.name)
    line.turn += 1
    await line.tell_heard("כן בסדר")
    # The first worker is given the message back after its silence, claims anew and answers: once, under its new epoch.
    assert await line.answer(1)
    assert info.num_ack_pending == 1
    epochs = {said.epoch for said in line.of("said") if said.turn == 1}
    assert len(epochs) == 1
    assert min(epochs) > max(said.epoch for said in line.of("said") if said.turn == 0)


async def test_what_a_stale_worker_says_is_not_counted(start_worker, line):
    await start_worker()
    await line.open()
    await line.answer(0)
    epoch = line.of("said")[0].epoch
    ghost = new_event_id()
    await line.tell(CallSaid, epoch=epoch - 1, turn=1, utterance=ghost, sequence=0, text="רוח רפאים", last=True)
    line.turn += 1
    await line.tell_heard("כן בסדר")
    await line.until(lambda: [said for said in line.of("said") if said.turn == 1 and said.epoch == epoch and said.last])


async def test_three_faults_in_a_row_end_the_call_with_an_apology(start_worker, line, broker):
    await line.open()
    for number in range(3):
        await line.tell(CallClaimed, worker_id=f"crashed-{number}")
    await start_worker()
    assert "תקלה" in await line.answer(0)
    await line.until(lambda: line.of("closing"))
    assert (await line.end()).outcome is Outcome.FAILED


async def test_a_call_that_ended_while_nobody_held_it_is_concluded_once(start_worker, line, broker):
    ended = asyncio.create_task(line.end())
    await line.open()
    await start_worker()
    assert (await ended).outcome is Outcome.NO_RESPONSE
    assert len(line.of("concluded")) == 1


async def test_the_worker_hears_again_at_once_after_the_broker_restarts(start_worker, line, nats_server):
    await start_worker()
    await line.open()
    await line.answer(0)
    nats_server.kill()
    nats_server.start()
    assert await line.hear("כן בסדר")
