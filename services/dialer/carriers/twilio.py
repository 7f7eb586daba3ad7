"""Twilio as a carrier, or whatever speaks its REST API at the configured host."""

import re
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from contracts.values import AnsweredBy, PhoneNumber
from services.dialer.addresses import Addresses
from services.dialer.carriers.refusals import CALL_NOT_FOUND, CURES, NOT_IN_PROGRESS, meaning_of
from services.dialer.carriers.transport import NoReply, NotSent, Transport
from services.dialer.domain.carrier_call import CarrierCall, CarrierStatus
from services.dialer.ports.carrier import CarrierMisconfigured, CarrierThrottled, OutboundCall, SubmissionUnknown
from services.dialer.settings import DialerSettings
from services.runtime.carrier import is_simulated
from services.runtime.errors import Refused, Unavailable

T = TypeVar("T")

EVENTS = ["initiated", "ringing", "answered", "completed"]
PAGE_SIZE = 50
_ACCOUNT = re.compile(r"/Accounts/(AC\w+)/")
_RINGING = (CarrierStatus.QUEUED, CarrierStatus.INITIATED, CarrierStatus.RINGING)


class TwilioCarrier:
    """Places, inspects and ends calls over the REST API. See `ports.Carrier`.

    Raises CarrierMisconfigured when made for a real carrier with a public URL that is not https.
    """

    def __init__(self, settings: DialerSettings) -> None:
        self.name = "simulator" if settings.uses_simulator else "twilio"
        self.simulated = is_simulated(settings)
        for name, url in (("PUBLIC_URL", settings.reachable_at), ("PUBLIC_FALLBACK_URL", settings.fallback_at)):
            _check_public(name, url, settings.api_url, simulated=self.simulated)
        self._addresses = Addresses(settings.reachable_at)
        self._fallback = Addresses(settings.fallback_at)
        self._account_sid = settings.account_sid
        self._transport = Transport(settings.api_url)
        self._api = Client(settings.account_sid, settings.auth_token, http_client=self._transport)
        self._api.region = self._api.edge = None  # the configured host is the whole truth

    async def place(self, call: OutboundCall) -> str:
        """See `ports.Carrier`."""
        ours = self._addresses
        recording: dict[str, Any] = {}
        if call.record:
            recording = {
                "record": True,
                "recording_status_callback": ours.recording(call.call_id),
                "recording_status_callback_event": ["completed", "absent"],
            }
        try:
            placed = await self._api.calls.create_async(
                to=call.to,
                from_=call.from_number,
                url=ours.answer(call.call_id),
                fallback_url=self._fallback.answer(call.call_id),
                status_callback=ours.status(call.call_id),
                status_callback_event=EVENTS,
                machine_detection="Enable",
                async_amd="true",
                async_amd_status_callback=ours.amd(call.call_id),
                timeout=call.ring_timeout_s,
                time_limit=call.max_duration_s,
                **recording,
            )
        except NotSent as error:
            raise CarrierThrottled(error.detail) from error
        except NoReply as error:
            raise SubmissionUnknown(error.detail) from error
        except TwilioException as error:
            raise meaning_of(error) from error
        except (ValueError, TypeError, AttributeError) as error:
            raise SubmissionUnknown("the carrier's reply to the new call is unreadable") from error
        if not placed.sid:
            raise SubmissionUnknown("the carrier's reply to the new call names no call")
        return str(placed.sid)

    async def inspect(self, carrier_call_id: str) -> CarrierCall | None:
        """See `ports.Carrier`."""
        try:
            return _read(await _asked(self._api.calls(carrier_call_id).fetch_async()))
        except _Over:
            return None

    async def find(self, to: PhoneNumber, since: datetime) -> list[CarrierCall]:
        """See `ports.Carrier`. The carrier's moments have whole seconds, so `since` is taken by the second."""
        page = await _asked(self._api.calls.page_async(to=to, page_size=PAGE_SIZE))
        earliest = since.astimezone(UTC).replace(microsecond=0)
        return [_read(each) for each in page if _created(each) is None or _created(each) >= earliest]

    async def end(self, carrier_call_id: str) -> None:
        """See `ports.Carrier`. A call that is answered while it is being cancelled is hung up."""
        try:
            known = _read(await _asked(self._api.calls(carrier_call_id).fetch_async()))
            if known.status in _RINGING:
                known = await self._update(carrier_call_id, "canceled")
            if known.status is CarrierStatus.IN_PROGRESS:
                await self._update(carrier_call_id, "completed")
        except _Over:
            return

    async def recordings(self, carrier_call_id: str) -> list[str]:
        """See `ports.Carrier`."""
        try:
            page = await _asked(self._api.calls(carrier_call_id).recordings.page_async(page_size=PAGE_SIZE))
        except _Over:
            return []
        return [str(each.sid) for each in page]

    async def delete_recording(self, recording_id: str, url: str | None = None) -> bool:
        """See `ports.Carrier`. An account knows nothing of another's recordings, so that 404 alone proves nothing."""
        account = _ACCOUNT.search(url or "")
        if account is not None and account[1] != self._account_sid:
            raise Refused(
                f"it lies in the account {account[1]}, which is not that of TWILIO_ACCOUNT_SID: delete it there"
            )
        try:
            await self._api.recordings(recording_id).delete_async()
        except TwilioException as error:
            code = getattr(error, "code", 0)
            if _status(error) == 404:
                return False
            cure = CURES.get(code, "it is tried again")
            raise Unavailable(f"the carrier answered {_status(error)} (code {code}): {cure}") from error
        return True

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()

    async def _update(self, carrier_call_id: str, status: str) -> CarrierCall:
        return _read(await _asked(self._api.calls(carrier_call_id).update_async(status=status)))


