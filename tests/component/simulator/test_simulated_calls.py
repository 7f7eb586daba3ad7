"""Whole calls over real sockets: how people and the relay behave."""

from typing import Any

import pytest
from fastapi import WebSocket

from simulator.settings import SimulatorSettings


def completed(application: Any) -> bool:
    return any(status["CallStatus"] == "completed" for status in application.statuses)


def types(frames: list[dict[str, Any]]) -> list[str]:
    return [f["type"] if f["type"] != "info" else f"{f['name']} {f['value']}" for f in frames]


async def test_an_interested_person_is_led_to_the_end(application: Any, rest: Any) -> None:
    status, call = await rest.dial()
    assert (status, call["status"], call["queue_time"]) == (201, "queued", "0")
    await application.until(lambda: completed(application) and len(application.statuses) == 4)

    assert application.wrong_signatures == []
    by_sequence = sorted(application.statuses, key=lambda form: int(form["SequenceNumber"]))
    assert [s["CallStatus"] for s in by_sequence] == ["initiated", "ringing", "in-progress", "completed"]
    assert int(by_sequence[-1]["CallDuration"]) >= 0
    assert by_sequence[0]["ToCity"] == ""

    setup = application.setups[0]
    assert setup["type"] == "setup"
    assert setup["callSid"] == call["sid"]
    assert setup["sessionId"].startswith("VX")
    assert setup["customParameters"] == {"ref": "c1"}

    prompts = [frame for frame in application.frames if frame["type"] == "prompt"]
    assert all(set(p) == {"type", "voicePrompt", "lang", "last"} for p in prompts)
    assert any("שטרודל" in p["voicePrompt"] for p in prompts)
    assert application.lines == []
    assert application.actions[0]["SessionStatus"] in ("ended", "completed")

    view = (await rest.window())["calls"][0]
    assert view["status"] == "completed"
    assert (view["persona"], view["sessions"]) == ("interested", 1)
    assert [h["status"] for h in view["history"]] == [
        "queued",
        "initiated",
        "ringing",
        "in-progress",
        "completed",
    ]
    assert len(view["phrases_heard"]) == len(set(view["phrases_heard"]))
    said = [u["text"] for u in view["transcript"] if u["speaker"] == "caller"]
    assert said == [p["voicePrompt"] for p in prompts]
    assert all(u["closed"] for u in view["transcript"])


async def test_the_verdict_on_who_answered(application: Any, rest: Any) -> None:
    await rest.dial("+972501234507")
    await application.until(lambda: application.verdicts)
    assert application.verdicts[0]["AnsweredBy"] == "machine_start"
    sid = application.verdicts[0]["CallSid"]
    assert (await rest.request("GET", f"/Calls/{sid}.json"))[1]["answered_by"] == "machine_start"
    await application.until(lambda: "prompt" in types(application.frames))
    assert "הודעה" in application.frames[types(application.frames).index("prompt")]["voicePrompt"]
    await rest.request("POST", f"/Calls/{sid}.json", data={"Status": "completed"})
    await application.until(lambda: completed(application))
    assert next(s for s in application.statuses if s["CallStatus"] == "completed")["AnsweredBy"] == "machine_start"


@pytest.mark.parametrize(("digits", "verdict"), [("24", "human"), ("26", "machine_start"), ("27", "unknown")])
async def test_verdicts_before_after_and_unknown(application: Any, rest: Any, digits: str, verdict: str) -> None:
    await rest.dial(f"+9725012345{digits}")
    await application.until(lambda: application.verdicts)
    assert application.verdicts[0]["AnsweredBy"] == verdict
    spoken = "prompt" in types(application.frames)
    assert spoken == (digits == "26") or digits == "27"


async def test_a_held_call_tells_its_verdict_with_the_answer(application: Any, rest: Any) -> None:
    await rest.dial("+972501234507", AsyncAmd="false")
    await application.until(lambda: application.setups)
    assert application.verdicts == []
    assert (await rest.window())["calls"][0]["answered_by"] == "machine_start"


@pytest.mark.parametrize(
    ("digits", "status", "sip"), [("08", "no-answer", "487"), ("09", "busy", "486"), ("21", "failed", "404")]
)
async def test_nobody_there(application: Any, rest: Any, digits: str, status: str, sip: str) -> None:
    await rest.dial(f"+9725012345{digits}", Timeout="20")
    await application.until(lambda: any(s["CallStatus"] == status for s in application.statuses))
    last = next(s for s in application.statuses if s["CallStatus"] == status)
    assert (last["SipResponseCode"], last["CallDuration"]) == (sip, "0")
    assert application.setups == []


