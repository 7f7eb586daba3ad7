"""One line, from its first frame to its end: what is heard is told, what is told is spoken."""

from uuid import uuid4

import pytest

from contracts.calls import CallClaimed, CallStarted, CallTransferring
from contracts.telemetry import TurnMeasured
from contracts.turns import CallHeard, CallInterrupted, CallOperated, CallSaid, HeardKind


async def test_a_call_goes_from_setup_to_its_end(dialer, worker, call_id):
    opening, answer = uuid4(), uuid4()
    async with dialer.phone(call_id) as phone:
        started = await worker.told(CallStarted)
        assert (started.lead_id, started.line, started.carrier_call_id) == ("lead-1", "relay", dialer.desk.opened[0][1])
        await worker.claim()
        await worker.say("שלום, מדברת נועה.", opening)
        await worker.say("זה רגע נוח?", opening, 1, last=True)
        assert await phone.frame() == {
            "type": "text",
            "token": "שלום, מדברת נועה. ",
            "last": False,
            "lang": "he-IL",
            "interruptible": True,
        }
        assert await phone.text() == ("זה רגע נוח?", True)
        await phone.play("שלום, מדברת נועה. ", "זה רגע נוח?")
        await phone.say("כן, בבקשה")
        heard = await worker.told(CallHeard)
        assert (heard.turn, heard.text, heard.kind, heard.language) == (1, "כן, בבקשה", HeardKind.SPEECH, "he-IL")
        await worker.say("ב-10:30", answer, turn=1, spoken="בעשר וחצי", last=True)
        assert await phone.text() == ("בעשר וחצי", True)
        measured = await worker.told(TurnMeasured)
        assert measured.turn == 1
        assert measured.first_word_ms > 0
        await worker.close()
        await phone.play("בעשר וחצי")
        assert await phone.end() == {"reason": "goodbye"}


async def test_an_end_waits_until_the_last_phrase_was_played(dialer, worker, call_id):
    async with dialer.phone(call_id) as phone:
        await worker.told(CallStarted)
        await worker.claim()
        await worker.say("יום טוב!", uuid4(), last=True)
        assert await phone.text() == ("יום טוב!", True)
        await phone.info("agentSpeaking", "on")
        await worker.close()
        await phone.say("רגע, שאלה")  # answered only after all that was told before it has been taken in
        await worker.told(CallHeard)
        await phone.info("tokensPlayed", "יום טוב!")
        await phone.info("agentSpeaking", "off")
        assert await phone.end() == {"reason": "goodbye"}
        assert [frame["type"] for frame in phone.frames] == ["text", "end"]


async def test_the_last_words_of_a_caller_who_cuts_in_on_the_goodbye_are_heard(dialer, worker, call_id):
    async with dialer.phone(call_id) as phone:
        await worker.told(CallStarted)
        await worker.claim()
        await worker.say("תודה, ויום טוב!", uuid4(), last=True)
        await phone.text()
        await phone.info("agentSpeaking", "on")
        await worker.close()
        await phone.info("clientSpeaking", "on")
        await phone.info("tokensPlayed", "תודה")
        await phone.send(type="interrupt", utteranceUntilInterrupt="תודה", durationUntilInterruptMs=300)
        await phone.info("agentSpeaking", "off")
        assert (await worker.told(CallInterrupted)).heard == "תודה"
        await phone.info("clientSpeaking", "off")
        await phone.say("תורידו אותי מהרשימה")
        assert (await worker.told(CallHeard)).text == "תורידו אותי מהרשימה"
        assert await phone.end() == {"reason": "goodbye"}


async def test_a_transfer_names_whom_to_reach(dialer, worker, call_id):
    async with dialer.phone(call_id) as phone:
        await worker.told(CallStarted)
        await worker.claim()
        await worker.tell(CallTransferring, epoch=worker.epoch, to="sales")
        assert await phone.end() == {"reason": "transfer", "to": "sales"}


async def test_an_operator_ends_the_call_at_once(dialer, worker, call_id):
    async with dialer.phone(call_id) as phone:
        await worker.told(CallStarted)
        await worker.claim()
        await worker.say("משפט ארוך מאוד שעוד לא נוגן", uuid4(), last=True)
        await phone.text()
        await phone.info("agentSpeaking", "on")
        await worker.tell(CallOperated, action="hang_up", operator="dana")
        assert await phone.end() == {"reason": "operator"}


