"""One call through a real worker and a real broker: what is said, done and concluded."""

import asyncio

import pytest

from contracts.calls import CallAnsweredBy, CallReconnected
from contracts.event import Event, new_event_id
from contracts.turns import CallActed, CallInterrupted, CallOperated, CallSaid, HeardKind
from contracts.values import AnsweredBy, Outcome
from services.runtime.broker import Broker
from services.runtime.clock import ISRAEL


async def test_a_call_opens_with_name_disclosure_and_permission(start_worker, line):
    await start_worker()
    await line.open()
    opening = await line.answer(0)
    assert "דנה" in opening
    assert "בינה מלאכותית" in opening
    assert "מוקלטת" in opening
    assert [said.sequence for said in line.of("said")] == list(range(len(line.of("said"))))


async def test_a_call_that_is_not_recorded_is_not_said_to_be(start_worker, line):
    await start_worker()
    await line.open(recorded=False)
    opening = await line.answer(0)
    assert "בינה מלאכותית. " in opening
    assert "מוקלטת" not in opening


async def test_an_interested_caller_is_booked_and_read_back(start_worker, line, scheduler):
    await start_worker()
    await line.open(email="dana@ornet.co.il")
    await line.answer(0)
    await line.hear("כן בסדר")
    await line.hear("באקסל")
    offer = await line.hear("עשרה")
    assert "שלישי" in offer
    assert "רביעי" in offer
    confirmation = await line.hear("שלישי בעשר וחצי")
    for part in ("יום שלישי", "העשרים וארבעה בנובמבר", "בעשר וחצי", "בבוקר"):
        assert part in confirmation
    await line.until(lambda: line.of("closing"))
    concluded = await line.end()
    assert concluded.outcome is Outcome.MEETING_BOOKED
    assert concluded.meeting.slot_id == scheduler.books[0].slot_id
    assert concluded.answers == {"current_process": "באקסל", "team_size": "10"}
    assert concluded.evidence[0].quote == "שלישי בעשר וחצי"
    acted = [line.facts.index(fact) for fact in line.of("acted") if fact.move == "book"]
    told = [line.facts.index(fact) for fact in line.of("said") if "קבענו" in fact.text]
    assert acted[0] < told[0]


@pytest.mark.parametrize("taken", [True, False], ids=["lost", "not taken"])
async def test_a_phrase_that_is_lost_on_its_way_is_told_again(start_worker, line, monkeypatch, taken: bool):
    lost: list[Event] = []
    hand = Broker.hand

    def losing(broker: Broker, event: Event, body: bytes) -> bool:
        if isinstance(event, CallSaid) and not lost:
            lost.append(event)
            return taken
        return hand(broker, event, body)

    monkeypatch.setattr(Broker, "hand", losing)
    await start_worker()
    await line.open()
    await line.until(lambda: lost and lost[0] in line.of("said"))
    await line.hear("כן בסדר")
    assert len({said.event_id for said in line.of("said")}) == len(line.of("said"))


@pytest.mark.parametrize(
    ("answer", "email"), [("כן נכון", "dana@ornat.co.il"), ("לא", None)], ids=["confirmed", "denied"]
)
async def test_the_address_for_the_invitation_is_told_unless_the_lead_said_it_is_wrong(
    start_worker, line, answer, email
):
    await start_worker()
    await line.open()
    await line.answer(0)
    for words in ("כן בסדר", "באקסל", "עשרה", "שלישי בעשר וחצי"):
        said = await line.hear(words)
    assert "מייל" in said
    assert "dana@ornat.co.il" in await line.hear("dana@ornat.co.il")
    await line.hear(answer)
    assert (await line.end()).email == email


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        ("תורידו אותי מהרשימה", Outcome.OPTED_OUT),
        ("לא מעוניין תודה", Outcome.NOT_INTERESTED),
        ("אני באמצע ישיבה תתקשרו מחר בארבע", Outcome.CALLBACK_SCHEDULED),
        ("טעות במספר", Outcome.WRONG_PERSON),
    ],
)
async def test_what_the_caller_says_becomes_the_outcome_with_its_proof(start_worker, line, words, outcome):
    await start_worker()
    await line.open()
    await line.answer(0)
    await line.hear(words)
    await line.until(lambda: line.of("closing"))
    concluded = await line.end()
    assert concluded.outcome is outcome
    assert concluded.evidence[0].turns == (1,)


