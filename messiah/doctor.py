"""`messiah doctor`: what is configured, what is missing, what is broken, and the remedy of each.

It changes nothing and calls nobody. Its requests to our own webhooks name a call that does not exist.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator

import aiohttp
from pydantic import ValidationError

from contracts.streams import CONSUMERS, STREAMS
from messiah import calendar_checks, carrier_checks, crm_checks, mail_checks
from messiah.findings import Finding, absent, broken, good
from messiah.nats_server import find_binary
from messiah.system import SERVICES, settings_of
from services.conversation.folders import PACKAGED, read_folders, require
from services.conversation.settings import ConversationSettings
from services.dialer.settings import DialerSettings
from services.runtime.broker import Broker
from services.runtime.carrier import is_simulated
from services.runtime.database import Database
from services.runtime.errors import Failure, Unavailable
from services.runtime.settings import RuntimeSettings
from services.scheduler.settings import SchedulerSettings
from services.telemetry.settings import TelemetrySettings

STORES = ("dialer", "scheduler", "telemetry")
"""The services with a database."""

BROKER_S = 3.0
HTTP_TIMEOUT = aiohttp.ClientTimeout(total=5)


async def examine() -> AsyncIterator[Finding]:
    """Everything that can be checked from here, in the order in which to mend it."""
    faults = list(settings())
    for fault in faults:
        yield fault
    if faults:
        return  # nothing below could be told apart from these
    dialer = DialerSettings()
    yield good("settings", "every variable that is set can be read")
    yield await broker(dialer)
    for service in STORES:
        yield await store(service, dialer)
    yield playbooks(ConversationSettings())
    yield agent(ConversationSettings())
    yield await mail_checks.mail(SchedulerSettings())
    for finding in await calendar_checks.calendars(SchedulerSettings()):
        yield finding
    simulated = await asyncio.to_thread(is_simulated, dialer)
    checks = (carrier_checks.carrier, carrier_checks.public_url, carrier_checks.clock, carrier_checks.token)
    for check in checks:
        yield check(dialer, simulated)
    yield carrier_checks.privacy(dialer)
    async with aiohttp.ClientSession(timeout=HTTP_TIMEOUT) as session:
        if not dialer.uses_simulator:
            yield await carrier_checks.account(dialer, session)
        yield await carrier_checks.webhooks(dialer, session)
        yield await crm_checks.hubspot(TelemetrySettings(), session)
        for finding in await crm_checks.airtable(dialer, TelemetrySettings(), session):
            yield finding


def settings() -> Iterator[Finding]:
    """Variables that cannot be read, each once."""
    told = set()
    for service in SERVICES:
        try:
            settings_of(service)
        except ValidationError as error:
            for each in error.errors():
                name = ".".join(map(str, each["loc"])).upper() or "settings"
                if name not in told:
                    told.add(name)
                    yield broken(name, each["msg"], f"correct {name} in the environment or in .env")


async def broker(dialer: DialerSettings) -> Finding:
    """NATS answers and holds our streams; or it will be embedded."""
    connection = Broker(dialer.broker_url, "doctor")
    try:
        await connection.connect(BROKER_S)
    except Failure as error:
        if dialer.nats_url:
            return broken("broker", error.detail, "start it, or correct NATS_URL")
        try:
            return absent("broker", f"embedded ({find_binary()}), not running", "`messiah up` starts it")
        except Unavailable as missing:
            return broken("broker", missing.detail, "run `make setup`, or set NATS_URL")
    try:
        for stream in STREAMS:
            await connection.js.stream_info(stream.name)
        for consumer in CONSUMERS:
            await connection.js.consumer_info(consumer.stream, consumer.name)
    except Exception as error:
        return broken("broker", f"{dialer.broker_url} lacks our streams ({error!r})", "run `messiah provision`")
    finally:
        await connection.close()
    return good("broker", f"{dialer.broker_url} answers and is provisioned")


async def store(service: str, settings: RuntimeSettings) -> Finding:
    """A service's database answers, or can be made."""
    what = f"store of {service}"
    if settings.database_url is None:
        var = settings.messiah_var.absolute()
        nearest = next(folder for folder in (var, *var.parents) if folder.exists())
        if not os.access(nearest, os.W_OK):
            return broken(what, f"cannot write to {nearest}", "set MESSIAH_VAR to a folder that can be written to")
        return good(what, f"SQLite, {settings.messiah_var / service}.db")
    database = Database(settings.store_url(service), service)
    try:
        await asyncio.wait_for(database.check(), BROKER_S)
    except (Failure, TimeoutError, OSError) as error:
        return broken(what, f"DATABASE_URL does not answer: {error}", "start the database, or correct DATABASE_URL")
    finally:
        await database.close()
    return good(what, "DATABASE_URL answers")


def playbooks(settings: ConversationSettings) -> Finding:
    """Every playbook can be used."""
    where = [PACKAGED, *([settings.playbooks_dir] if settings.playbooks_dir else [])]
    try:
        require(where)
        found, refused = read_folders(where)
    except Failure as error:
        return broken("playbooks", error.detail, "correct PLAYBOOKS_DIR")
    if refused:
        return broken("playbooks", refused[0].detail, "correct it; `messiah playbook check FILE` tells all mistakes")
    return good("playbooks", ", ".join(found))


def agent(settings: ConversationSettings) -> Finding:
    """Who decides what to say."""
    if settings.openai_api_key is None:
        return absent("language model", "none; the scripted agent speaks", "set OPENAI_API_KEY and LLM_MODEL")
    return good("language model", settings.llm_model or "the default model")
