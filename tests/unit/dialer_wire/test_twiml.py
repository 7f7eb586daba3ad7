"""The documents as the carrier reads them: attributes are checked on the XML, where the library may have bent them."""

import xml.etree.ElementTree as ET
from uuid import UUID

from contracts.calls import Playbook
from services.dialer.addresses import Addresses, relay_secret
from services.dialer.lines import twiml
from services.dialer.lines.sound import Sound
from services.dialer.settings import DialerSettings

CALL_ID = UUID("01a1fcbb-f6bf-7383-9f4e-9108bb1b8819")
SETTINGS = DialerSettings(_env_file=None, public_url="https://calls.example.com")


def test_the_relay_has_every_attribute_it_needs_and_no_greeting():
    (connect,) = ET.fromstring(twiml.connect(SETTINGS, Addresses("https://calls.example.com"), CALL_ID))
    assert connect.attrib == {
        "action": f"https://calls.example.com/twilio/relay-ended/{CALL_ID}#rc=3&rp=all",
        "method": "POST",
    }
    (relay,) = connect
    secret = relay_secret(SETTINGS.auth_token, CALL_ID)
    assert relay.tag == "ConversationRelay"
    assert relay.attrib == {
        "url": f"wss://calls.example.com/twilio/relay/{CALL_ID}/{secret}",
        "language": "he-IL",
        "ttsProvider": "Google",
        "voice": "he-IL-Wavenet-A",
        "transcriptionProvider": "Deepgram",
        "transcriptionLanguage": "he",
        "speechModel": "nova-3-general",
        "interruptible": "any",
        "reportInputDuringAgentSpeech": "none",
        "dtmfDetection": "true",
        "events": "speaker-events tokens-played",
    }
    (parameter,) = relay
    assert (parameter.tag, parameter.attrib) == ("Parameter", {"name": "call_id", "value": str(CALL_ID)})


def relay_for(**playbook: str) -> dict[str, str]:
    sound = Sound.of(Playbook(name="p", content_hash="", **playbook), SETTINGS)
    (connect,) = ET.fromstring(twiml.connect(SETTINGS, Addresses("https://calls.example.com"), CALL_ID, sound=sound))
    return connect[0].attrib


def test_a_playbook_in_another_language_or_voice_is_heard_so():
    english = relay_for(language="en", voice="en-US-Wavenet-F")
    assert (english["language"], english["transcriptionLanguage"]) == ("en-US", "en-US")
    assert english["voice"] == "en-US-Wavenet-F"
    assert "voice" not in relay_for(language="en")
    assert relay_for(language="he", voice="he-IL-Wavenet-B")["voice"] == "he-IL-Wavenet-B"
    assert relay_for(language="he") == relay_for()


def test_the_socket_of_a_plain_base_is_plain():
    (connect,) = ET.fromstring(twiml.connect(SETTINGS, Addresses("http://127.0.0.1:8001"), CALL_ID, drops=2))
    assert connect.get("action") == f"http://127.0.0.1:8001/twilio/relay-ended/{CALL_ID}?drops=2#rc=3&rp=all"
    assert connect[0].get("url", "").startswith("ws://127.0.0.1:8001/twilio/relay/")


def test_the_secret_of_a_relay_is_of_the_call_and_the_token():
    other = UUID("01a1fcbb-f6bf-7383-9f4e-9108bb1b8820")
    secrets = {relay_secret(token, call) for token in ("a", "b") for call in (CALL_ID, other)}
    assert len(secrets) == 4
    assert all(len(secret) == 40 for secret in secrets)


def test_the_other_documents():
    assert [verb.tag for verb in ET.fromstring(twiml.hang_up())] == ["Hangup"]
    assert list(ET.fromstring(twiml.nothing())) == []
    (dial,) = ET.fromstring(twiml.dial("+972541112233"))
    assert (dial.tag, dial.text) == ("Dial", "+972541112233")
