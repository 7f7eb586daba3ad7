"""Mails about meetings: each once, whoever sends; none of what is outdated; reminders on time or not at all."""

import asyncio
import re
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

import services.scheduler.app
from contracts.calls import CallConcluded
from contracts.requests import Cancel, Refused, Reschedule
from contracts.values import Disposition, Outcome
from services.runtime.errors import Unavailable
from services.scheduler.domain.mail import CLAIM, SUPERSEDED, MailStatus
from services.scheduler.settings import SchedulerSettings
from tests.component.scheduler.mail_desk import LEAD, NOA, YOAV, MailDesk, mail_desks
from tests.component.scheduler.sample_call import SUNDAY, a_call
from tests.component.scheduler.test_service import Asker
from tests.integration.mail_server import mail_server


@pytest.fixture
async def desks(replicas, tmp_path):
    async with mail_desks(replicas, tmp_path, reminder_hours=(24, 1)) as desks:
        yield desks


@pytest.fixture
def desk(desks) -> MailDesk:
    return desks[0]


async def test_both_are_invited_once_whoever_sends(desks):
    meeting = await desks[0].book()
    await asyncio.gather(*[each.send() for each in desks * 3])
    assert sorted(to for to, _ in desks[0].mailbox.accepted) == [LEAD, NOA]
    assert desks[0].events(LEAD) == desks[0].events(NOA) == [("REQUEST", 0, "26.11 10:00")]
    invited = [mail for mail in await desks[0].mails(meeting.meeting_id) if not mail.is_reminder]
    assert {mail.status for mail in invited} == {MailStatus.SENT}
    assert {mail.attempts for mail in invited} == {1}


async def test_nothing_is_written_of_a_booking_that_was_refused(desk):
    call = a_call()
    await desk.book(call)
    before = len(await desk.mails())
    assert isinstance(await desk.desk.book(a_call().book("noa-20261126T0800Z")), Refused)
    assert len(await desk.mails()) == before


async def test_a_server_that_wants_to_be_asked_again_is_asked_again_later(desk):
    desk.mailbox.refusals[LEAD] = ["451 4.7.1 greylisted", "421 4.3.0 busy"]
    await desk.book()
    assert await desk.send() == 2
    assert await desk.send() == 0
    waiting = next(mail for mail in await desk.mails() if mail.letter.recipient == LEAD and not mail.is_reminder)
    assert (waiting.status, waiting.attempts) == (MailStatus.PENDING, 1)
    assert "greylisted" in (waiting.reason or "")
    desk.later(minutes=1)
    await desk.send()
    desk.later(minutes=1)
    assert await desk.send() == 0
    desk.later(minutes=1)
    await desk.send()
    desk.later(hours=12)
    await desk.send()
    assert desk.subjects(LEAD) == ["פגישה עם נועה לביא"]


async def test_an_address_that_does_not_exist_fails_and_says_why(desk):
    desk.mailbox.refusals[LEAD] = ["550 5.1.1 no such user"]
    meeting = await desk.book()
    await desk.send()
    desk.later(hours=12)
    assert await desk.send() == 0
    failed = [mail for mail in await desk.mails(meeting.meeting_id) if mail.status is MailStatus.FAILED]
    assert [(mail.letter.recipient, mail.reason) for mail in failed] == [(LEAD, "550 5.1.1 no such user")]


async def test_a_server_that_is_away_for_a_day_is_given_up(desk):
    desk.mailbox.refusals[LEAD] = ["451 later"] * 100
    await desk.book(day=30)
    for _ in range(16):
        await desk.send()
        desk.later(minutes=100)
    mail = next(mail for mail in await desk.mails() if mail.letter.recipient == LEAD and not mail.is_reminder)
    assert mail.status is MailStatus.FAILED
    assert "given up" in (mail.reason or "")
    assert mail.attempts > 10


async def test_a_meeting_that_moves_and_ends_tells_so_with_growing_sequence(desk):
    meeting = await desk.book()
    await desk.send()
    moved = await desk.desk.reschedule(Reschedule(meeting_id=meeting.meeting_id, slot_id="noa-20261125T0900Z"))
    assert moved.kind == "booked"
    await desk.send()
    await desk.desk.cancel(Cancel(meeting_id=meeting.meeting_id))
    await desk.desk.cancel(Cancel(meeting_id=meeting.meeting_id))
    await desk.send()
    told = [("REQUEST", 0, "26.11 10:00"), ("REQUEST", 1, "25.11 11:00"), ("CANCEL", 2, "25.11 11:00")]
    assert desk.events(LEAD) == desk.events(NOA) == told
    assert desk.subjects(LEAD) == ["פגישה עם נועה לביא", "שינוי מועד: פגישה עם נועה לביא", "בוטלה: פגישה עם נועה לביא"]
    ids = {message["Message-ID"] for message in desk.mailbox.messages(LEAD)}
    assert len(ids) == 3
    desk.later(days=5)
    assert await desk.send() == 0


async def test_whoever_loses_a_meeting_is_told_that_it_is_off(desk):
    meeting = await desk.book()
    await desk.send()
    await desk.desk.reschedule(Reschedule(meeting_id=meeting.meeting_id, slot_id="yoav-20261126T0900Z"))
    await desk.send()
    assert desk.events(NOA) == [("REQUEST", 0, "26.11 10:00"), ("CANCEL", 1, "26.11 10:00")]
    assert desk.events(YOAV) == [("REQUEST", 1, "26.11 11:00")]
    assert desk.events(LEAD)[1:] == [("REQUEST", 1, "26.11 11:00")]