@pytest.mark.parametrize("text_durations", [False, True])
async def test_barging_in(application: Any, rest: Any, text_durations: bool) -> None:
    await rest.faults(text_durations=text_durations)
    application.lines[1] = "רצינו לספר בקצרה על המערכת שלנו לתיאום פגישות, שחוסכת לצוותים המון זמן. " * 3
    application.relay_attributes += ' partialPrompts="true"'
    await rest.dial("+972501234510")
    await application.until(lambda: "interrupt" in types(application.frames))
    await application.until(lambda: completed(application))

    at = types(application.frames).index("interrupt")
    group = types(application.frames)[at - 2 : at + 3]
    assert group[0] == "clientSpeaking on"
    assert group[1].startswith("tokensPlayed")
    assert group[2:] == ["interrupt", "agentSpeaking off", "prompt"]
    interrupt = application.frames[at]
    assert application.lines == [] or interrupt["utteranceUntilInterrupt"]
    assert isinstance(interrupt["durationUntilInterruptMs"], str if text_durations else int)
    assert application.frames[at + 2]["last"] is False

    view = (await rest.window())["calls"][0]
    cut = next(u for u in view["transcript"] if u["interrupted"])
    assert len(cut["heard"]) < len(cut["text"])
    assert cut["tokens"][-1]["played"] in ("none", "full")


async def test_nothing_is_cut_where_interruption_is_off(application: Any, rest: Any) -> None:
    application.lines[1] = "רצינו לספר בקצרה על המערכת שלנו לתיאום פגישות, שחוסכת לצוותים המון זמן. זה מעניין?"
    application.relay_attributes += ' interruptible="none"'
    await rest.dial("+972501234510")
    await application.until(lambda: completed(application))
    assert "interrupt" not in types(application.frames)
    assert not any(u["interrupted"] for u in (await rest.window())["calls"][0]["transcript"])


async def test_a_key_is_a_barge_in(application: Any, rest: Any) -> None:
    application.lines[1] = "רצינו לספר בקצרה על המערכת שלנו לתיאום פגישות, שחוסכת לצוותים המון זמן. זה מעניין?"
    application.relay_attributes += ' dtmfDetection="true"'
    await rest.dial("+972501234513")
    await application.until(lambda: "dtmf" in types(application.frames))
    kinds = types(application.frames)
    assert kinds.index("interrupt") < kinds.index("dtmf")
    assert application.frames[kinds.index("dtmf")] == {"type": "dtmf", "digit": "9"}


async def test_hanging_up_in_the_middle_of_a_sentence(application: Any, rest: Any) -> None:
    application.lines[1] = "רצינו לספר בקצרה על המערכת שלנו לתיאום פגישות, שחוסכת לצוותים המון זמן. " * 3
    await rest.dial("+972501234511")
    await application.until(lambda: completed(application))
    action = application.actions[0]
    assert (action["SessionStatus"], action["CallStatus"]) == ("completed", "completed")
    assert application.closes == [(1000, "Closing websocket session")]


async def test_one_sentence_in_two_finals(application: Any, rest: Any) -> None:
    await rest.dial("+972501234514")
    await application.until(lambda: types(application.frames).count("prompt") >= 2)
    first, second = [f for f in application.frames if f["type"] == "prompt"][:2]
    assert first["last"]
    assert second["last"]


class TestSilence:
    @pytest.fixture
    def carrier_settings(self) -> SimulatorSettings:
        return SimulatorSettings(_env_file=None, port=0, cps=1000, speed=25, patience_s=0.05)

    async def test_falling_silent_and_leaving_in_the_end(self, application: Any, rest: Any) -> None:
        await rest.dial("+972501234512")
        await application.until(lambda: completed(application))
        assert types(application.frames).count("prompt") == 1
        assert application.actions[0]["SessionStatus"] == "completed"

    async def test_people_ask_into_a_silence(self, application: Any, rest: Any) -> None:
        async def silent(ws: WebSocket) -> None:
            async for _ in application.received(ws):
                pass

        application.agent = silent
        await rest.dial()
        await application.until(lambda: "prompt" in types(application.frames))
        assert "הלו" in application.frames[types(application.frames).index("prompt")]["voicePrompt"]


async def test_the_application_ends_the_session(application: Any, rest: Any) -> None:
    async def brief(ws: WebSocket) -> None:
        await ws.send_json({"type": "end", "handoffData": '{"reason":"בדיקה"}'})

    application.agent = brief
    await rest.dial()
    await application.until(lambda: completed(application))
    action = application.actions[0]
    assert (action["SessionStatus"], action["CallStatus"]) == ("ended", "in-progress")
    assert action["HandoffData"] == '{"reason":"בדיקה"}'


