"""What comes over a bare socket: no HTTP at all, smuggled requests, forged or senseless webhooks, sockets of nobody."""

import socket
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator
from websockets.exceptions import InvalidHandshake
from websockets.sync.client import connect

from services.dialer.settings import DialerSettings
from tests.e2e.attacks import hostile
from tests.e2e.attacks.target import Target

FORM = "application/x-www-form-urlencoded"
KINDS = ("answer", "status", "amd", "recording", "relay-ended")
FIELDS = (
    *("CallSid", "CallStatus", "SequenceNumber", "CallDuration", "AnsweredBy", "ErrorCode", "ErrorMessage"),
    *("SipResponseCode", "SessionStatus", "SessionDuration", "HandoffData", "RecordingStatus", "Unknown"),
)
STATES = st.sampled_from(("ringing", "in-progress", "completed", "busy", "failed", "human", "ended"))
NUMBERS = st.sampled_from(("1", "-1", "1" * 400, "1" * 5000, "1.5.5", "٣", "1e400", "nan", "0x1", ""))
SMUGGLED = "GET /leads HTTP/1.1\r\n\r\n"
HEAD = "Host: a\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    "sent",
    [
        "\0" * 200 + "\r\n\r\n",
        f"GET /leads\0 HTTP/1.1\r\n{HEAD}\r\n",
        f"GET {'/x' * 40_000} HTTP/1.1\r\n{HEAD}\r\n",
        f"GET /live HTTP/1.1\r\n{HEAD}{'X: y' * 20_000}\r\n\r\n",
        f"BREW /leads HTTP/1.1\r\n{HEAD}\r\n",
        f"GET http://[::1/leads HTTP/1.1\r\n{HEAD}\r\n",
        f"GET /../../etc/passwd HTTP/1.1\r\n{HEAD}\r\n",
        f"GET //leads%2f..%2f..%00 HTTP/1.1\r\n{HEAD}\r\n",
        f"POST /leads HTTP/1.1\r\n{HEAD}Content-Length: 99999999999\r\n\r\n",
        f"POST /leads HTTP/1.1\r\n{HEAD}Content-Length: -1\r\n\r\n",
        f"POST /leads HTTP/1.1\r\n{HEAD}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        f"POST /leads HTTP/1.1\r\n{HEAD}Transfer-Encoding: chunked\r\n\r\nZZ\r\nx\r\n0\r\n\r\n",
        f"POST /leads HTTP/1.1\r\n{HEAD}Transfer-Encoding: gzip\r\n\r\n",
        f"POST /live HTTP/1.1\r\n{HEAD}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{SMUGGLED}",
    ],
)
def test_what_is_hardly_http_is_refused_and_nothing_breaks(target: Target, sent: str) -> None:
    place = urlsplit(target.system.http_url)
    target.errors.clear()
    with socket.create_connection((place.hostname, place.port), timeout=60) as connection:
        connection.sendall(sent.encode())
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while part := connection.recv(65_536):
                answer += part
        except ConnectionResetError:
            pass
    statuses = [line.split()[1] for line in answer.splitlines() if line.startswith(b"HTTP/1.1 ")]
    assert len(statuses) <= 1, "a second request was smuggled in"
    assert not [each for each in statuses if not each.startswith(b"4")], answer[:300]
    assert not target.errors
    assert target.ask("GET", "/live").status == 200


@pytest.mark.parametrize("signature", [None, "", "x", "0/KCTR6DLpKmkAf8muzZqo1nDgQ=", "ÿ" * 30])
@pytest.mark.parametrize("kind", KINDS)
def test_a_webhook_that_the_carrier_did_not_sign_does_nothing(target: Target, kind: str, signature: str | None) -> None:
    headers = {"Content-Type": FORM, "Authorization": f"Bearer {target.bearers['admin']}"}  # which is no signature
    if signature is not None:
        headers["X-Twilio-Signature"] = signature
    answer = target.ask("POST", f"/twilio/{kind}/{uuid4()}", b"CallSid=CA1&CallStatus=completed", headers)
    assert answer.status == 403
    assert answer.told["type"] == "urn:messiah:bad-signature"


def test_what_the_carrier_signs_may_still_be_nonsense(target: Target) -> None:
    """Whoever has the token is the carrier; whatever it says, it gets an answer that is no fault of ours."""
    auth_token = DialerSettings(_env_file=None).auth_token
    value = st.one_of(STATES, NUMBERS, hostile.TEXTS)

    @examples(
        max_examples=60,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.sampled_from(KINDS), st.dictionaries(st.sampled_from(FIELDS), value), NUMBERS)
    def one(kind: str, form: dict[str, str], drops: str) -> None:
        fields = {name: text.encode(errors="replace").decode() for name, text in form.items()}
        path = f"/twilio/{kind}/{target.known('call_id', 0)}?" + urlencode({"drops": drops})
        signature = RequestValidator(auth_token).compute_signature(target.system.http_url + path, fields)
        headers = {"Content-Type": FORM, "X-Twilio-Signature": signature}
        answer = target.ask("POST", path, urlencode(fields).encode(), headers)
        assert answer.status < 500, (path, fields, answer, list(target.errors))
        assert answer.status != 403, (path, fields, answer)

    one()


@pytest.mark.parametrize("path", ["/twilio/relay/{}/secret", "/twilio/relay/x/y", "/", "/leads", "/live-calls/stream"])
@pytest.mark.parametrize("headers", [{}, {"X-Twilio-Signature": "x"}], ids=["unsigned", "forged"])
def test_a_socket_of_nobody_is_refused_before_it_is_accepted(
    target: Target, path: str, headers: dict[str, str]
) -> None:
    url = target.system.http_url.replace("http", "ws", 1) + path.format(uuid4())
    with pytest.raises(InvalidHandshake), connect(url, additional_headers=headers):
        pass
