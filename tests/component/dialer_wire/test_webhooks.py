"""Signed requests are obeyed; all others are refused, whatever they ask."""

import xml.etree.ElementTree as ET
from uuid import uuid4

import pytest
from twilio.request_validator import RequestValidator
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from contracts.calls import CallStarted
from contracts.values import AnsweredBy
from services.dialer.addresses import Addresses, relay_secret
from services.dialer.domain.carrier_call import CarrierStatus
from tests.component.dialer_wire.conftest import CARRIER_CALL

KINDS = ["answer", "status", "amd", "recording", "relay-ended"]
CALL = [("CallSid", CARRIER_CALL), ("CallStatus", "in-progress"), ("To", "+972542345678"), ("ToCity", "")]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("signature", [None, "", "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "לא"])
async def test_a_webhook_without_its_valid_signature_is_refused(dialer, call_id, kind, signature):
    if signature == "לא":
        signature = signature.encode().decode("latin-1")
    status, content_type, body = await dialer.post(f"/twilio/{kind}/{call_id}", CALL, signature)
    assert (status, content_type) == (403, "application/problem+json")
    assert "PUBLIC_URL" in body
    assert not dialer.desk.reports
    assert not dialer.desk.verdicts


@pytest.mark.parametrize("kind", KINDS)
async def test_a_webhook_signed_with_another_token_is_refused(dialer, call_id, kind):
    path = f"/twilio/{kind}/{call_id}"
    forged = RequestValidator("another token").compute_signature(dialer.settings.reachable_at + path, dict(CALL))
    assert (await dialer.post(path, CALL, forged))[0] == 403


async def test_a_signature_is_of_one_url_and_all_fields(dialer, call_id):
    path, other = f"/twilio/status/{call_id}", f"/twilio/status/{uuid4()}"
    right = dialer.validator.compute_signature(dialer.settings.reachable_at + path, dict(CALL))
    assert (await dialer.post(path, CALL, right))[0] == 200
    assert (await dialer.post(other, CALL, right))[0] == 403
    assert (await dialer.post(path + "?a=1", CALL, right))[0] == 403
    assert (await dialer.post(path, [*CALL, ("CallDuration", "1")], right))[0] == 403
    assert (await dialer.post(path, CALL[:-1], right))[0] == 403
    # What a proxy made of the host is of no interest: the carrier signed the URL it was given.
    assert (await dialer.post(path, CALL, right, headers={"Host": "elsewhere.example"}))[0] == 200


async def test_another_algorithm_or_a_body_that_is_no_form_is_refused(dialer, call_id):
    path = f"/twilio/status/{call_id}"
    url = dialer.settings.reachable_at + path
    sha256 = dialer.validator.compute_signature(url, dict(CALL), "HMAC_SHA256")
    settings = {"X-Twilio-Webhooks-Signature-Settings": "key=k,algorithm=HMAC_SHA256"}
    assert (await dialer.post(path, CALL, sha256, headers=settings))[0] == 403
    bare = dialer.validator.compute_signature(url, {})
    assert (await dialer.post(path, None, bare, json={"CallStatus": "completed"}))[0] == 403
    assert (await dialer.post(path, None, bare, data=b"\xff=1", headers={"Content-Type": FORM}))[0] == 403
    assert not dialer.desk.reports


FORM = "application/x-www-form-urlencoded"


async def test_a_webhook_of_unheard_size_is_refused(dialer, call_id):
    fields = [("CallSid", "x" * 70_000)]
    status, content_type, _ = await dialer.post(f"/twilio/status/{call_id}", fields)
    assert (status, content_type) == (413, "application/problem+json")


async def test_an_answered_call_is_connected_and_a_dead_one_hung_up(dialer, call_id):
    status, content_type, body = await dialer.post(f"/twilio/answer/{call_id}", CALL)
    assert (status, content_type) == (200, "text/xml")
    relay = ET.fromstring(body).find("Connect/ConversationRelay")
    assert relay is not None
    assert relay.get("url") == dialer.relay_url(call_id)
    dialer.desk.live = False
    _, _, body = await dialer.post(f"/twilio/answer/{call_id}", CALL)
    assert [verb.tag for verb in ET.fromstring(body)] == ["Hangup"]


async def test_status_callbacks_are_handed_on_as_they_come(dialer, call_id):
    """Out of order, twice, with repeated and unknown fields: the desk sorts them out, not the wire."""
    path = f"/twilio/status/{call_id}"
    final = [
        ("CallSid", CARRIER_CALL),
        ("CallStatus", "completed"),
        ("SequenceNumber", "3"),
        ("CallDuration", "35"),
        ("Duration", "1"),
        ("SipResponseCode", "200"),
        ("AnsweredBy", "machine_start"),
        ("NewFieldOfTomorrow", "ערך חדש & מוזר"),
        ("Tag", "b"),
        ("Tag", "a"),
        ("Tag", "b"),
    ]
    ringing = [("CallSid", CARRIER_CALL), ("CallStatus", "ringing"), ("SequenceNumber", "1")]
    busy = [("CallSid", CARRIER_CALL), ("CallStatus", "busy"), ("SequenceNumber", "x"), ("SipResponseCode", "486")]
    failed = [("CallStatus", "failed"), ("ErrorCode", "13224"), ("ErrorMessage", "bad number")]
    for fields in (final, ringing, final, busy, failed):
        assert (await dialer.post(path, fields))[0] == 200
    first, second, third, fourth, fifth = [report for _, report in dialer.desk.reports]
    assert first == third
    assert (first.carrier_call_id, first.status, first.sequence) == (CARRIER_CALL, CarrierStatus.COMPLETED, 3)
    assert (first.duration_s, first.answered_by, first.error) == (35.0, AnsweredBy.MACHINE, None)
    assert (second.status, second.sequence, second.duration_s) == (CarrierStatus.RINGING, 1, None)
    assert (fourth.status, fourth.sequence, fourth.error) == (CarrierStatus.BUSY, None, "sip 486")
    assert fifth.error == "13224 bad number"
    assert [report.no_such_number for _, report in dialer.desk.reports] == [False] * 4 + [True]


@pytest.mark.parametrize(
    ("sip", "nobody_s"), [("404", True), ("484", True), ("486", False), ("487", False), ("503", False)]
)
async def test_a_number_that_nobody_has_is_told_apart(dialer, call_id, sip, nobody_s):
    failed = [("CallSid", CARRIER_CALL), ("CallStatus", "failed"), ("SipResponseCode", sip)]
    assert (await dialer.post(f"/twilio/status/{call_id}", failed))[0] == 200
    ((_, report),) = dialer.desk.reports
    assert (report.error, report.no_such_number) == (f"sip {sip}", nobody_s)


async def test_a_recording_is_told_and_an_absent_one_is_not(dialer, call_id):
    path = f"/twilio/recording/{call_id}"
    url = "https://api.example.com/2010-04-01/Accounts/AC1/Recordings/RE1"
    ready = [
        ("RecordingSid", "RE1"),
        ("RecordingUrl", url),
        ("RecordingStatus", "completed"),
        ("RecordingDuration", "35"),
    ]
    absent = [("RecordingSid", "RE2"), ("RecordingStatus", "absent"), ("ErrorCode", "16101")]
    for fields in (ready, absent, [*ready[:1], ("RecordingStatus", "completed"), ("RecordingUrl", "javascript:x")]):
        assert (await dialer.post(path, fields))[0] == 200
    assert dialer.desk.recordings == [(call_id, "RE1", url, 35.0)]


async def test_an_unknown_status_is_ignored(dialer, call_id):
    assert (await dialer.post(f"/twilio/status/{call_id}", [("CallStatus", "levitating")]))[0] == 200
    assert dialer.desk.reports == []


@pytest.mark.parametrize(
    ("told", "verdict"),
    [
        ("human", AnsweredBy.HUMAN),
        ("machine_start", AnsweredBy.MACHINE),
        ("machine_end_beep", AnsweredBy.MACHINE),
        ("fax", AnsweredBy.FAX),
        ("unknown", AnsweredBy.UNKNOWN),
        ("a parrot", AnsweredBy.UNKNOWN),
    ],
)
async def test_who_answered_is_told_in_our_words(dialer, call_id, told, verdict):
    assert (await dialer.post(f"/twilio/amd/{call_id}", [("AnsweredBy", told)]))[0] == 200
    assert dialer.desk.verdicts == [(call_id, verdict)]


async def _after(dialer, call_id, *fields, query=""):
    status, _, body = await dialer.post(f"/twilio/relay-ended/{call_id}{query}", [("CallSid", CARRIER_CALL), *fields])
    assert status == 200
    return ET.fromstring(body)


class TestAfterASession:
    async def test_a_call_that_is_over_is_reported(self, dialer, call_id):
        over = [("CallStatus", "completed"), ("SessionStatus", "completed"), ("CallDuration", "12")]
        assert list(await _after(dialer, call_id, *over)) == []
        ((_, report),) = dialer.desk.reports
        assert (report.status, report.sequence, report.duration_s) == (CarrierStatus.COMPLETED, None, 12.0)

    async def test_one_that_we_ended_is_hung_up(self, dialer, call_id):
        ended = [("CallStatus", "in-progress"), ("SessionStatus", "ended"), ("HandoffData", '{"reason":"goodbye"}')]
        assert [verb.tag for verb in await _after(dialer, call_id, *ended)] == ["Hangup"]
        for odd in ("", "no json", "[]", '"transfer"'):
            fields = [*ended[:2], ("HandoffData", odd)]
            assert [verb.tag for verb in await _after(dialer, call_id, *fields)] == ["Hangup"]
        assert dialer.desk.reports == []

    async def test_a_transfer_without_a_number_is_hung_up(self, dialer, call_id):
        fields = [("CallStatus", "in-progress"), ("SessionStatus", "ended"), ("HandoffData", '{"reason":"transfer"}')]
        assert [verb.tag for verb in await _after(dialer, call_id, *fields)] == ["Hangup"]

    async def test_a_dropped_socket_is_connected_again(self, dialer, call_id):
        dropped = [("CallStatus", "in-progress"), ("SessionStatus", "failed"), ("ErrorCode", "64105")]
        (verb,) = await _after(dialer, call_id, *dropped)
        relay = verb.find("ConversationRelay")
        assert relay is not None
        assert relay.get("url") == dialer.relay_url(call_id)
        assert verb.get("action") == f"{dialer.settings.reachable_at}/twilio/relay-ended/{call_id}?drops=1#rc=3&rp=all"

    async def test_sessions_that_keep_failing_end_the_call(self, dialer, call_id):
        dropped = [("CallStatus", "in-progress"), ("SessionStatus", "failed"), ("SessionDuration", "0")]
        (verb,) = await _after(dialer, call_id, *dropped, query="?drops=5")
        assert verb.tag == "Hangup"
        (verb,) = await _after(dialer, call_id, *dropped[:2], ("SessionDuration", "60"), query="?drops=5")
        assert verb.get("action", "").endswith("?drops=1#rc=3&rp=all")

    async def test_a_dropped_socket_of_a_call_that_is_over_is_hung_up(self, dialer, call_id):
        dialer.desk.live = False
        dropped = [("CallStatus", "in-progress"), ("SessionStatus", "failed")]
        assert [verb.tag for verb in await _after(dialer, call_id, *dropped)] == ["Hangup"]


class TestTransfers:
    @pytest.fixture
    def wire_settings(self):
        return {"transfer_number": "+972541112233"}

    @pytest.mark.parametrize(
        ("to", "dialed"),
        [("+97231234567", "+97231234567"), ("representative", "+972541112233"), ("+1", "+972541112233")],
    )
    async def test_go_to_the_number_of_the_playbook_else_to_the_configured_one(self, dialer, call_id, to, dialed):
        handoff = f'{{"reason":"transfer","to":"{to}"}}'
        fields = [("CallStatus", "in-progress"), ("SessionStatus", "ended"), ("HandoffData", handoff)]
        (verb,) = await _after(dialer, call_id, *fields)
        assert (verb.tag, verb.text) == ("Dial", dialed)


class TestFallback:
    @pytest.fixture
    def wire_settings(self):
        return {"public_fallback_url": "http://127.0.0.1:9"}

    async def test_a_request_under_the_fallback_url_is_answered_under_it(self, dialer, call_id):
        path, fallback = f"/twilio/answer/{call_id}", "http://127.0.0.1:9"
        signature = dialer.validator.compute_signature(fallback + path, dict(CALL))
        status, _, body = await dialer.post(path, CALL, signature)
        assert status == 200
        relay = ET.fromstring(body).find("Connect/ConversationRelay")
        assert relay is not None
        assert relay.get("url", "").startswith("ws://127.0.0.1:9/twilio/relay/")


class TestUpgrades:
    async def test_without_the_valid_signature_are_refused_before_they_are_accepted(self, dialer, call_id):
        url = dialer.relay_url(call_id)
        as_http = dialer.validator.compute_signature("http" + url[2:], {})
        forged = RequestValidator("another token").compute_signature(url, {})
        for headers in (
            {},
            {"x-twilio-signature": ""},
            {"x-twilio-signature": as_http},
            {"x-twilio-signature": forged},
        ):
            with pytest.raises(InvalidStatus) as refused:
                await connect(url, additional_headers=headers, proxy=None)
            assert refused.value.response.status_code == 403
        assert dialer.desk.opened == []

    async def test_of_another_call_or_with_a_wrong_secret_are_refused(self, dialer, call_id):
        secret = relay_secret(dialer.settings.auth_token, call_id)
        for call, given in ((uuid4(), secret), (call_id, "guess"), (call_id, secret[:-1])):
            url = Addresses(dialer.settings.reachable_at).relay(call, given)
            signature = {"x-twilio-signature": dialer.validator.compute_signature(url, {})}
            with pytest.raises(InvalidStatus):
                await connect(url, additional_headers=signature, proxy=None)
        assert dialer.desk.opened == []

    async def test_nothing_is_told_before_setup(self, dialer, worker, call_id):
        async with dialer.phone(call_id, setup=False) as phone:
            await phone.say("מוקדם")
            assert dialer.desk.opened == []
            await phone.send(type="setup", callSid=CARRIER_CALL)
            assert (await worker.told(CallStarted)).call_id == call_id
            assert await worker.stored("heard") == []
