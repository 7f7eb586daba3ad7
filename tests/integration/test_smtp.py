"""Letters over the real wire: TLS, passwords, refusals, and the message as an independent parser reads it."""

import asyncio
import re
from dataclasses import replace
from email import message_from_bytes, message_from_string, policy
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messiah import mail_checks
from messiah.findings import Health
from services.runtime.errors import InvalidMessage, Refused, Unavailable
from services.runtime.mail import SmtpPostman
from services.scheduler.domain.calendar import CalDavAccess
from services.scheduler.domain.correspondence import Writer
from services.scheduler.domain.letter import Occasion
from services.scheduler.domain.mail import Mail
from services.scheduler.links import Links
from services.scheduler.mailing.message import Composer
from services.scheduler.settings import SchedulerSettings
from tests.integration.mail_server import PASSWORD, USER, mail_server
from tests.unit.scheduler.conftest import representative
from tests.unit.scheduler.icalendar_lines import read
from tests.unit.scheduler.sample_meeting import BOOKED_AT, START, meeting

LEAD, OURS = "dana@ornat.example", "noa@example.com"
NOA = representative(name="נועה לביא", location="זום", meeting_url="https://zoom.example/j/1?a=1&b=2")


def _settings(folder: Path, port: int, **more) -> SchedulerSettings:
    known = {
        "smtp_host": "127.0.0.1",
        "smtp_port": port,
        "smtp_ca_file": folder / "cert.pem",
        "mail_from": "אלטה פגישות <meetings@alta.example>",
        "links_url": "https://meet.example",
        "links_secret": "a secret that is long enough",
    }
    return SchedulerSettings(_env_file=None, **known | more)


async def _composer(settings: SchedulerSettings) -> Composer:
    links = Links(settings, None)  # type: ignore[arg-type]
    await links.load()
    return Composer(settings.mail_from or "", links)


def _mail(occasion: Occasion = Occasion.INVITATION, language="he", **changes) -> Mail:
    mail = next(Writer(language, BOOKED_AT).news(meeting(**changes), None, NOA, None))
    return replace(mail, letter=replace(mail.letter, occasion=occasion))


async def _send(mail: Mail, settings: SchedulerSettings) -> None:
    composer = await _composer(settings)
    await SmtpPostman(settings).deliver(composer.sender, mail.letter.recipient, composer.compose(mail))


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
async def test_a_letter_arrives_over_tls_with_a_password(tmp_path, tls):
    async with mail_server(tmp_path, implicit=tls == "implicit", password=True) as (mailbox, port):
        login = {"smtp_username": USER.decode(), "smtp_password": PASSWORD.decode()}
        await _send(_mail(), _settings(tmp_path, port, smtp_tls=tls, **login))
        assert mailbox.logged_in == [True]
        assert [to for to, _ in mailbox.accepted] == [LEAD]


async def test_somebody_whose_calendar_we_write_to_is_not_invited_as_well(tmp_path):
    access = {"kind": "caldav", "url": "https://dav.example/", "username": "noa", "password_env": "CALENDAR_NOA"}
    connected = NOA.model_copy(update={"calendar": CalDavAccess.model_validate(access)})
    mails = {mail.letter.recipient: mail for mail in Writer("he", BOOKED_AT).news(meeting(), None, connected, None)}
    composer = await _composer(_settings(tmp_path, 25))
    parts = {
        to: [part.get_content_type() for part in message_from_bytes(composer.compose(mail)).walk()]
        for to, mail in mails.items()
    }
    assert "text/calendar" in parts[LEAD]
    assert parts[OURS] == ["multipart/alternative", "text/plain", "text/html"]


