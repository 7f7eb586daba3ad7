"""The carrier around the relay: REST interface, callbacks, retries, fallbacks, reconnection, faults."""

import asyncio
from typing import Any

import aiohttp
import pytest
from fastapi import WebSocket

from simulator.app import RunningSimulator
from simulator.settings import SimulatorSettings


def completed(application: Any) -> bool:
    return any(status["CallStatus"] == "completed" for status in application.statuses)


async def test_errors_carry_their_codes(application: Any, rest: Any) -> None:
    for change, status, code in [
        ({"to": "123"}, 400, 21211),
        ({"to": "+12"}, 400, 21217),
        ({"To": ""}, 400, 21201),
        ({"From": "me"}, 400, 21212),
        ({"Url": ""}, 400, 21205),
        ({"to": "+972501234520"}, 400, 21211),
        ({"to": "+972501234529"}, 429, 20429),
        ({"to": "+972501234531"}, 400, 21215),
    ]:
        got, body = await rest.dial(**change)
        assert (got, body["code"], body["status"]) == (status, code, status), change
        assert body["message"]
        assert body["more_info"].endswith(str(code))
    assert (await rest.request("GET", "/Calls/CAnone.json"))[1]["code"] == 20404
    assert (await rest.request("GET", "/Nothing.json"))[1]["code"] == 20404
    assert (await rest.window())["calls"] == []


async def test_wrong_credentials(application: Any, rest: Any) -> None:
    rest.user = "ACother:wrong"
    status, body = await rest.dial()
    assert (status, body["code"]) == (401, 20003)
    assert (await rest.request("GET", "/Calls.json"))[0] == 401


async def test_refusing_every_call(application: Any, rest: Any) -> None:
    await rest.faults(refuse_code=21219)
    assert (await rest.dial())[1]["code"] == 21219
    await rest.faults()
    assert (await rest.dial())[0] == 201


async def test_hanging_up_by_rest(application: Any, rest: Any) -> None:
    _, call = await rest.dial("+972501234512")
    await application.until(lambda: application.frames)
    path = f"/Calls/{call['sid']}.json"
    assert (await rest.request("POST", path, data={"Status": "canceled"}))[0] == 200  # no effect by now
    assert (await rest.request("GET", path))[1]["status"] == "in-progress"
    await rest.request("POST", path, data={"Status": "completed"})
    await application.until(lambda: completed(application))
    assert application.actions[0]["SessionStatus"] == "completed"
    status, body = await rest.request("POST", path, data={"Status": "completed"})
    assert (status, body["code"]) == (400, 21220)


async def test_cancelling_what_rings(application: Any, rest: Any) -> None:
    _, call = await rest.dial("+972501234508", Timeout="600")
    await application.until(lambda: any(s["CallStatus"] == "ringing" for s in application.statuses))
    path = f"/Calls/{call['sid']}.json"
    assert (await rest.request("POST", path, data={"Twiml": "<Response/>"}))[1]["code"] == 21220
    await rest.request("POST", path, data={"Status": "canceled"})
    await application.until(lambda: any(s["CallStatus"] == "canceled" for s in application.statuses))


async def test_redirecting_a_live_call(application: Any, rest: Any) -> None:
    _, call = await rest.dial("+972501234512")
    await application.until(lambda: application.frames)
    twiml = "<Response><Say>מעבירה</Say><Dial>+972501112233</Dial></Response>"
    await rest.request("POST", f"/Calls/{call['sid']}.json", data={"Twiml": twiml})
    await application.until(lambda: completed(application))
    view = (await rest.window())["calls"][0]
    assert application.actions == []
    assert view["transcript"][-1]["kind"] == "say"
    assert view["notifications"] == ["dialed +972501112233"]


async def test_looking_calls_up(application: Any, rest: Any) -> None:
    for number in ("+972501234521", "+972501234521", "+972501234509"):
        await rest.dial(number)
    ended = ("failed", "busy")
    await application.until(lambda: sum(s["CallStatus"] in ended for s in application.statuses) == 3)
    found = (await rest.request("GET", "/Calls.json", params={"To": "+972501234521"}))[1]["calls"]
    assert [call["status"] for call in found] == ["failed", "failed"]
    assert found[0]["end_time"].endswith("+0000")
    query = {"Status": "busy", "StartTime>": "2020-01-01T00:00:00Z"}
    assert len((await rest.request("GET", "/Calls.json", params=query))[1]["calls"]) == 1
    assert (await rest.request("GET", "/Calls.json", params={"Status": "queued"}))[1]["calls"] == []
    page = (await rest.request("GET", "/Calls.json", params={"PageSize": "2"}))[1]
    assert (len(page["calls"]), page["page"]) == (2, 0)
    assert page["next_page_uri"].endswith("Page=1")
    assert (await rest.window())["dials"] == {"+972501234521": 2, "+972501234509": 1}