async def test_ten_malformed_frames_end_the_session(application: Any, rest: Any) -> None:
    async def broken(ws: WebSocket) -> None:
        await ws.send_text('{"type":"text","token":"שלום","last":true}')
        for _ in range(10):
            await ws.send_text('{"type":"sing"}')
        async for _ in application.received(ws):
            pass

    application.agent = broken
    await rest.dial()
    await application.until(lambda: application.actions)
    assert types(application.frames).count("error") == 10
    assert "64107" in next(f for f in application.frames if f["type"] == "error")["description"]
    assert application.closes == [(1007, "Too many consecutive malformed messages.")]
    assert application.actions[0]["SessionStatus"] == "failed"
    assert application.actions[0]["ErrorCode"] == "64105"


async def test_frames_nobody_documented(application: Any, rest: Any) -> None:
    await rest.faults(unknown_frames=True, extra_fields=True, repeated_keys=True)
    await rest.dial()
    await application.until(lambda: completed(application))
    assert "configUpdated" in types(application.frames)
    assert application.wrong_signatures == []
    assert application.statuses[0]["EmptyFieldOfTomorrow"] == ""


async def test_a_preemptible_utterance_is_replaced_without_an_interrupt(application: Any, rest: Any) -> None:
    async def changing(ws: WebSocket) -> None:
        filler = "אני בודקת עכשיו ביומן של הצוות אילו מועדים פנויים השבוע ותכף חוזרת עם תשובה"
        await ws.send_json({"type": "text", "token": filler, "last": True, "preemptible": True})
        async for frame in application.received(ws):
            if frame.get("name") == "agentSpeaking" and frame["value"] == "on":
                break
        await ws.send_json({"type": "text", "token": "יש רביעי בעשר או חמישי בשתיים. מה עדיף?", "last": True})
        async for _ in application.received(ws):
            pass

    application.agent = changing
    await rest.dial()
    await application.until(lambda: "prompt" in types(application.frames))
    assert "interrupt" not in types(application.frames)
    first, second = (await rest.window())["calls"][0]["transcript"][:2]
    assert first["interrupted"]
    assert first["heard"] != first["text"]
    assert second["heard"] == second["text"]


async def test_sounds_and_digits_wait_for_their_turn(application: Any, rest: Any) -> None:
    async def playing(ws: WebSocket) -> None:
        await ws.send_json({"type": "language", "transcriptionLanguage": "en-US"})
        await ws.send_json({"type": "text", "token": "שנייה אחת, מחייגת.", "last": True})
        await ws.send_json({"type": "sendDigits", "digits": "12#"})
        await ws.send_json({"type": "play", "source": "https://app.test/hold.wav"})
        await ws.send_json({"type": "text", "token": "זה רגע נוח?", "last": True})
        async for _ in application.received(ws):
            pass

    application.agent = playing
    await rest.dial()
    await application.until(lambda: "prompt" in types(application.frames))
    played = [f["value"] for f in application.frames if f.get("name") == "tokensPlayed"]
    assert played == ["שנייה אחת, מחייגת.", "12#", "https://app.test/hold.wav", "זה רגע נוח?"]
    assert next(f for f in application.frames if f["type"] == "prompt")["lang"] == "en-US"
    view = (await rest.window())["calls"][0]
    assert view["phrases_heard"] == ["שנייה אחת, מחייגת.", "זה רגע נוח?"]
    assert view["phrases_heard_in_full"] == view["phrases_heard"]


async def test_the_greeting_comes_from_the_document(application: Any, rest: Any) -> None:
    async def waiting(ws: WebSocket) -> None:
        async for _ in application.received(ws):
            pass

    application.agent = waiting
    application.relay_attributes += ' welcomeGreeting="שלום, זה רגע נוח?"'
    await rest.dial()
    await application.until(lambda: "prompt" in types(application.frames))
    assert types(application.frames)[:3] == ["agentSpeaking on", "tokensPlayed שלום, זה רגע נוח?", "agentSpeaking off"]


class TestHalfSentence:
    @pytest.fixture
    def carrier_settings(self) -> SimulatorSettings:
        return SimulatorSettings(_env_file=None, port=0, cps=1000, speed=25, patience_s=0.2)

    async def test_an_utterance_that_is_never_closed_is_answered_in_the_end(self, application: Any, rest: Any) -> None:
        async def stuck(ws: WebSocket) -> None:
            await ws.send_json({"type": "text", "token": "שלום, מדברת נועה. זה רגע נוח?"})
            async for _ in application.received(ws):
                pass

        application.agent = stuck
        await rest.dial()
        await application.until(lambda: "prompt" in types(application.frames))
        view = (await rest.window())["calls"][0]
        assert not view["transcript"][0]["closed"]
        assert view["transcript"][1]["speaker"] == "caller"