async def test_an_invitation_as_it_arrives(tmp_path):
    async with mail_server(tmp_path) as (mailbox, port):
        await _send(_mail(), _settings(tmp_path, port))
        (raw,) = [body for _, body in mailbox.accepted]
        (message,) = mailbox.messages(LEAD)
    assert raw.isascii()
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert not message.defects
    assert message["Subject"] == "פגישה עם נועה לביא, יום שלישי 24.11 בשעה 10:30"
    assert str(message["From"].addresses[0]) == "אלטה פגישות <meetings@alta.example>"
    assert message["To"].addresses[0].addr_spec == LEAD
    assert message["Reply-To"].addresses[0].addr_spec == OURS
    assert parsedate_to_datetime(message["Date"]) == BOOKED_AT
    assert re.fullmatch(r"<[0-9a-f-]{36}\.0\.[0-9a-f]{32}@alta\.example>", message["Message-ID"])
    assert message["Auto-Submitted"] == "auto-generated"
    kinds = [part.get_content_type() for part in message.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html", "text/calendar", "application/ics"]
    plain, html, calendar, attached = (part for part in message.walk() if not part.is_multipart())
    assert calendar["Content-Type"].params["method"] == "REQUEST"
    assert attached.get_filename() == "invite.ics"
    body = attached.get_payload(decode=True)
    assert calendar.get_payload(decode=True) == body
    assert read(body).value("METHOD") == "REQUEST"
    (event,) = icalendar.Calendar.from_ical(body).walk("VEVENT")
    assert event.decoded("dtstart") == START
    text = plain.get_content()
    assert text.startswith("שלום דנה כהן,")
    assert "מועד: יום שלישי, 24 בנובמבר 2026 בשעה 10:30" in text
    assert re.search(r"לביטול הפגישה: https://meet\.example/m/\S+#cancel", text)
    assert "+972" not in text
    markup = html.get_content()
    assert '<html lang="he" dir="rtl">' in markup
    assert 'href="https://zoom.example/j/1?a=1&amp;b=2"' in markup


async def test_a_cancellation_and_a_reminder_as_they_arrive(tmp_path):
    async with mail_server(tmp_path) as (mailbox, port):
        settings = _settings(tmp_path, port)
        await _send(_mail(Occasion.CANCELLATION, sequence=1), settings)
        await _send(_mail(Occasion.REMINDER), settings)
        cancellation, reminder = mailbox.messages(LEAD)
    assert cancellation["Subject"].startswith("בוטלה: פגישה עם נועה לביא")
    (part,) = [each for each in cancellation.walk() if each.get_content_type() == "text/calendar"]
    assert part["Content-Type"].params["method"] == "CANCEL"
    assert "/m/" not in cancellation.get_body(("plain",)).get_content()
    assert reminder["Subject"].startswith("תזכורת: ")
    assert {each.get_content_type() for each in reminder.walk()} == {"multipart/alternative", "text/plain", "text/html"}
    assert reminder["References"] == cancellation["References"]


async def test_the_same_mail_is_the_same_message_however_often_it_is_written(tmp_path):
    composer = await _composer(_settings(tmp_path, 25))

    def told(mail):
        head, _, _ = composer.compose(mail).partition(b"\r\n\r\n")
        return re.findall(rb"^Message-ID: (.*)\r?$", head, re.MULTILINE)

    assert told(_mail()) == told(_mail())
    assert told(_mail()) != told(_mail(sequence=1))


async def test_english_is_left_to_right_and_names_are_escaped(tmp_path):
    settings = _settings(tmp_path, 25, links_url=None)
    lead = meeting().lead.model_copy(update={"name": "<script>\r\nBcc: x@y.example"})
    message = (await _composer(settings)).compose(_mail(language="en", lead=lead)).decode()
    assert "Bcc: x@y.example" not in [line for line in message.splitlines() if not line.startswith(" ")]
    assert "Subject: " in message
    parsed = message_from_string(message, policy=policy.default)
    html = parsed.get_body(("html",)).get_content()
    assert '<html lang="en" dir="ltr">' in html
    assert "<script>" not in html
    assert "reply to this message" in parsed.get_body(("plain",)).get_content()


@cache
def _known_composer() -> Composer:
    return asyncio.run(_composer(_settings(Path(), 25)))


TEXT = st.text(st.characters(codec="utf-8"), max_size=120)


@given(name=TEXT, company=TEXT, said=TEXT, who=TEXT.filter(str.strip), occasion=st.sampled_from(Occasion))
@settings(max_examples=60)
def test_whatever_people_are_called_a_mail_is_a_mail_and_a_calendar_a_calendar(name, company, said, who, occasion):
    composer = _known_composer()
    lead = meeting().lead.model_copy(update={"name": name, "company": company, "current_challenges": said})
    ours = NOA.model_copy(update={"name": who})
    for mail in Writer("he", BOOKED_AT).news(meeting(lead=lead, representative_name=who), None, ours, None):
        raw = composer.compose(replace(mail, letter=replace(mail.letter, occasion=occasion)))
        assert raw.isascii()
        message = message_from_bytes(raw, policy=policy.default)
        assert not message.defects
        assert message["To"].addresses[0].addr_spec == mail.letter.recipient
        assert len(message.get_all("Subject")) == len(message.get_all("To")) == 1
        for part in message.walk():
            if part.get_content_type() == "text/calendar":
                read(part.get_payload(decode=True))


async def test_greylisting_is_for_now_and_550_is_for_good(tmp_path):
    async with mail_server(tmp_path) as (mailbox, port):
        settings = _settings(tmp_path, port)
        mailbox.refusals[LEAD] = ["451 4.7.1 greylisted, try again later", "550 5.1.1 no such user"]
        with pytest.raises(Unavailable, match=r"451 .*greylisted"):
            await _send(_mail(), settings)
        with pytest.raises(Refused, match=r"550 .*no such user"):
            await _send(_mail(), settings)
        mailbox.data_answers = ["554 5.7.1 looks like spam", "452 4.3.1 no room"]
        with pytest.raises(Refused, match=r"spam"):
            await _send(_mail(), settings)
        with pytest.raises(Unavailable, match=r"no room"):
            await _send(_mail(), settings)
        assert not mailbox.accepted
        await _send(_mail(), settings)
        assert len(mailbox.accepted) == 1


async def test_a_certificate_that_nobody_vouches_for_is_not_trusted(tmp_path):
    async with mail_server(tmp_path) as (mailbox, port):
        with pytest.raises(Unavailable, match=r"(?i)certificate"):
            await _send(_mail(), _settings(tmp_path, port, smtp_ca_file=None))
        assert not mailbox.accepted


async def test_a_wrong_password_and_a_missing_server_are_for_now(tmp_path):
    async with mail_server(tmp_path, password=True) as (_, port):
        settings = _settings(tmp_path, port, smtp_username="x", smtp_password="wrong")
        with pytest.raises(Unavailable, match="SMTP_PASSWORD"):
            await _send(_mail(), settings)
    with pytest.raises(InvalidMessage, match="SMTP_CA_FILE"):
        SmtpPostman(_settings(tmp_path, port, smtp_ca_file=tmp_path / "nowhere.pem"))
    with pytest.raises(Unavailable, match="SMTP_HOST"):
        await _send(_mail(), settings)


async def test_an_acceptance_that_is_lost_on_the_way_counts_as_none(tmp_path):
    async with mail_server(tmp_path) as (mailbox, port):
        mailbox.data_answers = ["drop"]
        with pytest.raises(Unavailable):
            await _send(_mail(), _settings(tmp_path, port))
        assert len(mailbox.accepted) == 1


async def test_the_doctor_asks_the_mail_server_and_sends_nothing(tmp_path):
    assert (await mail_checks.mail(SchedulerSettings(_env_file=None))).health is Health.ABSENT
    async with mail_server(tmp_path, password=True) as (mailbox, port):
        known = {
            "smtp_username": USER.decode(),
            "smtp_password": PASSWORD.decode(),
            "representatives_file": "mine.yaml",
        }
        assert (await mail_checks.mail(_settings(tmp_path, port, **known))).health is Health.GOOD
        assert "LINKS_URL" in (await mail_checks.mail(_settings(tmp_path, port, **known, links_url=None))).remedy
        wrong = await mail_checks.mail(_settings(tmp_path, port, **known | {"smtp_password": "wrong"}))
        assert (wrong.health, "SMTP_PASSWORD" in wrong.detail) == (Health.BROKEN, True)
        known.pop("representatives_file")
        assert "REPRESENTATIVES_FILE" in (await mail_checks.mail(_settings(tmp_path, port, **known))).remedy
        assert not mailbox.accepted
