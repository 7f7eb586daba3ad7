"""What the carrier reads: TwiML, call parameters, connection overrides, relay frames."""

import pytest

from simulator import frames, twiml
from simulator.calls import CallRequest
from simulator.refusals import Refused
from simulator.settings import SimulatorSettings
from simulator.webhooks import Overrides

RELAY = """<?xml version="1.0" encoding="UTF-8"?>
<Response><Say>שלום</Say><Connect action="/ended#rc=3" method="POST">
<ConversationRelay url="wss://app.test/relay/9" language="he-IL" events="speaker-events tokens-played"
 partialPrompts="true"><Parameter name="ref" value="c1"/></ConversationRelay></Connect></Response>"""


def test_relay_document() -> None:
    say, relay = twiml.parse(RELAY, "https://app.test/answer/1")
    assert say == twiml.Say("שלום")
    assert isinstance(relay, twiml.ConversationRelay)
    assert relay.url == "wss://app.test/relay/9"
    assert relay.action == "https://app.test/ended#rc=3"
    assert relay.parameters == {"ref": "c1"}
    assert relay.events() == {"speaker-events", "tokens-played"}
    assert relay.flag("partialPrompts")
    assert not relay.flag("dtmfDetection")
    assert relay.transcription_language() == "he-IL"


@pytest.mark.parametrize(
    ("document", "base", "code"),
    [
        ("<Response><Say></Response>", "https://a.test/", 12100),
        ("<Answer/>", "https://a.test/", 12102),
        ("<Response><Fax/></Response>", "https://a.test/", 12200),
        (RELAY, "", 11100),
        ('<Response><Connect><ConversationRelay url="https://a.test"/></Connect></Response>', "", 64102),
    ],
)
def test_documents_that_cannot_be_carried_out(document: str, base: str, code: int) -> None:
    with pytest.raises(twiml.TwimlError) as caught:
        twiml.parse(document, base)
    assert caught.value.code == code


GOOD = {"To": "+972501234567", "From": "+15550100001", "Url": "https://a.test/x"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"To": ""}, 21201),
        ({"To": "0501234567"}, 21211),
        ({"To": "+123"}, 21217),
        ({"From": ""}, 21213),
        ({"From": "nobody"}, 21212),
        ({"Url": ""}, 21205),
        ({"Url": "ftp://a.test"}, 21205),
    ],
)
def test_refused_parameters(change: dict[str, str], code: int) -> None:
    with pytest.raises(Refused) as caught:
        CallRequest.parse((GOOD | change).items())
    assert caught.value.code == code
    assert caught.value.body()["code"] == code


def test_repeated_events_and_defaults() -> None:
    request = CallRequest.parse(
        [*GOOD.items(), ("StatusCallbackEvent", "ringing"), ("StatusCallbackEvent", "answered")]
    )
    assert request.status_events == {"ringing", "answered"}
    assert CallRequest.parse(GOOD.items()).status_events == {"completed"}
    digits = CallRequest.parse([*GOOD.items(), ("SendDigits", "1"), ("MachineDetection", "Enable")])
    assert digits.machine_detection is None


def test_connection_overrides() -> None:
    assert Overrides.parse("") == Overrides()
    given = Overrides.parse("rc=9&rp=5xx,rt&ct=50&rt=2000")
    assert (given.retries, given.connect_s, given.read_s) == (5, 0.1, 2.0)
    assert given.retried == {"5xx", "rt"}
    assert Overrides.parse("rc=3&rp=all").retried == {"4xx", "5xx", "ct", "rt"}


@pytest.mark.parametrize("raw", ["no json", '{"type":"sing"}', '{"type":"text"}', '{"type":"text","token":5}', "[]"])
def test_malformed_frames(raw: str) -> None:
    with pytest.raises(frames.MalformedFrame):
        frames.parse(raw)


def test_frames_keep_unknown_fields_out_of_the_way() -> None:
    frame = frames.parse('{"type":"text","token":"שלום","last":true,"lang":"he-IL","future":1}')
    assert isinstance(frame, frames.Text)
    assert (frame.token, frame.last, frame.interruptible) == ("שלום", True, None)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMULATOR_PORT", "9105")
    monkeypatch.setenv("SIMULATOR_FAULTS__REORDER_CALLBACKS", "true")
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "")
    settings = SimulatorSettings(_env_file=None)
    assert settings.port == 9105
    assert settings.faults.reorder_callbacks
    assert settings.account_sid.startswith("AC")
