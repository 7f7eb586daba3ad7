"""What the carrier asks and tells over HTTP. Everything without its valid signature is refused.

Fields we do not know are ignored. A failure is answered with an error, since the carrier then asks again, here or
at another replica.
"""

import json
import re
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, ClassVar
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response, WebSocket

from services.dialer.addresses import Addresses
from services.dialer.carriers.refusals import BAD_NUMBER, NO_SUCH_NUMBER
from services.dialer.carriers.twilio import answered_by
from services.dialer.domain.carrier_call import CarrierStatus, StatusReport
from services.dialer.lines import twiml
from services.dialer.lines.relay import RelayLines
from services.dialer.ports.carrier import AttemptDesk
from services.dialer.settings import DialerSettings
from services.dialer.signature import Form, Signatures, read_form
from services.runtime.errors import Failure, Unavailable
from services.runtime.logs import logger

log = logger(__name__)

WEBHOOKS = "/twilio/"
"""Where every path begins that only the carrier may ask."""
MOST_BYTES = 64 * 1024
MOST_DROPS = 5
"""So many relay sessions in a row that fail at once end the call: something is wrong that no reconnect mends."""
_MOST_DIGITS = 10
"""What is written with more of them is no number that the carrier tells."""
LASTING_S = 10.0
"""A session that lasted this long did not fail at once."""


class Forged(Failure):
    """The signature is missing or wrong, or covers something other than a form."""

    status: ClassVar[int] = 403
    slug: ClassVar[str] = "bad-signature"


class TooLarge(Failure):
    """No webhook of the carrier is so large."""

    status: ClassVar[int] = 413
    slug: ClassVar[str] = "too-large"


class Webhook:
    """A signed request: its form, and the base under which the carrier asked."""

    def __init__(self, form: Form, addresses: Addresses, query: str | None) -> None:
        self.form = form
        self.addresses = addresses
        self.drops = int(query) if query and len(query) < _MOST_DIGITS and query.isdecimal() else 0

    def text(self, name: str) -> str:
        return self.form.get(name, "").strip()

    def number(self, name: str) -> float | None:
        """A field that holds a number from 0 on, or None."""
        text = self.text(name)
        digits = text.replace(".", "", 1)
        return float(text) if len(digits) < _MOST_DIGITS and digits.isascii() and digits.isdigit() else None

    def report(self) -> StatusReport | None:
        """What the call's status is, or None if the carrier tells one that nobody knows."""
        try:
            status = CarrierStatus(self.text("CallStatus"))
        except ValueError:
            log.warning("unknown status of a call ignored", status=self.text("CallStatus")[:40])
            return None
        sequence = self.number("SequenceNumber")
        return StatusReport(
            carrier_call_id=self.text("CallSid"),
            status=status,
            sequence=None if sequence is None else int(sequence),
            duration_s=self.number("CallDuration"),
            answered_by=answered_by(self.text("AnsweredBy")),
            error=self._error(),
            no_such_number=self.text("SipResponseCode") in NO_SUCH_NUMBER
            or self.text("ErrorCode") in {str(code) for code in BAD_NUMBER},
        )

    def _error(self) -> str | None:
        if code := self.text("ErrorCode"):
            return f"{code} {self.text('ErrorMessage')}".strip()
        sip = self.text("SipResponseCode")
        return f"sip {sip}" if sip and not sip.startswith("2") else None