class TestQueue:
    @pytest.fixture
    def carrier_settings(self) -> SimulatorSettings:
        return SimulatorSettings(_env_file=None, port=0, cps=0.01, speed=25)

    async def test_calls_beyond_the_rate_wait(self, application: Any, rest: Any) -> None:
        waits = [int((await rest.dial())[1]["queue_time"]) for _ in range(3)]
        assert waits[0] == 0
        assert 90_000 < waits[1] <= 100_000
        assert 190_000 < waits[2] <= 200_000
        await application.until(lambda: application.setups)
        statuses = [call["status"] for call in (await rest.window())["calls"]]
        assert statuses[1:] == ["queued", "queued"]


async def test_reordered_and_duplicated_callbacks(application: Any, rest: Any) -> None:
    await rest.faults(reorder_callbacks=True, duplicate_callbacks=True)
    await rest.dial("+972501234511")
    await application.until(lambda: len(application.statuses) == 8)
    numbers = [int(s["SequenceNumber"]) for s in application.statuses]
    assert numbers == [1, 1, 0, 0, 3, 3, 2, 2]
    tokens = application.idempotency
    assert tokens[0] == tokens[1] != tokens[2]


async def test_dropped_and_wrongly_signed_callbacks(application: Any, rest: Any) -> None:
    await rest.faults(drop_callbacks=["ringing", "in-progress"], wrong_signature=True, status_before_action=True)
    await rest.dial("+972501234509")
    await application.until(lambda: len(application.statuses) == 2)
    assert {s["CallStatus"] for s in application.statuses} == {"initiated", "busy"}
    assert len(application.wrong_signatures) == 2


async def test_the_status_may_come_before_the_action(application: Any, rest: Any) -> None:
    await rest.faults(status_before_action=True)
    application.lines[1] = "רצינו לספר בקצרה על המערכת שלנו לתיאום פגישות, שחוסכת לצוותים המון זמן. " * 3
    await rest.dial("+972501234511")
    await application.until(lambda: completed(application) and application.actions)
    assert application.answers.index("ended") == len(application.answers) - 1


async def test_retries_as_the_url_asks(application: Any, rest: Any) -> None:
    application.failing = {"status": 2}
    await rest.dial("+972501234509", StatusCallbackEvent="completed")
    await application.until(lambda: application.statuses)
    assert application.answers == ["status 503", "status 503", "status"]
    assert len(set(application.idempotency)) == 1


async def test_the_fallback_answers_when_the_url_does_not(application: Any, rest: Any) -> None:
    application.failing = {"answer": 9}
    url = application.url
    await rest.dial(Url=f"{url}/answer#rc=1&rp=5xx", FallbackUrl=f"{url}/fallback")
    await application.until(lambda: application.setups)
    asked = [answer for answer in application.answers if answer not in ("status", "amd")]
    assert asked == ["answer 503", "answer 503", "fallback"]


async def test_without_a_fallback_the_call_ends(application: Any, rest: Any) -> None:
    application.failing = {"answer": 9}
    await rest.dial()
    await application.until(lambda: completed(application))
    view = (await rest.window())["calls"][0]
    assert view["notifications"][0].startswith("11200")
    assert application.setups == []


async def test_inline_twiml_can_send_the_call_elsewhere(application: Any, rest: Any) -> None:
    twiml = f'<Response><Pause length="1"/><Redirect>{application.url}/answer</Redirect></Response>'
    await rest.dial(Url="", Twiml=twiml)
    await application.until(lambda: completed(application))
    assert application.answers.count("answer") == 1
    assert application.setups


async def test_a_document_that_is_not_twiml_ends_the_call(application: Any, rest: Any) -> None:
    await rest.dial(Url=f"{application.url}/status")  # answers with nothing
    await application.until(lambda: completed(application))
    application.relay_attributes = 'broken="'
    await rest.dial()
    await application.until(lambda: sum(s["CallStatus"] == "completed" for s in application.statuses) == 2)
    assert (await rest.window())["calls"][1]["notifications"][0].startswith("12100")


