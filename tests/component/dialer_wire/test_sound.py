"""A call is heard in the language and the voice of its playbook."""

import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from uuid import UUID

import pytest

from contracts.calls import CallRequested, Playbook
from contracts.values import LeadFacts
from services.runtime.broker import Broker

ANSWERED = [("CallSid", "CA1"), ("CallStatus", "in-progress")]


@pytest.fixture
def wire_settings() -> dict[str, float]:
    return {"holding_s": 0.05}


async def request(broker: Broker, call_id: UUID, **playbook: str) -> None:
    await broker.tell(
        CallRequested(
            call_id=call_id,
            occurred_at=datetime.now(UTC),
            lead_id="lead-1",
            phone="+972542345678",
            lead=LeadFacts(),
            playbook=Playbook(name="p", content_hash="h", **playbook),
        )
    )


async def test_an_english_playbook_is_heard_in_english(dialer, call_id, broker):
    await request(broker, call_id, language="en", voice="en-US-Wavenet-F")
    _, _, document = await dialer.post(f"/twilio/answer/{call_id}", ANSWERED)
    relay = ET.fromstring(document)[0][0].attrib
    assert (relay["language"], relay["voice"]) == ("en-US", "en-US-Wavenet-F")
    async with dialer.phone(call_id) as phone:  # nobody speaks on it, so the line itself does
        frame = await phone.frame()
    assert (frame["token"], frame["lang"]) == ("One moment, please.", "en-US")


async def test_a_call_whose_request_is_not_known_is_heard_as_the_settings_say(dialer, call_id):
    _, _, document = await dialer.post(f"/twilio/answer/{call_id}", ANSWERED)
    assert ET.fromstring(document)[0][0].attrib["language"] == "he-IL"
