"""Puts the scheduler together."""

import asyncio
from functools import partial
from pathlib import Path

from contracts.contacts import ContactErasureBegan
from contracts.holdings import AskHoldings
from contracts.streams import SCHEDULER_ERASURES
from services.runtime.broker import Broker
from services.runtime.carrier import at_any_hour, is_simulated
from services.runtime.clock import Clock
from services.runtime.database import Database
from services.runtime.hosts import is_private
from services.runtime.listening import answer, listen
from services.runtime.logs import logger
from services.runtime.mail import SmtpPostman
from services.runtime.service import Service
from services.runtime.unit_of_work import Units
from services.scheduler import messages, milestones, representatives
from services.scheduler.api import calendars as calendars_api
from services.scheduler.api import feeds, pages
from services.scheduler.api import mails as mails_api
from services.scheduler.api import meetings as meetings_api
from services.scheduler.api import representatives as representatives_api
from services.scheduler.api.pages import MeetingPages
from services.scheduler.calendars.directory import Directory, Environment, environment
from services.scheduler.calendars.free_busy import CachedFreeBusy
from services.scheduler.correspondence import Correspondence
from services.scheduler.desk import BookingDesk
from services.scheduler.domain.calling_hours import AlwaysOpen, CallingHours, IsraeliHours
from services.scheduler.domain.working_days import WorkingDays
from services.scheduler.forgetting import AT_ONCE, Forgetting
from services.scheduler.handlers import Handlers
from services.scheduler.keeping.tasks import CalendarTasks
from services.scheduler.keeping.watching import Watching
from services.scheduler.keeping.writing import Writing
from services.scheduler.keys import SqlKeys
from services.scheduler.links import Links
from services.scheduler.mailing.message import Composer
from services.scheduler.mailing.sender import Sender
from services.scheduler.metrics import measure
from services.scheduler.ports import Follower, FreeBusy
from services.scheduler.retention import retention
from services.scheduler.roster import Roster
from services.scheduler.settings import SchedulerSettings
from services.scheduler.staffing import Staffing
from services.scheduler.store import SqlLedger
from services.scheduler.tables import Inbox, Outbox
from services.scheduler.ticker import Ticker

log = logger(__name__)

NAME = "scheduler"


async def build(settings: SchedulerSettings) -> Service:
    """A scheduler that is ready to be started. Raises InvalidMessage if the representatives' file is wrong."""
    variables = environment()
    team = representatives.load(settings.representatives_file, variables)
    broker = Broker(settings.broker_url, NAME)
    units = Units(Database(settings.store_url(NAME), NAME), broker, Inbox, Outbox)
    service = Service(NAME, broker, units)
    service.migrations = Path(__file__).with_name("migrations")
    await service.prepare()

    clock, token = service.clock, settings.messiah_api_token
    ledger, roster, hours = SqlLedger(units), Roster(team), await calling_hours(settings, clock)
    links = Links(settings, SqlKeys(units))
    writer = correspondence(settings, roster, clock)
    letters: list[Follower] = [writer] if writer else []
    tasks = CalendarTasks(roster)
    free_busy = own_calendars(service, settings, ledger, roster, links, letters, variables)
    desk = BookingDesk(ledger, roster, clock, settings.max_call_s, [*letters, tasks], free_busy)
    measure(service.metrics, units, clock)
    milestones.note(service.metrics)
    forgetting = Forgetting(ledger, units, broker, clock, writer, tasks)
    listen(broker, SCHEDULER_ERASURES, ContactErasureBegan, forgetting.forget, AT_ONCE)
    answer(broker, AskHoldings.subject_of(NAME), AskHoldings, forgetting.show)
    messages.wire(broker, desk, Handlers(ledger, clock, hours, writer, tasks))
    service.loop("retention", retention(settings, units, clock).run)
    service.loop("callbacks", Ticker(ledger, clock, hours, settings.callback_tick_s).run)
    service.routers.append(meetings_api.router(ledger, desk, clock, token))
    service.routers.append(representatives_api.router(Staffing(ledger, roster, clock, variables), token))
    service.routers.append(calendars_api.router(ledger, roster, clock, token))
    service.routers.append(mails_api.router(ledger, token))
    service.routers.append(feeds.router(ledger, roster, links, clock, settings.mail_language, token))
    service.routers.append(pages.router(MeetingPages(ledger, roster, desk, links, clock, settings.mail_language)))
    service.on_start.append(links.load)
    if writer is not None:
        composer = Composer(settings.mail_from or "", links)
        sender = Sender(ledger, SmtpPostman(settings), composer, team.working_days, clock, settings.mail_tick_s)
        service.loop("mails", sender.run)
        service.on_drain.append(partial(sender.drain, settings.drain_seconds))
    service.on_start.append(partial(ledger.enrol, [each.id for each in team.representatives]))
    roster.warm(clock.now())
    return service


def correspondence(settings: SchedulerSettings, roster: Roster, clock: Clock) -> Correspondence | None:
    """Who writes the mails; None where none are sent. The dates of a pinned clock are not real, so a system that has
    one writes to nobody outside."""
    if settings.smtp_host is None:
        return None
    if clock.is_pinned and not is_private(settings.smtp_host):
        log.warning("no mail is sent", reason="the clock is pinned", cure="unset MESSIAH_CLOCK")
        return None
    return Correspondence(roster, settings.mail_language, settings.reminder_hours)


def own_calendars(
    service: Service,
    settings: SchedulerSettings,
    ledger: SqlLedger,
    roster: Roster,
    links: Links,
    letters: list[Follower],
    variables: Environment,
) -> FreeBusy:
    """Read and written beside everything else; also without one, as one may be connected while the system runs."""
    clock, language = service.clock, settings.mail_language
    directory = Directory(variables, rehearsing=clock.is_pinned)
    free_busy = CachedFreeBusy(
        directory,
        clock,
        settings.calendar_deadline_s,
        settings.calendar_cache_s,
        offer_if_silent=settings.calendar_silent == "offer",
    )
    writing = Writing(ledger, roster, directory, free_busy, links, language, clock, settings.calendar_tick_s)
    watching = Watching(ledger, roster, directory, free_busy, letters, clock, settings.calendar_watch_s)
    service.loop("calendars", writing.run)
    service.loop("calendar changes", watching.run)
    service.on_drain.append(partial(writing.drain, settings.drain_seconds))
    service.on_stop += [directory.close, free_busy.close]  # in reverse
    return free_busy


async def calling_hours(settings: SchedulerSettings, clock: Clock) -> CallingHours:
    """When leads may be called back: the dialer's own decision. Raises Refused as the dialer does."""
    simulated = await asyncio.to_thread(is_simulated, settings)
    if at_any_hour(settings, clock, simulated=simulated):
        return AlwaysOpen()
    days = WorkingDays(fridays=True, chol_hamoed=settings.call_on_chol_hamoed, closed_days=settings.extra_closed_days)
    return IsraeliHours(days)
