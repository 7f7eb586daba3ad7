"""Puts the dialer together."""

from functools import partial
from pathlib import Path

from services.dialer import messages
from services.dialer.admission import Admission
from services.dialer.api import router
from services.dialer.campaign_api import campaign_routes
from services.dialer.campaign_desk import CampaignDesk
from services.dialer.capacity import Capacity
from services.dialer.carriers.twilio import TwilioCarrier
from services.dialer.controls import Controls
from services.dialer.desk import Desk
from services.dialer.dialing import Dialing
from services.dialer.domain.calling_hours import AlwaysOpen, CallingHours, IsraeliHours
from services.dialer.domain.gate_context import Policy
from services.dialer.endings import Endings
from services.dialer.enrolment import Enrolment
from services.dialer.handlers import Handlers
from services.dialer.lines.relay import RelayLines
from services.dialer.planner import Planner
from services.dialer.ports import Carrier
from services.dialer.reconciler import Reconciler
from services.dialer.settings import DialerSettings
from services.dialer.store import SqlLedger
from services.dialer.tables import Inbox, Outbox
from services.dialer.tending import Tending
from services.dialer.webhooks import webhooks
from services.runtime.broker import Broker
from services.runtime.clock import Clock
from services.runtime.database import Database
from services.runtime.errors import Refused
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
        hours = calling_hours(settings, clock, simulated=carrier.simulated)
    except Refused:
        await broker.close()
        raise

    ledger = SqlLedger(units)
    policy = Policy(
        require_consent=settings.require_consent,
        allow_foreign=settings.allow_foreign_numbers,
        registry_required=settings.registry_required,
        max_attempts=settings.max_attempts,
    )
    admission = Admission(carrier.name, policy, hours, clock)
    endings = Endings(settings, carrier.name, hours, clock)
    capacity = Capacity(broker, clock)
    desk = Desk(ledger, carrier, endings, clock)
    planner = Planner(ledger, admission, endings, capacity, broker, clock, settings, carrier.name)
    controls = Controls(ledger, CampaignDesk(settings, hours, clock), admission, capacity, broker, clock, planner.wake)
    dialing = Dialing(ledger, carrier, admission, endings, capacity, broker, clock, settings)
    lines = RelayLines(settings, broker, desk, clock)
    handlers = Handlers(ledger, Enrolment(admission, clock), endings, clock, planner.wake)

    messages.wire(broker, handlers, controls)
    service.loop("calls", dialing.consumer.run)
    service.loop("cap", dialing.heed_cap)
    service.loop("campaigns", Tending(ledger, clock).run)
    service.loop("planner", planner.run)
    service.loop("reconciler", Reconciler(ledger, carrier, desk, endings, broker, clock).run)
    service.routers.append(webhooks(settings, desk, lines))
    service.routers.append(campaign_routes(controls, ledger, settings.messiah_api_token))
    service.routers.append(router(ledger, handlers, desk, broker, clock, carrier.name, settings.messiah_api_token))
    service.on_start.append(dialing.listen)
    service.on_drain += [dialing.drain, partial(lines.drain, settings.drain_seconds), lines.close_all]
    service.on_stop += [carrier.close, dialing.consumer.cancel_all]
    return service


def calling_hours(settings: DialerSettings, clock: Clock, *, simulated: bool) -> CallingHours:
    """When calls may be placed. Raises Refused where real people could be called outside of calling hours."""
    if not simulated and clock.is_pinned:
        raise Refused("the clock is pinned, but the carrier is real: unset MESSIAH_CLOCK and run `messiah provision`")
    if not simulated and settings.calling_hours == "always":
        raise Refused("CALLING_HOURS=always is for simulated carriers: set CALLING_HOURS=israel, or unset it")
    if settings.calling_hours == "always" or (settings.calling_hours == "auto" and simulated and not clock.is_pinned):
        return AlwaysOpen()
    return IsraeliHours(settings.call_on_chol_hamoed, settings.extra_closed_days)
