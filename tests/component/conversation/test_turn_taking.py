"""When words belong together, when they only say "go on", and what becomes of calls that take long or go elsewhere."""

import asyncio
from datetime import datetime, timedelta

import pytest

from contracts.calls import CallRequested, CallStarted, Playbook
from contracts.requests import Cancel, Cancelled, Reschedule
from contracts.turns import CallHeard, CallInterrupted
from contracts.values import LeadFacts, Outcome
from services.conversation.library import PACKAGED


async def test_an_utterance_in_pieces_is_answered_once_as_a_whole(start_worker, line):
    await start_worker()
    await line.open()
    await line.answer(0)
    now = line.clock.now()
    pieces = ((1, "כן אבל"), (2, "לא עכשיו"), (3, "תתקשרו מחר בארבע"))
    heard = [CallHeard(call_id=line.call_id, occurred_at=now, turn=turn, text=words) for turn, words in pieces]
    await asyncio.gather(*map(line.broker.tell, heard))
    line.turn = 3
    assert "בארבע" in await line.answer(3)
    (callback,) = [fact for fact in line.of("acted") if fact.move == "schedule_callback"]
    assert callback.quote == "כן אבל לא עכשיו תתקשרו מחר בארבע"


async def test_a_listener_who_only_agrees_does_not_stop_the_agent(start_worker, line):
    await start_worker()
    await line.open()
    await line.answer(0)
    pitch = await line.hear("כן בסדר")
    utterance = next(fact.utterance for fact in line.of("said") if fact.turn == 1)
    await line.tell(CallInterrupted, turn=1, utterance=utterance, heard=pitch[:20])
    rest = await line.hear("אהה, כן כן")
    assert pitch.endswith(rest)
    assert line.of("said")[-1].asks == "question:current_process"


async def test_words_that_mean_something_do_stop_it(start_worker, line):
    await start_worker()
    await line.open()
    await line.answer(0)
    pitch = await line.hear("כן בסדר")
    utterance = next(fact.utterance for fact in line.of("said") if fact.turn == 1)
    await line.tell(CallInterrupted, turn=1, utterance=utterance, heard=pitch[:20])
    assert "מחיר" in await line.hear("רגע, כמה זה עולה?")


async def test_a_call_is_wound_down_before_its_time_is_up(start_worker, line):
    await start_worker()
    await line.broker.nats.subscribe(f"calls.{line.call_id}.>", cb=line._take)
    await line.tell(
        CallRequested,
        lead_id="lead-1",
        phone="+972542345678",
        lead=LeadFacts(name="דנה כהן"),
        playbook=Playbook(name="alta-he", content_hash=""),
        max_duration_s=60,
    )
    long_ago = line.clock.now() - timedelta(seconds=30)
    await line.broker.tell(
        CallStarted(call_id=line.call_id, occurred_at=long_ago, lead_id="lead-1", line="relay", carrier_call_id="CA1")
    )
    await line.answer(0)
    assert "פעם אחרת" in await line.hear("כן בסדר")
    await line.until(lambda: line.of("closing"))
    assert line.of("closing")[0].reason == "max_duration"


async def test_a_caller_who_wants_a_person_is_handed_over_with_what_was_said(start_worker, line, tmp_path):
    text = (PACKAGED / "alta-he.yaml").read_text(encoding="utf-8").replace("name: alta-he", "name: handing-he", 1)
    text += '\ntransfer:\n  line: "בשמחה, רק רגע, עובר לנציג."\n  number: "+97231234567"\n'
    (tmp_path / "handing-he.yaml").write_text(text, encoding="utf-8")
    await start_worker(playbooks_dir=tmp_path)
    await line.open(playbook="handing-he")
    await line.answer(0)
    await line.hear("כן בסדר")
    await line.hear("באקסל")
    assert "נציג" in await line.hear("אפשר לדבר עם בן אדם?")
    await line.until(lambda: line.of("transferring"))
    assert "באקסל" in line.of("transferring")[0].summary
    assert (await line.end()).outcome is Outcome.TRANSFERRED


