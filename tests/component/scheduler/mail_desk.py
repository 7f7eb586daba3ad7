"""A scheduler that sends mail: two replicas over one database, and a real mail server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import icalendar

from contracts.requests import Book, Booked
from contracts.values import MeetingFacts
from services.runtime.mail import SmtpPostman
from services.scheduler.correspondence import Correspondence
from services.scheduler.desk import BookingDesk
from services.scheduler.domain.calling_hours import IsraeliHours
from services.scheduler.domain.mail import Mail
from services.scheduler.handlers import Handlers
from services.scheduler.links import Links
from services.scheduler.mailing.message import Composer
from services.scheduler.mailing.sender import Sender
from services.scheduler.representatives import load
from services.scheduler.roster import Roster
from services.scheduler.settings import SchedulerSettings
from tests.component.scheduler.conftest import Replica
from tests.component.scheduler.sample_call import ISRAEL, SampleCall, a_call, exactly
from tests.integration.mail_server import Mailbox, mail_server

LEAD, NOA, YOAV = "dana@ornat.example", "noa@example.com", "yoav@example.com"


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """That moment of November 2026 by Israel's clocks."""
    return datetime(2026, 11, day, hour, minute, tzinfo=ISRAEL)


@dataclass
class MailDesk:
    """One replica that books and sends."""

    replica: Replica
    desk: BookingDesk
    handlers: Handlers
    sender: Sender
    mailbox: Mailbox

    async def book(self, call: SampleCall | None = None, email: str | None = LEAD, day: int = 26) -> MeetingFacts:
        """A meeting with Noa at ten, on a day of November 2026."""
        call = call or a_call()
        offered = await self.desk.offer(call.offer(exactly(day, 10), count=2))
        slot = next(each for each in offered.slots if each.representative_id == "noa")
        known = call.book(slot.slot_id)
        lead = known.lead.model_copy(update={"email": email})
        booked = await self.desk.book(Book(**dict(known) | {"lead": lead}))
        assert isinstance(booked, Booked), booked
        return booked.meeting

    async def send(self) -> int:
        """Send whatever is due; how many mails were tried."""
        tried = 0
        while await self.sender.send_next():
            tried += 1
        return tried

    async def mails(self, meeting_id: UUID | None = None) -> list[Mail]:
        async with self.replica.ledger.reading() as calendar:
            return sorted(await calendar.mails(meeting_id=meeting_id), key=lambda mail: mail.due_at)

    def later(self, **span: float) -> None:
        self.replica.clock.moment += timedelta(**span)

    def events(self, recipient: str) -> list[tuple[str, int, str]]:
        """Method, sequence and start of every invitation that arrived."""
        found = []
        for message in self.mailbox.messages(recipient):
            for part in message.walk():
                if part.get_content_type() == "text/calendar":
                    calendar = icalendar.Calendar.from_ical(part.get_payload(decode=True))
                    (event,) = calendar.walk("VEVENT")
                    start = event.decoded("dtstart").astimezone(ISRAEL)
                    found.append((calendar["METHOD"], event["SEQUENCE"], start.strftime("%d.%m %H:%M")))
        return found

    def subjects(self, recipient: str) -> list[str]:
        return [message["Subject"].partition(",")[0] for message in self.mailbox.messages(recipient)]


@asynccontextmanager
async def mail_desks(
    replicas: list[Replica], folder: Path, reminder_hours: tuple[float, ...] = ()
) -> AsyncIterator[list[MailDesk]]:
    """The same scheduler twice, with a mail server of its own."""
    async with mail_server(folder) as (mailbox, port):
        settings = SchedulerSettings(
            _env_file=None,
            smtp_host="127.0.0.1",
            smtp_port=port,
            smtp_ca_file=folder / "cert.pem",
            mail_from="אלטה <meetings@alta.example>",
            links_url="https://meet.example",
            links_secret="a secret that is long enough",
            reminder_hours=reminder_hours,
        )
        roster = Roster(load(settings.representatives_file))
        correspondence = Correspondence(roster, settings.mail_language, settings.reminder_hours)
        links = Links(settings, None)  # type: ignore[arg-type]
        await links.load()
        composer = Composer(settings.mail_from or "", links)
        made = []
        for each in replicas:
            desk = BookingDesk(each.ledger, roster, each.clock, 600, followers=[correspondence])
            handlers = Handlers(each.ledger, each.clock, IsraeliHours(), correspondence)
            days = roster.file.working_days
            sender = Sender(each.ledger, SmtpPostman(settings), composer, days, each.clock, 1)
            made.append(MailDesk(each, desk, handlers, sender, mailbox))
        yield made
