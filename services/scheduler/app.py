"""Puts the scheduler together."""

from functools import partial
from pathlib import Path

from services.runtime.broker import Broker
from services.runtime.database import Database
from services.runtime.service import Service
from services.runtime.unit_of_work import Units
from services.scheduler import messages, representatives
from services.scheduler.api import router
from services.scheduler.desk import BookingDesk
from services.scheduler.handlers import Handlers
from services.scheduler.offering import Offering
from services.scheduler.settings import SchedulerSettings
from services.scheduler.store import SqlLedger
from services.scheduler.tables import Inbox, Outbox
from services.scheduler.ticker import Ticker

NAME = "scheduler"


async def build(settings: SchedulerSettings) -> Service:
    """A scheduler that is ready to be started. Raises InvalidMessage if the representatives' file is wrong."""
    offering = Offering(representatives.load(settings.representatives_file))
    broker = Broker(settings.broker_url, NAME)
    units = Units(Database(settings.store_url(NAME), NAME), broker, Inbox, Outbox)
    service = Service(NAME, broker, units)
    service.migrations = Path(__file__).with_name("migrations")
    await service.prepare()

    ledger = SqlLedger(units)
    desk = BookingDesk(ledger, offering, service.clock, settings.max_call_s)
    messages.wire(broker, desk, Handlers(ledger, service.clock))
    service.loop("callbacks", Ticker(ledger, service.clock, settings.callback_tick_s).run)
    service.routers.append(router(ledger, offering, desk, service.clock, settings.messiah_api_token))
    service.on_start.append(partial(ledger.enrol, offering.representatives))
    offering.warm(service.clock.now())
    return service