async def test_news_that_is_old_before_it_was_sent_is_not_sent(desk):
    meeting = await desk.book()
    await desk.desk.reschedule(Reschedule(meeting_id=meeting.meeting_id, slot_id="noa-20261125T0900Z"))
    await desk.send()
    assert desk.events(LEAD) == [("REQUEST", 1, "25.11 11:00")]
    dropped = [mail for mail in await desk.mails() if mail.status is MailStatus.DROPPED]
    assert {mail.reason for mail in dropped} == {SUPERSEDED}


async def test_a_lead_who_says_the_address_after_the_booking_is_invited_when_the_call_is_over(desk):
    call = a_call()
    meeting = await desk.book(call, email=None)
    await desk.send()
    event = CallConcluded(
        occurred_at=SUNDAY,
        call_id=call.call_id,
        lead_id=call.lead_id,
        outcome=Outcome.MEETING_BOOKED,
        disposition=Disposition.ANSWERED,
        meeting=meeting,
        email=LEAD,
    )
    for _ in range(2):
        await desk.handlers.call_concluded(event)
    await desk.send()
    assert desk.events(LEAD) == [("REQUEST", 0, "26.11 10:00")]
    assert len([mail for mail in await desk.mails() if mail.letter.recipient == LEAD and mail.is_reminder]) == 2
    await desk.desk.cancel(Cancel(meeting_id=meeting.meeting_id))
    await desk.send()
    assert [method for method, _, _ in desk.events(LEAD)] == ["REQUEST", "CANCEL"]


async def test_killed_between_the_servers_answer_and_the_commit_it_is_sent_again_under_the_same_id(desks, monkeypatch):
    """The one case in which a mail comes twice; its Message-ID says that it is the same."""

    async def killed(*_):
        raise asyncio.CancelledError

    await desks[0].book()
    with monkeypatch.context() as patch:
        patch.setattr(desks[0].sender, "_mark", killed)
        for _ in range(2):
            with pytest.raises(asyncio.CancelledError):
                await desks[0].sender.send_next()
    assert await desks[1].send() == 0
    desks[1].later(seconds=CLAIM.total_seconds())
    assert await desks[1].send() == 2
    desks[1].later(hours=1)
    assert await desks[0].send() == 0
    first, second = desks[0].mailbox.messages(LEAD)
    assert first["Message-ID"] == second["Message-ID"]
    assert re.match(r"<[0-9a-f-]{36}\.0\.", first["Message-ID"])


async def test_a_store_that_is_away_after_the_acceptance_does_not_make_it_be_sent_again(desk, monkeypatch):
    await desk.book(email=None)
    begin, away = desk.replica.ledger.begin, ["once", "twice"]

    def sometimes():
        if desk.mailbox.accepted and away:
            away.pop()
            raise Unavailable("the database is away")
        return begin()

    monkeypatch.setattr("services.scheduler.mailing.sender._MARK_AGAIN_S", 0.0)
    monkeypatch.setattr(desk.replica.ledger, "begin", sometimes)
    await desk.send()
    assert not away
    desk.later(hours=1)
    assert await desk.send() == 0
    assert len(desk.mailbox.accepted) == 1


async def test_a_connection_that_breaks_after_the_data_is_tried_again(desk):
    desk.mailbox.data_answers = ["drop"]
    await desk.book(email=None)
    await desk.send()
    desk.later(minutes=1)
    await desk.send()
    assert len({message["Message-ID"] for message in desk.mailbox.messages(NOA)}) == 1
    assert len(desk.mailbox.accepted) == 2


async def test_what_was_dropped_while_it_was_on_its_way_is_not_tried_again(desk):
    desk.mailbox.refusals[NOA] = ["451 later"]
    meeting = await desk.book(email=None)
    async with desk.replica.ledger.begin() as transaction:
        mail = await transaction.claim_mail(desk.replica.clock.now())
        assert mail is not None
        await transaction.change_mail(mail.claimed(desk.replica.clock.now()))
    await desk.desk.reschedule(Reschedule(meeting_id=meeting.meeting_id, slot_id="noa-20261125T0900Z"))
    await desk.sender._mark(mail, lambda known: known.refused_for_now("451 later", desk.replica.clock.now()))
    (known,) = [each for each in await desk.mails() if each.mail_id == mail.mail_id]
    assert known.status is MailStatus.DROPPED


async def test_whole_schedulers_send_what_is_booked_over_the_broker(broker, nats_server, database_url, tmp_path):
    async with mail_server(tmp_path) as (mailbox, port), AsyncExitStack() as running:
        settings = SchedulerSettings(
            _env_file=None,
            nats_url=nats_server.url,
            database_url=database_url,
            messiah_var=tmp_path,
            smtp_host="localhost",
            smtp_port=port,
            smtp_ca_file=tmp_path / "cert.pem",
            mail_from="meetings@alta.example",
            mail_tick_s=0.05,
        )
        for _ in range(2):
            service = await services.scheduler.app.build(settings)
            await service.start()
            running.push_async_callback(service.stop)
        asker = Asker(broker)
        booked = [(await asker.book(a_call())).meeting for _ in range(3)]
        await mailbox.until(3)
        await asker.ask(Cancel(meeting_id=booked[0].meeting_id))
        await mailbox.until(4)
    told = [message["Message-ID"] for to in (NOA, YOAV) for message in mailbox.messages(to)]
    assert len(told) == len(set(told)) == 4
    assert {each.split(".")[0].strip("<") for each in told} == {str(each.meeting_id) for each in booked}


async def test_old_mails_are_forgotten_and_those_that_wait_are_not(desk):
    await desk.book()
    await desk.send()
    async with desk.replica.ledger.begin() as transaction:
        await transaction.forget_mails(SUNDAY + timedelta(days=1))
    assert {mail.status for mail in await desk.mails()} == {MailStatus.PENDING}