async def test_nobody_is_promised_a_person_who_is_not_there(start_worker, line):
    await start_worker()
    await line.open()
    await line.answer(0)
    await line.hear("תעביר אותי לנציג אנושי")
    assert line.of("said")[-1].asks == "callback_time"
    assert not line.of("transferring")


async def test_a_telephones_assistant_is_told_who_calls_and_why(start_worker, line):
    await start_worker()
    await line.open()
    await line.answer(0)
    assert "אלטה" in await line.hear("שלום, זה שירות סינון שיחות, נא לומר את שמך ואת סיבת השיחה")
    assert not line.of("closing")


@pytest.fixture
async def changes(broker, scheduler):
    """What the scheduler was asked to change."""
    asked = []

    async def reschedule(message):
        request = Reschedule.model_validate_json(message.data)
        asked.append(request)
        (meeting,) = scheduler.meetings.values()
        start = datetime.strptime(request.slot_id, "%Y%m%dT%H%M%z")
        moved = meeting.model_copy(update={"start": start, "slot_id": request.slot_id})
        await message.respond(f'{{"kind":"booked","meeting":{moved.model_dump_json()}}}'.encode())

    async def cancel(message):
        asked.append(request := Cancel.model_validate_json(message.data))
        await message.respond(Cancelled(meeting_id=request.meeting_id).model_dump_json().encode())

    await broker.nats.subscribe(Reschedule.subject, cb=reschedule)
    await broker.nats.subscribe(Cancel.subject, cb=cancel)
    await broker.nats.flush()
    return asked


async def book(line) -> None:
    await line.open()
    await line.answer(0)
    for words in ("כן", "באקסל", "עשרה", "שלישי בעשר וחצי"):
        await line.hear(words)
    assert [fact for fact in line.of("acted") if fact.meeting]


async def test_a_meeting_just_booked_may_be_moved_in_the_same_call(start_worker, line, scheduler, changes):
    await start_worker()
    await book(line)
    moved = await line.hear("בעצם, אפשר לעשות את הפגישה ביום ראשון בשעה אחת עשרה?")
    assert "אחת עשרה" in moved
    assert [type(each) for each in changes] == [Reschedule]
    assert scheduler.offers[-1].meeting_id == changes[0].meeting_id
    concluded = await line.end()
    assert concluded.outcome is Outcome.MEETING_BOOKED
    assert concluded.meeting.slot_id == changes[0].slot_id


async def test_a_meeting_just_booked_may_be_taken_back(start_worker, line, scheduler, changes):
    await start_worker()
    await book(line)
    await line.hear("תבטלי את הפגישה בבקשה")
    assert [type(each) for each in changes] == [Cancel]
    concluded = await line.end()
    assert concluded.meeting is None
    assert concluded.outcome is Outcome.NOT_INTERESTED


async def test_a_call_in_english(start_worker, line, scheduler):
    await start_worker()
    await line.open(playbook="alta-en", email="dana@ornet.example")
    assert "AI" in await line.answer(0) or "artificial" in await line.answer(0)
    await line.hear("sure, go ahead")
    await line.hear("we use a spreadsheet")
    offer = await line.hear("about ten people")
    assert "Tuesday" in offer
    assert "Tuesday" in await line.hear("Tuesday works")
    assert len(scheduler.books) == 1
    concluded = await line.end()
    assert concluded.outcome is Outcome.MEETING_BOOKED
    assert concluded.answers["team_size"] == "10"


async def test_an_opt_out_in_english_is_one(start_worker, line):
    await start_worker()
    await line.open(playbook="alta-en")
    await line.answer(0)
    await line.hear("take me off your list please")
    await line.until(lambda: line.of("closing"))
    assert (await line.end()).outcome is Outcome.OPTED_OUT


async def test_the_mood_and_language_of_a_turn_are_noted(start_worker, line):
    await start_worker()
    await line.open()
    await line.answer(0)
    await line.hear("איזו חוצפה, מי זה")
    notes = {fact.key: fact.value for fact in line.of("acted") if fact.move == "note"}
    assert notes["sentiment"] == "negative"
