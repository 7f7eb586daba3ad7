"""Headers are the same however they are written."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from contracts.calls import CallClaimed, CallStarted
from contracts.event import Event
from services.runtime.nats_client import header_bytes
from services.runtime.tracing import EXPECTED_LAST, header_lines_of, headers_of

CALL, NOW = UUID(int=7), datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "event",
    [
        CallClaimed(call_id=CALL, occurred_at=NOW, worker_id="w"),
        CallStarted(call_id=CALL, occurred_at=NOW, lead_id="l", line="relay", carrier_call_id="c"),
    ],
)
def test_the_lines_are_those_of_the_headers(event: Event) -> None:
    headers = headers_of(event, "/dialer")
    assert header_lines_of(event, "/dialer") == header_bytes(headers)
    assert (EXPECTED_LAST in headers) == event.once
