"""One call followed through every service and the broker, as an OTLP collector gets it."""

import subprocess
import sys
from pathlib import Path
from uuid import uuid4

from contracts.telemetry import CallLogged
from messiah.demo import LEAD
from messiah.system import System
from services.runtime.spans import NOTHING, Spans, of_call, of_turn
from tests.e2e.collector import collecting
from tests.e2e.conftest import SPEED, listening, settings
from tests.e2e.test_embedded import publish


async def test_one_call_is_followed_through_every_service(tmp_path: Path) -> None:
    async with collecting() as collector:
        given = settings(
            tmp_path, otel_exporter_otlp_endpoint=collector.url, otel_exporter_otlp_headers="x-tenant=alta,x-key=k"
        )
        async with System.start(simulator={"speed": SPEED}, **given) as system, listening(system.nats_url) as ear:
            await publish(ear, LEAD)
            logged = await ear.until(CallLogged)
    assert {(each["x-tenant"], each["x-key"]) for each in collector.headers} == {("alta", "k")}

    root = of_call(logged.call_id)
    its_own = [span for span in collector.spans if span.trace_id == logged.call_id.hex]
    # In one process the HTTP side is one, and has the name of the whole.
    assert {span.service for span in its_own} == {"dialer", "conversation", "scheduler", "telemetry", "messiah"}
    (call,) = collector.named("call")
    assert (call.trace_id, call.span_id, call.parent_id) == (f"{root.trace_id:032x}", f"{root.span_id:016x}", "")
    assert call.attributes["outcome"] == "meeting_booked"
    known = {span.span_id for span in its_own}
    assert [span.name for span in its_own if span.parent_id and span.parent_id not in known] == []
    names = {span.name for span in its_own}
    assert {
        "dialer-calls",
        "conversation-calls",
        "handle CallEnded",
        "handle CallConcluded",
        "POST Calls.json",
    } <= names
    assert "POST /twilio/status/{call_id}" in names

    turns = collector.named("turn")
    assert len(turns) == len(logged.first_word_ms)
    for turn in turns:
        place = of_turn(logged.call_id, turn.attributes["turn"])
        assert (turn.trace_id, turn.span_id) == (f"{place.trace_id:032x}", f"{place.span_id:016x}")
        assert turn.links == (logged.call_id.hex,)
        assert [span.service for span in collector.named("answer") if span.trace_id == turn.trace_id] == [
            "conversation"
        ]
    (booking,) = collector.named("ask scheduler.book")
    (booked,) = collector.named("handle scheduler.book")
    assert (booked.parent_id, booked.trace_id) == (booking.span_id, booking.trace_id)
    assert booking.trace_id in {turn.trace_id for turn in turns}


async def test_without_an_endpoint_nothing_is_traced(tmp_path: Path) -> None:
    started = System.start(simulator={"speed": SPEED}, **settings(tmp_path))
    async with collecting() as collector, started as system, listening(system.nats_url) as ear:
        await publish(ear, LEAD)
        logged = await ear.until(CallLogged)
        message = await ear.broker.js.get_last_msg("CALLS", f"calls.{logged.call_id}.ended")
    assert collector.spans == []
    assert (message.headers or {})["traceparent"].split("-")[1] == logged.call_id.hex


def test_what_is_not_traced_costs_not_even_an_import() -> None:
    script = "import sys, services.conversation.app, services.dialer.app; print('opentelemetry.sdk' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
    assert Spans("dialer").span("turn") is Spans("dialer").in_turn("answer", uuid4(), 1) is NOTHING
