"""The numbers of a whole system after one call."""

import re

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from contracts.telemetry import CallLogged
from messiah.demo import LEAD
from messiah.system import System
from tests.e2e.conftest import Ear
from tests.e2e.test_embedded import publish

ANYTHING_OF_A_PERSON = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-|972\d{6,}|CA[0-9a-f]{32}")


async def test_one_call_is_counted_by_every_service_and_named_by_none(ear: Ear, system: System) -> None:
    await publish(ear, LEAD)
    logged = await ear.until(CallLogged)
    async with aiohttp.ClientSession(system.http_url) as client, client.get("/metrics") as answer:
        assert answer.status == 200
        text = await answer.text()
    found = {
        (sample.name, sample.labels["service"], *(value for name, value in sample.labels.items() if name != "service")):
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }  # fmt: skip
    assert found["messiah_leads_total", "dialer", "accepted"] == 1
    assert found["messiah_calls_dialed_total", "dialer", "simulator"] == 1
    assert found["messiah_calls_ended_total", "dialer", "answered"] == 1
    assert found["messiah_calls_concluded_total", "conversation", "meeting_booked"] == 1
    assert found["messiah_facts_told_total", "scheduler", "MeetingBooked"] == 1
    assert found["messiah_calls_logged_total", "telemetry", "meeting_booked"] == 1
    assert found["messiah_first_word_seconds_count", "dialer"] == len(logged.first_word_ms)
    assert found["messiah_outbox_facts", "dialer"] == 0
    assert found["messiah_consumer_pending", "telemetry", "telemetry-leads"] == 0
    assert found["messiah_dead_letters", "dialer", "dialer-leads"] == 0
    assert found["messiah_carrier_breaker_open", "dialer", "simulator"] == 0
    assert found["messiah_callbacks_overdue", "scheduler"] == 0
    assert found["messiah_broker_connected", "conversation"] == 1
    assert not [labels for _, *labels in found if any(ANYTHING_OF_A_PERSON.search(label) for label in labels)]