def webhooks(settings: DialerSettings, desk: AttemptDesk, lines: RelayLines) -> APIRouter:
    """The routes the carrier calls."""
    routes = APIRouter(prefix=WEBHOOKS.rstrip("/"), tags=["carrier"])
    signatures = Signatures(settings)
    signed = _signed(signatures)
    Signed = Annotated[Webhook, Depends(signed)]  # noqa: N806  an annotation is named as a type

    @routes.post("/answer/{call_id}")
    async def answer(call_id: UUID, webhook: Signed) -> Response:
        """The call was answered: what now?"""
        return await _connect(call_id, webhook.addresses)

    @routes.post("/status/{call_id}")
    async def status(call_id: UUID, webhook: Signed) -> Response:
        """How the call gets on."""
        if report := webhook.report():
            await desk.report(call_id, report)
        return _document(twiml.nothing())

    @routes.post("/amd/{call_id}")
    async def amd(call_id: UUID, webhook: Signed) -> Response:
        """Who or what picked up."""
        if verdict := answered_by(webhook.text("AnsweredBy")):
            await desk.answered_by(call_id, verdict)
        return _document(twiml.nothing())

    @routes.post("/recording/{call_id}")
    async def recording(call_id: UUID, webhook: Signed) -> Response:
        """A recording is ready. It stays with the carrier; one that is absent was too short, or silent."""
        recording_id, url = webhook.text("RecordingSid"), webhook.text("RecordingUrl")
        if webhook.text("RecordingStatus") == "completed" and recording_id and url.startswith(("https://", "http://")):
            await desk.recorded(call_id, recording_id[:64], url[:500], webhook.number("RecordingDuration"))
        else:
            log.info("no recording", call_id=str(call_id), status=webhook.text("RecordingStatus")[:40])
        return _document(twiml.nothing())

    @routes.post("/relay-ended/{call_id}")
    async def relay_ended(call_id: UUID, webhook: Signed) -> Response:
        """A relay session is over: is the call?"""
        report = webhook.report()
        if report is not None and report.status.terminal:
            await desk.report(call_id, report)
            return _document(twiml.nothing())
        if webhook.text("SessionStatus") == "ended":
            return _document(_after(webhook.text("HandoffData"), settings.transfer_number))
        drops = 1 if (webhook.number("SessionDuration") or 0) >= LASTING_S else webhook.drops + 1
        if drops > MOST_DROPS:
            log.error(
                "relay sessions keep failing; ending the call", call_id=str(call_id), error=webhook.text("ErrorCode")
            )
            return _document(twiml.hang_up())
        return await _connect(call_id, webhook.addresses, drops)

    @routes.websocket("/relay/{call_id}/{secret}")
    async def relay(websocket: WebSocket, call_id: UUID, secret: str) -> None:
        if signatures.of_upgrade(websocket) is None:
            await websocket.close()
            return
        await lines.serve(websocket, call_id, secret)

    async def _connect(call_id: UUID, addresses: Addresses, drops: int = 0) -> Response:
        if lines.closed:
            raise Unavailable("this replica is stopping; ask another one")
        if not await desk.is_live(call_id):
            return _document(twiml.hang_up())
        return _document(twiml.connect(settings, addresses, call_id, drops, await lines.sound_of(call_id)))

    return routes


def _signed(signatures: Signatures) -> Callable[[Request], Awaitable[Webhook]]:
    async def signed(request: Request) -> Webhook:
        body = await _body(request)
        try:
            form = read_form(request.headers.get("content-type", ""), body)
        except ValueError as error:
            raise Forged(str(error)) from error
        addresses = signatures.of_request(request, form)
        if addresses is None:
            raise Forged(
                "the request does not carry the carrier's valid X-Twilio-Signature; if the carrier sent it, "
                "PUBLIC_URL differs from the URL it was given, or TWILIO_AUTH_TOKEN is not the primary token"
            )
        return Webhook(form, addresses, request.query_params.get("drops"))

    return signed


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise TooLarge(f"a webhook has at most {MOST_BYTES} bytes")
    return bytes(body)


_E164 = re.compile(r"\+[1-9]\d{6,14}")


def _after(handoff: str, transfer_number: str | None) -> str:
    """What to do when we ended the session ourselves."""
    try:
        data: Any = json.loads(handoff or "{}")
    except ValueError:
        data = None
    if isinstance(data, dict) and data.get("reason") == "transfer":
        named = str(data.get("to") or "")
        if number := named if _E164.fullmatch(named) else transfer_number:
            return twiml.dial(number)
        log.warning("a call was to be transferred, but TRANSFER_NUMBER is not set; ending it")
    return twiml.hang_up()


def _document(document: str) -> Response:
    return Response(document, media_type=twiml.MEDIA_TYPE)
