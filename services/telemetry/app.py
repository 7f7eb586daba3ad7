"""Puts telemetry together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from contracts.contacts import ContactErasureBegan
from contracts.holdings import AskHoldings
from contracts.streams import (
    TELEMETRY_CALLS,
    TELEMETRY_CONTACTS,
    TELEMETRY_ERASURES,
    TELEMETRY_LEADS,
    TELEMETRY_MEETINGS,
    TELEMETRY_TURNS,
)
from services.runtime.broker import Broker
from services.runtime.clock import Clock
from services.runtime.database import Database
from services.runtime.listening import answer, listen
from services.runtime.provisioner import read_pin
from services.runtime.pseudonyms import Pseudonyms
from services.runtime.service import Service
from services.runtime.unit_of_work import Units
from services.telemetry import api, milestones
from services.telemetry.archive import StoredCalls
from services.telemetry.console import wiring as console
from services.telemetry.exports import wiring
from services.telemetry.exports.tables import SecretRow
from services.telemetry.feed import StreamFeed
from services.telemetry.forgetting import AT_ONCE, NAME, Forgetting, Others
from services.telemetry.handlers import Operator, Recorder
from services.telemetry.live import Live
from services.telemetry.messages import BatchReader
from services.telemetry.metrics import measure
from services.telemetry.prices import read_prices
from services.telemetry.rebuild import Rebuild
from services.telemetry.restoring import RebuildTables
from services.telemetry.retention import retention
from services.telemetry.settings import TelemetrySettings
from services.telemetry.store import Tables
from services.telemetry.tables import Outbox
from services.telemetry.traces import trace

READ = (TELEMETRY_CALLS, TELEMETRY_MEETINGS, TELEMETRY_CONTACTS, TELEMETRY_TURNS, TELEMETRY_LEADS)


MIGRATIONS = Path(__file__).with_name("migrations")


async def build(settings: TelemetrySettings) -> Service:
    """Telemetry, ready to start. Raises Unavailable if the broker does not answer, InvalidMessage if PRICES_FILE
    is no price list."""
    prices = read_prices(settings.prices_file)
    broker = Broker(settings.broker_url, "telemetry")
    database = Database(settings.store_url("telemetry"), "telemetry")
    units = Units(database, broker, None, Outbox)
    service = Service("telemetry", broker, units)
    service.migrations = MIGRATIONS
    await service.prepare()

    announcer = wiring.announcer(settings, service.clock)
    grace = timedelta(seconds=settings.telemetry_grace_s)
    pseudonyms = Pseudonyms(SecretRow, settings.privacy_secret)
    recorder = Recorder(units, Tables, service.clock, grace, prices, announcer, Others(pseudonyms))
    crms = wiring.crms_of(settings)
    recalling = wiring.recalling(units, settings, service.clock, crms)
    forgetting = Forgetting(units, broker, service.clock, pseudonyms, recalling)
    archive = StoredCalls(units.reading, prices)
    live = Live(StreamFeed(broker), archive)
    operator = Operator(units, archive, service.clock)
    readers = [BatchReader(broker, consumer, recorder.keep) for consumer in READ]

    trace(service.metrics, service.spans)
    milestones.note(service.metrics)
    measure(service.metrics)

    service.on_start.append(forgetting.prepare)
    listen(broker, TELEMETRY_ERASURES, ContactErasureBegan, forgetting.forget, AT_ONCE)
    answer(broker, AskHoldings.subject_of(NAME), AskHoldings, forgetting.show)

    async def stop_reading() -> None:
        await asyncio.gather(*(reader.stop() for reader in readers))

    for reader in readers:
        service.loop(reader.consumer.name, reader.run)
    service.loop("settle", recorder.run)
    service.loop("retention", retention(settings, units, service.clock).run)
    service.on_drain += [live.close, stop_reading]
    service.routers.append(api.router(archive, live, operator, service.clock, settings.messiah_api_token))
    if settings.console:
        console.wire(service, units, settings, archive, live, operator)
    wiring.wire(service, units, settings, archive, crms)
    return service


@asynccontextmanager
async def rebuilding(settings: TelemetrySettings, connect_s: float) -> AsyncIterator[Rebuild]:
    """A rebuild of the store, beside the running service or without it. Raises as `build` does."""
    prices = read_prices(settings.prices_file)
    broker = Broker(settings.broker_url, "telemetry")
    database = Database(settings.store_url("telemetry"), "telemetry")
    await broker.connect(connect_s)
    try:
        clock = Clock.pinned(await read_pin(broker))
        await database.migrate(MIGRATIONS)
        units = Units(database, broker, None, Outbox)
        grace = timedelta(seconds=settings.telemetry_grace_s)
        others = Others(Pseudonyms(SecretRow, settings.privacy_secret))
        recorder = Recorder(units, Tables, clock, grace, prices, wiring.announcer(settings, clock), others)
        yield Rebuild(broker, units, RebuildTables, recorder)
    finally:
        await broker.close()
        await database.close()
