"""The wire against the simulated carrier: whole calls with its people, through REST, webhooks and relay."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from contracts.calls import CallReconnected, CallStarted
from contracts.turns import CallHeard, CallInterrupted, HeardKind
from contracts.values import AnsweredBy
from services.dialer.carriers.twilio import TwilioCarrier
from services.dialer.domain.carrier_call import CarrierStatus
from services.dialer.ports.carrier import OutboundCall, SubmissionUnknown
from services.runtime.broker import Broker
from services.runtime.errors import Unavailable
from simulator.app import RunningSimulator, running
from simulator.settings import Faults, SimulatorSettings
from tests.component.dialer_wire.conftest import PATIENCE_S, Dialer, Worker, serving

INTERESTED = "+972542345678"
LINES = (
    "שלום, מדברת נועה, העוזרת הקולית של אורנט. אני מערכת בינה מלאכותית, והשיחה מוקלטת. זה רגע נוח?",
    "תודה. איך אתם עובדים היום מול לידים?",
    "מוכר. יש רביעי בעשר וחצי, או חמישי בשתיים בצהריים. מה עדיף?",
    "לאיזה מייל לשלוח זימון?",
    "מצוין, הזימון בדרך. תודה, ויום טוב!",
)


@contextlib.asynccontextmanager
async def simulated(broker: Broker, **faults: object) -> AsyncIterator[tuple[RunningSimulator, Dialer, TwilioCarrier]]:
    settings = SimulatorSettings(_env_file=None, port=0, cps=1000, speed=25, faults=Faults(**faults))
    async with running(settings) as simulator, serving(broker.url, simulator_url=simulator.url) as dialer:
        carrier = TwilioCarrier(dialer.settings)
        try:
            yield simulator, dialer, carrier
        finally:
            await carrier.close()


async def seller(worker: Worker) -> list[str]:
    """Speak the next line whenever the caller has said something, repeat it to a line that came back, then close."""
    await worker.told(CallStarted)
    await worker.claim()
    heard: list[str] = []
    turn = 0
    for line in LINES:
        await say(worker, line, turn)
        if line is LINES[-1]:
            await worker.close("booked")
            return heard
        while True:
            event = await worker.told(CallHeard, CallReconnected)
            if isinstance(event, CallHeard) and event.turn > turn:
                break
            if isinstance(event, CallReconnected):
                await say(worker, line, turn)
        turn = event.turn
        heard.append(event.text)
    return heard


async def say(worker: Worker, line: str, turn: int) -> None:
    utterance = uuid4()
    phrases = line.replace(". ", ".|").split("|")
    for sequence, phrase in enumerate(phrases):
        await worker.say(phrase, utterance, sequence, turn=turn, last=sequence == len(phrases) - 1)


async def dial(carrier: TwilioCarrier, call_id: UUID, to: str, *, record: bool = False) -> str:
    wanted = OutboundCall(call_id, to, "+97233760000", ring_timeout_s=20, max_duration_s=300, record=record)
    return await carrier.place(wanted)


async def ended(dialer: Dialer) -> CarrierStatus:
    """The terminal status that the carrier told first."""
    await dialer.desk.until(lambda: any(report.status.terminal for _, report in dialer.desk.reports))
    return next(report.status for _, report in dialer.desk.reports if report.status.terminal)


@pytest.mark.parametrize(
    "faults",
    [
        {},
        {"reorder_callbacks": True, "duplicate_callbacks": True, "extra_fields": True, "repeated_keys": True},
        {"unknown_frames": True, "text_durations": True, "status_before_action": True},
    ],
)
async def test_a_whole_call(broker, worker, call_id, faults):
    async with simulated(broker, **faults) as (simulator, dialer, carrier):
        selling = asyncio.create_task(seller(worker))
        carrier_call_id = await dial(carrier, call_id, INTERESTED)
        heard = await asyncio.wait_for(selling, PATIENCE_S)
        assert len(heard) == len(LINES) - 1
        assert await ended(dialer) is CarrierStatus.COMPLETED
        call = simulator.carrier.find(carrier_call_id)
        agent = [utterance for utterance in call.transcript.utterances if utterance.speaker == "agent"]
        assert [utterance.heard for utterance in agent] == list(LINES)
        await dialer.desk.until(lambda: dialer.desk.verdicts)
        assert AnsweredBy.HUMAN in [verdict for _, verdict in dialer.desk.verdicts]
        assert {call for call, _ in dialer.desk.reports} == {call_id}
        assert dialer.lines.open_lines == 0
        assert call.notifications == []


async def test_a_recorded_call_is_kept_until_its_recording_is_deleted(broker, worker, call_id):
    async with simulated(broker) as (simulator, dialer, carrier):
        carrier_call_id = await dial(carrier, call_id, INTERESTED, record=True)
        await worker.told(CallStarted)
        (recording_id,) = await carrier.recordings(carrier_call_id)
        with pytest.raises(Unavailable, match="20009"):  # it is being recorded still
            await carrier.delete_recording(recording_id)
        await carrier.end(carrier_call_id)
        await dialer.desk.until(lambda: dialer.desk.recordings)
        ((recorded, its_id, url, _),) = dialer.desk.recordings
        assert (recorded, its_id) == (call_id, recording_id)
        simulator.carrier.faults = Faults(keep_recordings=True)
        with pytest.raises(Unavailable, match="20500"):
            await carrier.delete_recording(recording_id, url)
        simulator.carrier.faults = Faults()
        for _ in range(2):
            await carrier.delete_recording(recording_id, url)
        assert await carrier.recordings(carrier_call_id) == []
        assert simulator.carrier.recordings.deleted == [recording_id]


async def test_a_dropped_socket_reconnects_and_the_call_goes_on(broker, worker, call_id):
    async with simulated(broker, drop_socket_after_turns=2) as (simulator, dialer, carrier):
        selling = asyncio.create_task(seller(worker))
        carrier_call_id = await dial(carrier, call_id, INTERESTED)
        heard = await asyncio.wait_for(selling, PATIENCE_S)
        assert len(heard) == len(LINES) - 1
        assert await ended(dialer) is CarrierStatus.COMPLETED
        assert simulator.carrier.find(carrier_call_id).sessions == 2
        assert len(await worker.stored("started")) == len(await worker.stored("reconnected")) == 1


async def test_a_person_who_cuts_in(broker, worker, call_id):
    async with simulated(broker) as (simulator, dialer, carrier):
        carrier_call_id = await dial(carrier, call_id, "+972542345610")
        await worker.told(CallStarted)
        await worker.claim()
        await say(worker, LINES[0], 0)
        await worker.told(CallHeard)
        await say(worker, LINES[2] * 3, 1)
        cut = await worker.told(CallInterrupted)
        heard = await worker.told(CallHeard)
        (turn, words) = (heard.turn, heard.text)
        assert (cut.turn, turn) == (1, 2)
        assert words
        call = simulator.carrier.find(carrier_call_id)
        agent = [utterance for utterance in call.transcript.utterances if utterance.speaker == "agent"]
        assert agent[1].interrupted
        assert letters(cut.heard) == letters(agent[1].heard)
        await carrier.end(carrier_call_id)
        assert await ended(dialer) is CarrierStatus.COMPLETED


async def test_a_person_who_presses_a_key(broker, worker, call_id):
    async with simulated(broker) as (_, dialer, carrier):
        carrier_call_id = await dial(carrier, call_id, "+972542345613")
        await worker.told(CallStarted)
        await worker.claim()
        await say(worker, LINES[0], 0)
        await worker.told(CallHeard)
        await say(worker, LINES[2], 1)
        heard = await worker.told(CallHeard)
        assert (heard.kind, heard.text) == (HeardKind.KEYS, "9")
        await carrier.end(carrier_call_id)
        assert await ended(dialer) is CarrierStatus.COMPLETED


@pytest.mark.parametrize(("digits", "status"), [("08", "no-answer"), ("09", "busy"), ("21", "failed")])
async def test_nobody_there(broker, call_id, digits, status):
    async with simulated(broker) as (_, dialer, carrier):
        await dial(carrier, call_id, f"+9725423456{digits}")
        assert await ended(dialer) == status
        assert dialer.desk.opened == []


async def test_a_lost_reply_is_settled_by_looking_the_call_up(broker, call_id):
    async with simulated(broker) as (_, dialer, carrier):
        since, to = datetime.now(UTC), "+972542345622"
        with pytest.raises(SubmissionUnknown):
            await dial(carrier, call_id, to)
        (found,) = await carrier.find(to, since)
        await carrier.end(found.carrier_call_id)
        await dialer.desk.until(lambda: any(report.status.terminal for _, report in dialer.desk.reports))
        assert {report.carrier_call_id for _, report in dialer.desk.reports} == {found.carrier_call_id}


def letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())