class _Over(Exception):
    """The carrier knows no such call, or it is over."""


async def _asked(request: Awaitable[T]) -> T:
    """The reply to a request that may be repeated. Raises _Over or Unavailable."""
    try:
        return await request
    except TwilioException as error:
        if _status(error) == 404 or getattr(error, "code", 0) in (CALL_NOT_FOUND, NOT_IN_PROGRESS):
            raise _Over from error
        raise Unavailable(f"the carrier did not answer: {meaning_of(error).detail}") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise Unavailable("the carrier's reply is unreadable") from error


def _status(error: TwilioException) -> int:
    """The HTTP status of a refusal; 0 if there is none. A list that is refused has it in the reply."""
    reply = error.args[-1] if error.args else None
    return int(getattr(error, "status", None) or getattr(reply, "status_code", None) or 0)


def _read(call: Any) -> CarrierCall:
    try:
        status = CarrierStatus(call.status)
    except ValueError as error:
        raise Unavailable(f"the carrier tells a status that nobody knows: {call.status!r}") from error
    return CarrierCall(
        carrier_call_id=str(call.sid),
        status=status,
        to=str(call.to or ""),
        duration_s=float(call.duration or 0),
        answered_by=answered_by(call.answered_by),
    )


def _created(call: Any) -> Any:
    """When the carrier took the call: a UTC moment, or None while it does not say."""
    created = call.date_created
    return created if isinstance(created, datetime) else None


def answered_by(word: str | None) -> AnsweredBy | None:
    """The carrier's verdict in our words; None where it gave none."""
    if not word:
        return None
    if word.startswith("machine"):
        return AnsweredBy.MACHINE
    return AnsweredBy(word) if word in ("human", "fax") else AnsweredBy.UNKNOWN


def _check_public(name: str, url: str, api_url: str, *, simulated: bool) -> None:
    parts = urlsplit(url)
    if not parts.hostname or parts.scheme not in ("http", "https"):
        raise CarrierMisconfigured(f"{name} must be a URL such as https://calls.example.com")
    if parts.username or parts.query or parts.fragment:
        raise CarrierMisconfigured(f"{name} must have neither a user, nor a query, nor a fragment")
    if parts.scheme != "https" and not simulated:
        raise CarrierMisconfigured(
            f"{name} must start with https:// for the carrier at {urlsplit(api_url).hostname}: plain http is for "
            f"carriers on this machine or a private network only. Set {name} to the address of a TLS proxy or tunnel"
        )
