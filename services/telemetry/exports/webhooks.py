"""Sends webhooks: one POST, signed, to an address that is allowed, without following anybody anywhere."""

from datetime import timedelta
from uuid import UUID

import aiohttp

from services.runtime.errors import InvalidMessage
from services.runtime.unit_of_work import Units
from services.telemetry.domain.delivery import Delivery
from services.telemetry.exports.addresses import Forbidden, GuardedResolver, check_url
from services.telemetry.exports.ledger import REAL, WEBHOOK
from services.telemetry.exports.signing import Signer, body_of
from services.telemetry.exports.sink import NeverTaken, NobodyThere, NotTaken
from services.telemetry.exports.tables import EndpointRow

TIMEOUT = aiohttp.ClientTimeout(total=15, sock_connect=5)
LONGEST_WAIT = timedelta(hours=1)
"""However long a receiver asks us to wait."""
GONE = 410
BUSY = (429, 503)
GONE_BECAUSE = "its receiver answered 410 Gone"


class WebhookSink:
    """Carries deliveries to the endpoints that are switched on."""

    name = WEBHOOK

    def __init__(self, units: Units, signer: Signer, *, private: bool) -> None:
        self._units = units
        self._signer = signer
        self._private = private
        self._http: aiohttp.ClientSession | None = None

    async def send(self, delivery: Delivery) -> int:
        """See `Sink`. Only 2xx counts as taken; 410 switches the endpoint off."""
        endpoint = await self._endpoint(UUID(delivery.destination.partition(":")[2]))
        try:
            check_url(endpoint.url, private=self._private)
        except InvalidMessage as error:
            raise NeverTaken(error.detail) from error
        body = body_of(delivery.content or {})
        headers = self._signer.headers(endpoint, f"msg_{delivery.delivery_id.hex}", body, REAL.now())
        try:
            async with self._client().post(
                endpoint.url, data=body.encode(), headers=headers, allow_redirects=False
            ) as answer:
                status, retry_after = answer.status, answer.headers.get("retry-after")
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise NotTaken(f"no answer: {_why(error)}") from error
        if 200 <= status < 300:
            return status
        if status == GONE:
            await self._switch_off(endpoint.endpoint_id)
            raise NeverTaken(GONE_BECAUSE, status_code=status)
        if 300 <= status < 400:
            raise NotTaken(f"the receiver answered {status}; redirects are not followed", status_code=status)
        wait = _seconds(retry_after) if status in BUSY else None
        raise NotTaken(f"the receiver answered {status}", status_code=status, wait=wait)

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def _endpoint(self, endpoint_id: UUID) -> EndpointRow:
        async with self._units.reading() as session:
            endpoint = await session.get(EndpointRow, endpoint_id)
        if endpoint is None:
            raise NobodyThere("the endpoint was removed")
        if not endpoint.is_on:
            raise NobodyThere("the endpoint is switched off")
        return endpoint

    async def _switch_off(self, endpoint_id: UUID) -> None:
        async with self._units.begin() as unit:
            endpoint = await unit.session.get(EndpointRow, endpoint_id)
            if endpoint is not None:
                endpoint.is_on, endpoint.off_because = False, GONE_BECAUSE

    def _client(self) -> aiohttp.ClientSession:
        if self._http is None:
            connector = aiohttp.TCPConnector(
                resolver=GuardedResolver(private=self._private), use_dns_cache=False, force_close=True
            )
            self._http = aiohttp.ClientSession(
                connector=connector, timeout=TIMEOUT, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
            )
        return self._http


def _why(error: Exception) -> str:
    """What went wrong, in the words of whoever knew best: the library hides a resolver's behind its own."""
    cause = error.__cause__
    return str(cause) if isinstance(cause, Forbidden) else str(error) or type(error).__name__


def _seconds(retry_after: str | None) -> timedelta | None:
    """How long a receiver asks us to wait; a date instead of seconds is passed over."""
    if retry_after is None or not retry_after.strip().isdecimal() or len(retry_after) > 9:
        return None
    return min(timedelta(seconds=int(retry_after)), LONGEST_WAIT)