async def test_a_full_queue_refuses(application: Any, rest: Any, simulator: RunningSimulator) -> None:
    simulator.carrier.settings.cps = 1 / 100_000
    await rest.dial("+972501234509")
    assert (await rest.dial("+972501234509"))[1]["code"] == 22005


async def test_a_dropped_socket_reconnects_through_the_action(application: Any, rest: Any) -> None:
    async def dropping(ws: WebSocket) -> None:
        await application.say(ws, application.lines.pop(0))
        async for frame in application.received(ws):
            if frame["type"] == "prompt":
                application.agent = application.sell
                await ws.close(1011)
                return

    application.agent = dropping
    application.failing = {"ended": 2}
    application.after_session = lambda form: (
        application.document() if form["SessionStatus"] == "failed" else "<Response/>"
    )
    await rest.dial()
    await application.until(lambda: completed(application))
    assert application.actions[0]["SessionStatus"] == "failed"
    assert (application.actions[0]["ErrorCode"], application.actions[0]["CallStatus"]) == ("64105", "in-progress")
    first, second = application.setups
    assert first["callSid"] == second["callSid"]
    assert first["sessionId"] != second["sessionId"]
    assert application.lines == []
    view = (await rest.window())["calls"][0]
    assert view["sessions"] == 2
    assert {u["session"] for u in view["transcript"]} == {1, 2}


async def test_the_carrier_drops_the_socket_once(application: Any, rest: Any) -> None:
    application.after_session = lambda form: (
        application.document() if form["SessionStatus"] == "failed" else "<Response/>"
    )
    await rest.dial("+972501234530")
    await application.until(lambda: completed(application))
    assert len(application.setups) == 2
    assert application.closes[0][0] in (1005, 1006)  # no close frame was seen


async def test_a_relay_that_cannot_be_reached(application: Any, rest: Any) -> None:
    application.relay_path = "/nowhere"
    await rest.dial()
    await application.until(lambda: completed(application))
    assert application.actions[0]["ErrorCode"] == "64102"


async def test_a_lost_reply_leaves_a_call_behind(application: Any, rest: Any, simulator: RunningSimulator) -> None:
    with pytest.raises(aiohttp.ClientError):
        await rest.dial("+972501234522")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await rest.dial("+972501234523")
    assert simulator.carrier.dials() == {"+972501234522": 1, "+972501234523": 1}
    await application.until(lambda: len(application.setups) == 2)


async def test_many_calls_at_once(application: Any, rest: Any) -> None:
    async def brief(ws: WebSocket) -> None:
        await application.say(ws, "שלום, זה רגע נוח?")
        async for frame in application.received(ws):
            if frame["type"] == "prompt":
                await ws.send_json({"type": "end"})
                return

    application.agent = brief
    numbers = [f"+9725012{n:03}99" for n in range(100)]
    await asyncio.gather(*[rest.dial(number) for number in numbers])
    await application.until(lambda: sum(s["CallStatus"] == "completed" for s in application.statuses) == 100)
    assert len(application.actions) == 100
    window = await rest.window()
    assert all(count == 1 for count in window["dials"].values())


async def test_shutting_down_in_the_middle_of_a_call(application: Any, rest: Any, simulator: RunningSimulator) -> None:
    await rest.dial("+972501234512")
    await application.until(lambda: application.setups)
    await simulator.carrier.close()
    await application.until(lambda: application.closes)
    assert simulator.carrier.calls
    assert not completed(application)


async def test_the_window(application: Any, rest: Any) -> None:
    assert (await rest.window("/live")) == {"status": "ok"}
    assert (await rest.window("/ready")) == {"status": "ok"}
    assert (await rest.window("/simulator/personas"))["07"] == "voicemail"
    await rest.faults(delay_callbacks_s=0.01)
    assert (await rest.window("/simulator/faults"))["delay_callbacks_s"] == 0.01
    _, call = await rest.dial("+972501234509")
    await application.until(lambda: any(s["CallStatus"] == "busy" for s in application.statuses))
    assert (await rest.window(f"/simulator/calls/{call['sid']}"))["status"] == "busy"
    assert (await rest.window("/simulator/calls/CAnone"))["code"] == 20404