async def test_an_opt_out_is_told_at_once_even_after_the_goodbye(start_worker, line, broker):
    opted_out = await broker.nats.subscribe("contacts.*.opted_out")
    await start_worker()
    await line.open()
    await line.answer(0)
    await line.hear("לא מעוניין תודה")
    await line.until(lambda: line.of("closing"))
    line.turn += 1
    await line.tell_heard("ותמחקו את המספר שלי")
    assert (await opted_out.next_msg(timeout=20)).data
    assert (await line.end()).outcome is Outcome.OPTED_OUT


async def test_nobody_talks_to_a_machine(start_worker, line):
    await start_worker()
    await line.open()
    await line.answer(0)
    await line.tell(CallAnsweredBy, answered_by=AnsweredBy.MACHINE)
    await line.until(lambda: line.of("closing"))
    assert (await line.end()).outcome is Outcome.VOICEMAIL


async def test_silence_is_asked_about_twice_in_different_words_and_then_ends_the_call(start_worker, line):
    await start_worker()
    await line.open()
    await line.answer(0)
    answers = [await line.hear("", HeardKind.SILENCE) for _ in range(3)]
    assert len(set(answers)) == 3
    await line.until(lambda: line.of("closing"))
    assert (await line.end()).outcome is Outcome.NO_RESPONSE


async def test_a_booking_begun_is_finished_though_the_caller_cuts_in(start_worker, line, scheduler):
    await start_worker()
    await line.open(email="dana@ornet.co.il")
    await line.answer(0)
    for words in ("כן", "באקסל", "עשרה"):
        await line.hear(words)
    scheduler.hold.clear()
    line.turn += 1
    await line.tell_heard("שלישי")
    await _until(lambda: scheduler.books)
    line.turn += 1
    await line.tell_heard("סליחה מה אמרת")
    scheduler.hold.set()
    await line.until(lambda: [act for act in line.of("acted") if act.move == "book"])
    await line.answer(line.turn)
    assert (await line.end()).outcome is Outcome.MEETING_BOOKED
    assert len(scheduler.meetings) == 1


async def test_an_interruption_stops_the_answer_and_the_next_words_are_answered(start_worker, line):
    await start_worker()
    await line.open()
    await line.answer(0)
    utterance = line.of("said")[0].utterance
    await line.tell(CallInterrupted, turn=0, utterance=utterance, heard="שלום דנה")
    assert await line.hear("מי זה בכלל")


async def test_an_operator_speaks_and_hangs_up(start_worker, line):
    await start_worker()
    await line.open()
    await line.answer(0)
    await line.tell(CallOperated, action="say", text="רגע, אני מעבירה אותך.", operator="ron")
    await line.until(lambda: any(said.text.startswith("רגע") for said in line.of("said")))
    await line.tell(CallOperated, action="hang_up", operator="ron")
    await line.until(lambda: line.of("closing"))


async def test_after_a_reconnect_the_last_question_is_asked_in_other_words(start_worker, line):
    await start_worker()
    await line.open()
    await line.answer(0)
    question = await line.hear("כן בסדר")
    await line.tell(CallReconnected, turn=1, line_id=new_event_id())
    await line.until(lambda: any("נקטע" in said.text for said in line.of("said")))
    again = [said.text for said in line.of("said") if said.turn == 1][-1]
    assert again not in question


async def test_only_what_was_offered_can_be_booked(start_worker, line, scheduler):
    await start_worker()
    await line.open()
    await line.answer(0)
    await line.hear("הראשון בבקשה")
    assert scheduler.books == []
    assert not [act for act in line.of("acted") if isinstance(act, CallActed) and act.meeting]


async def _until(what) -> None:
    async def poll() -> None:
        while not what():
            await asyncio.sleep(0.01)

    await asyncio.wait_for(poll(), 20)


async def test_refused_days_are_not_offered(start_worker, line, scheduler):
    await start_worker()
    await line.open()
    await line.answer(0)
    for words in ("כן בסדר", "באקסל", "עשרה", "לא ביום שלישי וגם לא ביום רביעי"):
        await line.hear(words)
    again = scheduler.offers[-1]
    assert again.wish is None
    assert {f"{day.start.astimezone(ISRAEL):%A}" for day in again.not_on} == {"Tuesday", "Wednesday"}
    await line.hear("אז בכל זאת ביום רביעי בשלוש")
    again = scheduler.offers[-1]
    assert f"{again.wish.start.astimezone(ISRAEL):%A %H}" == "Wednesday 15"
    assert {f"{day.start.astimezone(ISRAEL):%A}" for day in again.not_on} == {"Tuesday"}
