"""Puts the dialer together."""

from functools import partial
from pathlib import Path

from contracts.contacts import ContactErased, ContactErasureRequested, ContactErasureWaits
from contracts.streams import DIALER_ERASED, DIALER_ERASURE_WAITS, DIALER_ERASURES
from services.dialer import messages, milestones, rulebook
from services.dialer.api import router
from services.dialer.campaign_api import campaign_routes
from services.dialer.campaign_desk import CampaignDesk
from services.dialer.capacity import Capacity
from services.dialer.carriers.twilio import TwilioCarrier
from services.dialer.controls import Controls
from services.dialer.desk import Desk
from services.dialer.dialing import Dialing
from services.dialer.do_not_call_api import do_not_call_routes
from services.dialer.endings import Endings
from services.dialer.enrolment import Enrolment
from services.dialer.handlers import Handlers
from services.dialer.lines.relay import RelayLines
from services.dialer.metrics import measure
from services.dialer.planner import Planner
from services.dialer.ports.carrier import Carrier
from services.dialer.privacy.api import privacy_routes
from services.dialer.privacy.erasing import Erasing
from services.dialer.privacy.finishing import Finishing
from services.dialer.privacy.inquiry import Inquiry
from services.dialer.privacy.recalling import Recalling
from services.dialer.privacy.retention import retention
from services.dialer.privacy.wishes import Wishes
from services.dialer.reconciler import Reconciler
from services.dialer.registry import SqlRegistry
from services.dialer.settings import DialerSettings
from services.dialer.sources.airtable import Airtable
from services.dialer.sources.exchange import Exchange
from services.dialer.store import SqlLedger
from services.dialer.tables import Inbox, Outbox, SecretRow
from services.dialer.tending import Tending
from services.dialer.traces import trace
from services.dialer.uploads import api as lists_api
from services.dialer.uploads.ledger import Uploads
from services.dialer.uploads.receiving import MEGABYTE
from services.dialer.uploads.worker import UploadWorker
from services.dialer.webhooks import MOST_BYTES, WEBHOOKS, webhooks
from services.runtime.broker import Broker
from services.runtime.database import Database
from services.runtime.errors import Refused
from services.runtime.listening import listen
from services.runtime.pseudonyms import Pseudonyms
from services.runtime.service import Service
from services.runtime.unit_of_work import Units

NAME = "dialer"


async def build(settings: DialerSettings, carrier: Carrier | None = None) -> Service:
    """A dialer that is ready to be started. Raises Refused for settings that would let it call real people at a
    time that is not theirs, CarrierMisconfigured for those with which a real carrier could not reach it."""
    carrier = carrier or TwilioCarrier(settings)
    broker = Broker(settings.broker_url, NAME)
    units = Units(Database(settings.store_url(NAME), NAME), broker, Inbox, Outbox)
    service = Service(NAME, broker, units)
    service.migrations = Path(__file__).with_name("migrations")
    await service.prepare()
    clock = service.clock
    try:
        hours = rulebook.calling_hours(settings, clock, simulated=carrier.simulated)
    except Refused:
        await broker.close()
        raise

    pseudonyms = Pseudonyms(SecretRow, settings.privacy_secret)
    ledger = SqlLedger(units, pseudonyms)
    admission = rulebook.admission(settings, units, clock, carrier.name, simulated=carrier.simulated)
    endings = Endings(settings, carrier.name, hours, clock)
    capacity = Capacity(broker, clock)
    crm = Airtable(settings) if settings.airtable_table else None
    recalling = Recalling(ledger, carrier, [crm] if crm else [], clock)
    desk = Desk(ledger, carrier, endings, clock, recalling.orphaned)
    planner = Planner(ledger, admission, endings, capacity, broker, clock, settings, carrier.name)
    controls = Controls(ledger, CampaignDesk(settings, hours, clock), admission, capacity, broker, clock, planner.wake)
    dialing = Dialing(ledger, carrier, admission, endings, capacity, broker, clock, settings)
    lines = RelayLines(settings, broker, desk, clock)
    enrolment = Enrolment(admission, clock)
    handlers = Handlers(ledger, enrolment, endings, clock, planner.wake, desk.hang_up)

    uploads = Uploads(units)
    reading = UploadWorker(uploads, units, settings, clock, NAME, carrier.name, carrier.simulated, planner.wake)

    trace(service.metrics, service.spans)
    milestones.note(service.metrics)
    measure(
        service.metrics,
        units,
        carrier.name,
        live_calls=lambda: dialing.consumer.running,
        open_lines=lambda: lines.open_lines,
    )
    messages.wire(broker, handlers, controls)
    in_crms = settings.erase_in_crms == "delete"
    finishing = Finishing(ledger, units.database, recalling, clock)
    erasing = Erasing(ledger, handlers, desk.hang_up, finishing, broker, clock, in_crms=in_crms)
    wishes = Wishes(ledger, clock, erasing.wake)
    listen(broker, DIALER_ERASURES, ContactErasureRequested, wishes.requested)
    listen(broker, DIALER_ERASED, ContactErased, wishes.erased)
    listen(broker, DIALER_ERASURE_WAITS, ContactErasureWaits, wishes.waits)
    service.loop("erasures", erasing.run)
    service.loop("recalling", recalling.run)
    service.loop("retention", retention(settings, units, clock, pseudonyms).run)
    service.routers.append(privacy_routes(ledger, wishes, Inquiry(ledger, broker, clock), clock))

    async def prepare_pseudonyms() -> None:
        async with units.begin() as unit:
            await pseudonyms.prepare(unit.session)

    service.on_start.append(prepare_pseudonyms)
    service.loop("calls", dialing.consumer.run)
    service.loop("cap", dialing.heed_cap)
    service.loop("campaigns", Tending(ledger, clock).run)
    service.loop("planner", planner.run)
    service.loop("reconciler", Reconciler(ledger, carrier, desk, endings, broker, clock).run)
    service.routers.append(webhooks(settings, desk, lines))
    service.signed_paths.append(WEBHOOKS)
    token = settings.messiah_api_token
    service.loop("uploads", reading.run)
    if crm is not None:
        exchange = Exchange(crm, crm, ledger, enrolment, clock, settings.airtable_poll_s, planner.wake)
        service.loop("airtable", exchange.run)
        service.on_stop.append(crm.close)
    most = settings.upload_max_mb * MEGABYTE + lists_api.FORM_AROUND  # the file itself is weighed as it is read
    service.body_limits |= dict.fromkeys(lists_api.UPLOADS, most) | {WEBHOOKS: MOST_BYTES}
    service.routers.append(lists_api.router(uploads, reading, clock, settings.upload_max_mb, token))
    service.routers.append(do_not_call_routes(ledger, SqlRegistry(units), handlers, desk, clock, token))
    service.routers.append(campaign_routes(controls, ledger, token))
    service.routers.append(router(ledger, desk, broker, clock, carrier.name, token))
    service.on_start.append(dialing.listen)
    service.on_drain += [dialing.drain, reading.stop, partial(lines.drain, settings.drain_seconds), lines.close_all]
    service.on_stop += [carrier.close, dialing.consumer.cancel_all]
    return service
