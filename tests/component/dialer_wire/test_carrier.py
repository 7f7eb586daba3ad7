"""The carrier's REST API as we ask it, against a server that answers as the test says."""

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl
from uuid import UUID, uuid4

import pytest

from contracts.values import AnsweredBy
from services.dialer.carriers import transport
from services.dialer.carriers.twilio import TwilioCarrier
from services.dialer.domain.carrier_call import CarrierStatus
from services.dialer.ports.carrier import (
    CarrierMisconfigured,
    CarrierThrottled,
    NumberRejected,
    OutboundCall,
    SubmissionUnknown,
)
from services.dialer.settings import SIMULATOR_ACCOUNT_SID as ACCOUNT
from services.dialer.settings import DialerSettings
from services.runtime.errors import Refused, Unavailable

CALLS = f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
ONE = f"/2010-04-01/Accounts/{ACCOUNT}/Calls/CA1.json"
CALL_ID = UUID("01a1fcbb-f6bf-7383-9f4e-9108bb1b8819")
CALL = OutboundCall(CALL_ID, "+972542345678", "+97233760000", ring_timeout_s=25, max_duration_s=480, record=True)


class Api:
    """A REST server of so many words. An answer of None closes the connection; one of "" never comes."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, str] | str | None] = []
        self.requests: list[tuple[str, str, list[tuple[str, str]]]] = []
        self.heads: list[str] = []
        self.done = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, path, _ = head.split(" ", 2)
        length = next((int(line[16:]) for line in head.split("\r\n") if line.lower().startswith("content-length")), 0)
        body = (await reader.readexactly(length)).decode()
        self.heads.append(head)
        self.requests.append((method, path, parse_qsl(body, keep_blank_values=True)))
        answer = self.answers.pop(0)
        if answer == "":
            await self.done.wait()
        elif answer is not None:
            status, text = answer
            lines = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(text.encode())}"
            writer.write(f"{lines}\r\n\r\n{text}".encode())
            await writer.drain()
        writer.close()


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    api = Api()
    server = await asyncio.start_server(api.serve, "127.0.0.1", 0)
    api.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield api
    api.done.set()
    server.close()
    await server.wait_closed()


@pytest.fixture
async def carrier(api) -> AsyncIterator[TwilioCarrier]:
    settings = DialerSettings(
        _env_file=None,
        twilio_api_url=api.url,
        public_url="https://calls.example.com/",
        public_fallback_url="https://spare.example.com",
    )
    carrier = TwilioCarrier(settings)
    yield carrier
    await carrier.close()


def call(status: str = "queued", **more: str) -> str:
    fields = {"sid": "CA1", "status": status, "to": "+972542345678", "duration": None, "answered_by": None} | more
    return "{" + ", ".join(f'"{name}": ' + (f'"{value}"' if value else "null") for name, value in fields.items()) + "}"


def refusal(code: int, status: int) -> tuple[int, str]:
    return status, f'{{"code": {code}, "message": "no", "more_info": "", "status": {status}}}'


async def test_a_call_is_asked_for_once_with_everything_that_is_needed(api, carrier):
    api.answers = [(201, call())]
    assert await carrier.place(CALL) == "CA1"
    ((method, path, fields),) = api.requests
    assert (method, path) == ("POST", CALLS)
    assert "Basic " in api.heads[0]
    ours, end = "https://calls.example.com/twilio", f"{CALL_ID}#rc=3&rp=all"
    assert sorted(fields) == sorted(
        [
            ("To", "+972542345678"),
            ("From", "+97233760000"),
            ("Url", f"{ours}/answer/{end}"),
            ("FallbackUrl", f"https://spare.example.com/twilio/answer/{end}"),
            ("StatusCallback", f"{ours}/status/{end}"),
            ("StatusCallbackEvent", "initiated"),
            ("StatusCallbackEvent", "ringing"),
            ("StatusCallbackEvent", "answered"),
            ("StatusCallbackEvent", "completed"),
            ("MachineDetection", "Enable"),
            ("AsyncAmd", "true"),
            ("AsyncAmdStatusCallback", f"{ours}/amd/{end}"),
            ("Timeout", "25"),
            ("TimeLimit", "480"),
            ("Record", "true"),
            ("RecordingStatusCallback", f"{ours}/recording/{end}"),
            ("RecordingStatusCallbackEvent", "completed"),
            ("RecordingStatusCallbackEvent", "absent"),
        ]
    )


async def test_recordings_are_found_by_their_call_and_deleted(api, carrier):
    page = '{"recordings": [{"sid": "RE1", "status": "completed"}, {"sid": "RE2", "status": "processing"}], "page": 0}'
    account = f"/2010-04-01/Accounts/{ACCOUNT}"
    api.answers = [(200, page), refusal(20404, 404), (204, ""), refusal(20404, 404)]
    assert await carrier.recordings("CA1") == ["RE1", "RE2"]
    assert await carrier.recordings("CA2") == []
    for recording_id in ("RE1", "RE2"):  # the second is gone
        await carrier.delete_recording(recording_id, f"{api.url}{account}/Recordings/{recording_id}")
    asked = [(method, path.partition("?")[0]) for method, path, _ in api.requests]
    assert asked == [
        ("GET", f"{account}/Calls/CA1/Recordings.json"),
        ("GET", f"{account}/Calls/CA2/Recordings.json"),
        ("DELETE", f"{account}/Recordings/RE1.json"),
        ("DELETE", f"{account}/Recordings/RE2.json"),
    ]


async def test_a_recording_that_is_not_deleted_says_why(api, carrier):
    api.answers = [refusal(20003, 401), refusal(20500, 500), None, None]  # a broken connection is tried once more
    for why in ("TWILIO_AUTH_TOKEN", "20500", "no whole reply"):
        with pytest.raises(Unavailable, match=why):
            await carrier.delete_recording("RE1")
    with pytest.raises(Refused, match="ACother"):
        await carrier.delete_recording("RE1", "https://api.twilio.com/2010-04-01/Accounts/ACother/Recordings/RE1")
    assert not [path for _, path, _ in api.requests if "ACother" in path]


async def test_nothing_is_recorded_unless_asked_for(api, carrier):
    api.answers = [(201, call())]
    await carrier.place(OutboundCall(uuid4(), "+972542345678", "+97233760000", ring_timeout_s=25, max_duration_s=480))
    assert not [name for _, _, fields in api.requests for name, _ in fields if name.startswith("Record")]


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (refusal(21211, 400), NumberRejected),
        (refusal(21214, 400), NumberRejected),
        (refusal(21217, 400), NumberRejected),
        (refusal(20003, 401), CarrierMisconfigured),
        (refusal(20003, 403), CarrierMisconfigured),
        (refusal(20404, 404), CarrierMisconfigured),
        (refusal(21201, 400), CarrierMisconfigured),
        (refusal(21205, 400), CarrierMisconfigured),
        (refusal(21210, 400), CarrierMisconfigured),
        (refusal(21212, 400), CarrierMisconfigured),
        (refusal(21213, 400), CarrierMisconfigured),
        (refusal(21215, 400), CarrierMisconfigured),
        (refusal(21219, 400), CarrierMisconfigured),
        (refusal(99999, 400), CarrierMisconfigured),
        ((302, ""), CarrierMisconfigured),
        (refusal(20429, 429), CarrierThrottled),
        ((429, "slow down"), CarrierThrottled),
        (refusal(22005, 429), CarrierThrottled),
        (refusal(22005, 400), CarrierThrottled),
        (refusal(20500, 500), SubmissionUnknown),
        ((503, "<html>busy</html>"), SubmissionUnknown),
        ((201, "no json"), SubmissionUnknown),
        ((201, "[]"), SubmissionUnknown),
        ((201, "{}"), SubmissionUnknown),
        ((201, '{"type":"t","title":"t","status":"queued","code":1}'), SubmissionUnknown),
        ((400, '{"type":"t","title":"t","status":400,"code":21211}'), NumberRejected),
        (None, SubmissionUnknown),
    ],
)
async def test_what_a_refusal_means(api, carrier, answer, failure):
    api.answers = [answer]
    with pytest.raises(failure):
        await carrier.place(CALL)
    assert len(api.requests) == 1


async def test_a_reply_that_does_not_come_leaves_the_submission_unknown(api, carrier, monkeypatch):
    monkeypatch.setattr(transport, "DEADLINE_S", 0.05)
    api.answers = [""]
    with pytest.raises(SubmissionUnknown):
        await carrier.place(CALL)


async def test_a_connection_that_is_refused_may_be_tried_again():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    carrier = TwilioCarrier(DialerSettings(_env_file=None, twilio_api_url=f"http://127.0.0.1:{port}"))
    with pytest.raises(CarrierThrottled):
        await carrier.place(CALL)
    await carrier.close()


async def test_a_call_is_inspected(api, carrier):
    api.answers = [(200, call("completed", duration="35", answered_by="machine_start")), refusal(20404, 404)]
    found = await carrier.inspect("CA1")
    assert found is not None
    assert (found.status, found.duration_s, found.answered_by) == (CarrierStatus.COMPLETED, 35.0, AnsweredBy.MACHINE)
    assert await carrier.inspect("CA1") is None
    assert [request[:2] for request in api.requests] == [("GET", ONE)] * 2


@pytest.mark.parametrize("answer", [(500, ""), (401, ""), (200, "no json"), (200, '{"status":"odd"}'), None])
async def test_a_call_that_cannot_be_inspected_is_unavailable(api, carrier, answer):
    api.answers = [answer]
    with pytest.raises(Unavailable):
        await carrier.inspect("CA1")


async def test_calls_to_a_number_are_found_since_a_moment(api, carrier):
    now = datetime.now(UTC)
    moments = [now + timedelta(seconds=1), now, now - timedelta(minutes=1)]
    dated = [call(date_created=f"{moment:%a, %d %b %Y %H:%M:%S +0000}") for moment in moments] + [call()]
    api.answers = [(200, f'{{"calls": [{", ".join(dated)}], "page_size": 50}}')]
    assert len(await carrier.find("+972542345678", now)) == 3
    assert api.requests[0][1].startswith(f"{CALLS}?To=%2B972542345678")


@pytest.mark.parametrize(
    ("answers", "statuses"),
    [
        ([call("ringing"), call("canceled")], ["canceled"]),
        ([call("queued"), call("in-progress"), call("completed")], ["canceled", "completed"]),
        ([call("in-progress"), call("completed")], ["completed"]),
        ([call("completed")], []),
    ],
)
async def test_a_call_is_ended_as_its_state_asks(api, carrier, answers, statuses):
    api.answers = [(200, answer) for answer in answers]
    await carrier.end("CA1")
    posts = [fields for method, path, fields in api.requests if method == "POST" and path == ONE]
    assert posts == [[("Status", status)] for status in statuses]


@pytest.mark.parametrize("answers", [[refusal(20404, 404)], [(200, call("in-progress")), refusal(21220, 400)]])
async def test_a_call_that_is_over_needs_no_end(api, carrier, answers):
    api.answers = answers
    await carrier.end("CA1")
    assert api.answers == []


async def test_an_end_that_cannot_be_asked_for_is_unavailable(api, carrier):
    api.answers = [None]
    with pytest.raises(Unavailable):
        await carrier.end("CA1")
