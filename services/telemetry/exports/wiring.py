"""Puts together what goes out, from the settings: which sinks there are, and what they run on."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Protocol

from services.runtime.clock import Clock
from services.runtime.hosts import is_private
from services.runtime.logs import logger
from services.runtime.mail import SmtpPostman
from services.runtime.service import Service
from services.runtime.unit_of_work import Units
from services.telemetry.exports import api
from services.telemetry.exports.airtable import AIRTABLE, AirtableSink
from services.telemetry.exports.digest import DigestSink, DigestTicker
from services.telemetry.exports.digest_page import DigestReader
from services.telemetry.exports.endpoints import EndpointDesk
from services.telemetry.exports.hubspot import HUBSPOT, HubSpotSink
from services.telemetry.exports.ledger import Announcer
from services.telemetry.exports.recalling import Recalling
from services.telemetry.exports.sender import Sender
from services.telemetry.exports.signing import Signer
from services.telemetry.exports.sink import Eraser, Sink
from services.telemetry.exports.webhooks import WebhookSink
from services.telemetry.ports import Archive
from services.telemetry.settings import TelemetrySettings

log = logger(__name__)


class Crm(Sink, Eraser, Protocol):
    """Is told of calls, and takes back what it was told."""


def recalling(units: Units, settings: TelemetrySettings, clock: Clock, crms: Sequence[Crm]) -> Recalling:
    """Who is asked to delete what it was told of somebody. Nobody was told of what a pinned clock made up."""
    return Recalling(units, () if clock.is_pinned else crms, delete=settings.erase_in_crms == "delete")


def announcer(settings: TelemetrySettings, clock: Clock) -> Announcer:
    """Who is told of facts. A CRM is not told of calls that a pinned clock made up."""
    configured = {HUBSPOT: settings.hubspot_token, AIRTABLE: settings.airtable_calls_table}
    named = [name for name, given in configured.items() if given]
    if named and clock.is_pinned:
        log.warning("no CRM is told", reason="the clock is pinned", cure="unset MESSIAH_CLOCK")
        return Announcer()
    return Announcer(named)


def wire(service: Service, units: Units, settings: TelemetrySettings, archive: Archive, crms: Sequence[Crm]) -> None:
    """Have a service send what its announcer stores."""
    clock, secret = service.clock, settings.webhooks_secret
    private = settings.webhooks_allow_private
    signer = Signer(units, secret.get_secret_value() if secret else None)
    sinks: list[Sink] = [WebhookSink(units, signer, private=private), *crms]
    if settings.digest_to and _may_mail(settings, clock):
        reader = DigestReader(units, archive, _dead_letters(service))
        sinks.append(DigestSink(reader, SmtpPostman(settings), settings.mail_from or "", settings.mail_language))
        service.loop("digest", DigestTicker(units, clock, settings.digest_at, settings.digest_to).run)
    sender = Sender(units, sinks, service.metrics, service.spans, timedelta(days=settings.exports_keep_days))
    service.on_start.append(signer.load)
    service.loop("deliveries", sender.run)
    service.on_drain.append(partial(sender.drain, settings.drain_seconds))
    service.on_stop.append(sender.stop)
    desk = EndpointDesk(units, signer, sender, private=private)
    service.routers.append(api.router(desk, settings.messiah_api_token))


def crms_of(settings: TelemetrySettings) -> list[Crm]:
    """Those that the settings name."""
    sinks: list[Crm] = []
    if settings.hubspot_token is not None:
        sinks.append(HubSpotSink(settings.hubspot_token.get_secret_value(), settings.hubspot_url))
    key, base, table = settings.airtable_api_key, settings.airtable_base_id, settings.airtable_calls_table
    if key and base and table:
        sinks.append(AirtableSink(key.get_secret_value(), base, table, settings.airtable_api_url))
    return sinks


def _may_mail(settings: TelemetrySettings, clock: Clock) -> bool:
    if settings.smtp_host is None:
        return False
    if clock.is_pinned and not is_private(settings.smtp_host):
        log.warning("no digest is sent", reason="the clock is pinned", cure="unset MESSIAH_CLOCK")
        return False
    return True


def _dead_letters(service: Service) -> Callable[[], Awaitable[int]]:
    async def count() -> int:
        return int((await service.broker.js.stream_info("DEAD")).state.messages)

    return count