async def test_after_a_barge_in_nothing_of_the_old_reply_is_spoken(dialer, worker, call_id):
    opening, answer = uuid4(), uuid4()
    async with dialer.phone(call_id) as phone:
        await worker.told(CallStarted)
        await worker.claim()
        await worker.say("רציתי לבדוק אם זה רגע נוח.", opening)
        await phone.text()
        await phone.info("agentSpeaking", "on")
        await phone.info("clientSpeaking", "on")
        await phone.info("tokensPlayed", "רציתי לבדוק")
        await phone.send(type="interrupt", utteranceUntilInterrupt="רציתי לבדוק", durationUntilInterruptMs="684")
        interrupted = await worker.told(CallInterrupted)
        assert (interrupted.utterance, interrupted.heard) == (opening, "רציתי לבדוק")
        assert (interrupted.turn, interrupted.played_ms) == (0, 684)
        await worker.say("מאוחר מדי.", opening, 1, last=True)
        await phone.info("agentSpeaking", "off")
        await phone.say("כמה זה עולה?")
        await worker.told(CallHeard, where=lambda heard: heard.turn == 1)
        await worker.say("גם זה מאוחר.", uuid4(), turn=0, last=True)
        await worker.say("תלוי בגודל.", answer, turn=1, last=True)
        assert await phone.text() == ("תלוי בגודל.", True)
        assert (await worker.told(TurnMeasured)).interrupted


async def test_an_interruption_names_everything_that_was_heard_of_the_reply(dialer, worker, call_id):
    utterance = uuid4()
    async with dialer.phone(call_id) as phone:
        await worker.told(CallStarted)
        await worker.claim()
        await worker.say("משפט ראשון.", utterance)
        await worker.say("משפט שני ארוך.", utterance, 1, last=True)
        await phone.text()
        await phone.text()
        await phone.info("agentSpeaking", "on")
        await phone.info("tokensPlayed", "משפט ראשון. ")
        await phone.send(type="interrupt", utteranceUntilInterrupt="משפט שני", durationUntilInterruptMs=400)
        assert (await worker.told(CallInterrupted)).heard == "משפט ראשון. משפט שני"


async def test_repeated_and_stale_phrases_are_not_spoken(dialer, worker, call_id):
    utterance = uuid4()
    async with dialer.phone(call_id) as phone:
        await worker.told(CallStarted)
        stale = await worker.claim()
        first = await worker.say("אחת.", utterance)
        assert await phone.text() == ("אחת. ", False)
        await worker.broker.tell(first)
        await worker.claim()
        await worker.say("מהעובד הקודם.", utterance, 1, epoch=stale)
        await worker.say("שתיים.", utterance, 1, last=True)
        assert await phone.text() == ("שתיים.", True)
        await worker.say("סוף.", uuid4(), last=True)
        assert await phone.text() == ("סוף.", True)


async def test_an_utterance_left_open_is_closed_before_the_next_begins(dialer, worker, call_id):
    async with dialer.phone(call_id) as phone:
        await worker.told(CallStarted)
        await worker.claim()
        left, next_one = uuid4(), uuid4()
        await worker.say("זה מתחיל", left)
        await worker.say("משהו אחר.", next_one, last=True)
        await worker.say("וממשיך.", left, 1, last=True)
        await worker.say("עוד.", uuid4(), last=True)
        assert [await phone.text() for _ in range(4)] == [
            ("זה מתחיל ", False),
            ("", True),
            ("משהו אחר.", True),
            ("עוד.", True),
        ]


async def test_a_phrase_that_was_missed_is_read_from_the_stream(dialer, worker, call_id):
    utterance = uuid4()
    async with dialer.phone(call_id) as phone:
        await worker.told(CallStarted)
        await worker.claim()
        await worker.say("אחת.", utterance)
        assert await phone.text() == ("אחת. ", False)
        (line,) = dialer.lines._lines
        subscription = line._intake.facts._subscription
        real, subscription._cb = subscription._cb, _deaf
        await worker.say("שתיים.", utterance, 1)
        await worker.told(CallSaid, where=lambda said: said.sequence == 1)
        await dialer.lines._broker.nats.flush()
        subscription._cb = real
        await worker.say("שלוש.", utterance, 2, last=True)
        assert await phone.text() == ("שתיים. ", False)
        assert await phone.text() == ("שלוש.", True)


async def test_a_last_phrase_that_was_missed_is_looked_for(dialer, worker, call_id):
    utterance = uuid4()
    async with dialer.phone(call_id) as phone:
        await worker.told(CallStarted)
        await worker.claim()
        await worker.say("אחת.", utterance)
        assert await phone.text() == ("אחת. ", False)
        (line,) = dialer.lines._lines
        line._intake.facts._subscription._cb = _deaf
        await worker.say("שתיים.", utterance, 1, last=True)
        assert await phone.text() == ("שתיים.", True)


async def _deaf(_):
    return None


async def test_keys_are_heard_as_one_turn(dialer, worker, call_id):
    async with dialer.phone(call_id) as phone:
        await worker.told(CallStarted)
        for digit in "#12#":
            await phone.send(type="dtmf", digit=digit)
        heard = await worker.told(CallHeard)
        assert (heard.turn, heard.text, heard.kind) == (1, "12", HeardKind.KEYS)
        await phone.send(type="dtmf", digit="#")
        await phone.send(type="dtmf", digit="7")
        heard = await worker.told(CallHeard)
        assert (heard.turn, heard.text, heard.kind) == (2, "7", HeardKind.KEYS)


async def test_what_is_unknown_or_malformed_is_ignored(dialer, worker, call_id):
    async with dialer.phone(call_id) as phone:
        await worker.told(CallStarted)
        await phone.ws.send("not json")
        await phone.ws.send(b"\xff\x00")
        await phone.ws.send("[1, 2]")
        await phone.send(type="configUpdated", version=7)
        await phone.send(type=["prompt"])
        await phone.send(type="prompt", voicePrompt=5, last=True)
        await phone.send(type="prompt", voicePrompt="  ", last=True)
        await phone.send(type="prompt", voicePrompt="כן ב", last=False)
        await phone.send(type="info", name="roundTripDelayMs", value=181)
        await phone.send(type="interrupt")
        await phone.send(type="error", description="Invalid message received, code: 64107")
        await phone.say("כן")
        heard = await worker.told(CallHeard)
        assert (heard.turn, heard.text) == (1, "כן")
        (line,) = dialer.lines._lines
        assert line.errors == 1


async def test_the_first_frame_must_be_setup_of_a_live_call(dialer, call_id):
    dialer.desk.lead = None
    async with dialer.phone(call_id) as phone:
        assert await phone.closed() == 1008


async def test_order_of_what_is_heard_is_kept(dialer, worker, call_id):
    async with dialer.phone(call_id) as phone:
        await worker.told(CallStarted)
        words = [str(number) for number in range(50)]
        for word in words:
            await phone.say(word)
        heard = [await worker.told(CallHeard) for _ in words]
        assert [event.text for event in heard] == words
        assert [event.turn for event in heard] == list(range(1, 51))


class TestSilence:
    @pytest.fixture
    def wire_settings(self):
        return {"silence_s": 0.05}

    async def test_is_a_turn_once_after_each_utterance(self, dialer, worker, call_id):
        async with dialer.phone(call_id) as phone:
            await worker.told(CallStarted)
            await worker.claim()
            await worker.say("זה רגע נוח?", uuid4(), last=True)
            await phone.text()
            await phone.play("זה רגע נוח?")
            heard = await worker.told(CallHeard)
            assert (heard.turn, heard.text, heard.kind) == (1, "", HeardKind.SILENCE)
            await worker.say("הלו?", uuid4(), turn=1, last=True)
            await phone.text()
            await phone.info("agentSpeaking", "on")
            await phone.say("אני כאן")
            heard = await worker.told(CallHeard)
            assert (heard.turn, heard.text) == (2, "אני כאן")

    async def test_is_noticed_by_the_length_of_the_text_when_the_carrier_reports_nothing(self, dialer, worker, call_id):
        async with dialer.phone(call_id) as phone:
            await worker.told(CallStarted)
            await worker.claim()
            await worker.say("כן?", uuid4(), last=True)
            await phone.text()
            assert (await worker.told(CallHeard)).kind is HeardKind.SILENCE


class TestWithoutAWorker:
    @pytest.fixture
    def wire_settings(self):
        return {"holding_s": 0.05, "give_up_s": 0.4}

    async def test_the_line_holds_then_apologises_and_ends(self, dialer, worker, call_id):
        async with dialer.phone(call_id) as phone:
            assert await phone.text() == ("רק רגע, בבקשה.", True)
            apology, last = await phone.text()
            assert apology.startswith("סליחה")
            assert last
            await phone.play("רק רגע, בבקשה.", apology)
            assert await phone.end() == {"reason": "no_worker"}
            assert await worker.stored("said") == []


class TestWithALateWorker:
    @pytest.fixture
    def wire_settings(self):
        return {"holding_s": 0.05}

    async def test_the_line_holds_and_goes_on(self, dialer, worker, call_id):
        async with dialer.phone(call_id) as phone:
            assert await phone.text() == ("רק רגע, בבקשה.", True)
            await worker.tell(CallClaimed, worker_id="late")
            worker.epoch = (await worker.broker.js.get_last_msg("CALLS", f"calls.{call_id}.claimed")).seq
            await worker.say("שלום!", uuid4(), last=True)
            assert await phone.text() == ("שלום!", True)
