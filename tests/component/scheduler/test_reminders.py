"""Reminders come on time or not at all, and whoever opted out is left alone."""

import asyncio

import pytest

from contracts.contacts import ContactOptedOut
from contracts.requests import Cancel, Reschedule
from services.runtime.clock import ISRAEL
from services.scheduler.domain.mail import OPTED_OUT, TOO_LATE, MailStatus
from tests.component.scheduler.mail_desk import LEAD, NOA, MailDesk, at, mail_desks
from tests.component.scheduler.sample_call import SUNDAY, a_call


@pytest.fixture
async def desks(replicas, tmp_path):
    async with mail_desks(replicas, tmp_path, reminder_hours=(24, 1)) as desks:
        yield desks


@pytest.fixture
def desk(desks) -> MailDesk:
    return desks[0]


async def test_reminders_come_on_time_once_and_move_with_the_meeting(desks):
    desk = desks[0]
    meeting = await desk.book()  # Thursday at ten
    await desk.send()
    await desk.desk.reschedule(Reschedule(meeting_id=meeting.meeting_id, slot_id="noa-20261125T0900Z"))
    await desk.send()
    due = [mail.due_at.astimezone(ISRAEL) for mail in await desk.mails() if mail.is_reminder and mail.pending]
    assert due == [at(24, 11)] * 2 + [at(25, 10)] * 2
    reminder = "תזכורת: פגישה עם נועה לביא"
    desk.replica.clock.moment = at(24, 10, 59)
    assert await desk.send() == 0
    desk.replica.clock.moment = at(24, 11)
    await asyncio.gather(*[each.send() for each in desks * 3])
    assert desk.subjects(LEAD).count(reminder) == desk.subjects(NOA).count("תזכורת: פגישה עם דנה כהן (אורנט)") == 1
    desk.replica.clock.moment = at(25, 10, 30)
    await asyncio.gather(*[each.send() for each in desks * 3])
    assert desk.subjects(LEAD).count(reminder) == 2
    desk.later(days=3)
    assert await desk.send() == 0


async def test_a_cancelled_meeting_is_not_reminded_of(desk):
    meeting = await desk.book()
    await desk.send()
    await desk.desk.cancel(Cancel(meeting_id=meeting.meeting_id))
    await desk.send()
    desk.replica.clock.moment = at(26, 9, 30)
    assert await desk.send() == 0
    assert not [subject for subject in desk.subjects(LEAD) if subject.startswith("תזכורת")]


async def test_who_was_away_reminds_of_what_is_still_ahead_and_of_nothing_else(desk):
    await desk.book()
    await desk.send()
    desk.replica.clock.moment = at(26, 9, 15)  # the reminder of a day before was never sent
    await desk.send()
    assert desk.subjects(LEAD) == ["פגישה עם נועה לביא", "תזכורת: פגישה עם נועה לביא"]
    late = [mail for mail in await desk.mails() if mail.status is MailStatus.DROPPED]
    assert {(mail.due_at.astimezone(ISRAEL), mail.reason) for mail in late} == {(at(25, 10), TOO_LATE)}


async def test_nobody_is_reminded_on_shabbat(desk):
    await desk.book(day=29)  # a Sunday: a day before is Shabbat, and Friday is closed
    due = [mail.due_at.astimezone(ISRAEL) for mail in await desk.mails() if mail.is_reminder]
    assert due == [at(26, 10)] * 2 + [at(29, 9)] * 2
    desk.replica.clock.moment = at(28, 10)  # it could not be sent before
    await desk.send()
    assert desk.subjects(LEAD) == []
    desk.replica.clock.moment = at(29, 9)
    await desk.send()
    assert desk.subjects(LEAD) == ["תזכורת: פגישה עם נועה לביא"]


async def test_who_opts_out_is_not_reminded_but_told_when_it_is_off(desk):
    call = a_call()
    meeting = await desk.book(call)
    await desk.send()
    await desk.handlers.opted_out(ContactOptedOut(occurred_at=SUNDAY, lead_id=call.lead_id))
    left = {mail.letter.recipient for mail in await desk.mails() if mail.pending}
    assert left == {NOA}
    await desk.desk.cancel(Cancel(meeting_id=meeting.meeting_id))
    await desk.send()
    assert [method for method, _, _ in desk.events(LEAD)] == ["REQUEST", "CANCEL"]


async def test_who_opts_out_before_the_invitation_went_out_is_written_to_by_nobody(desk):
    call = a_call()
    meeting = await desk.book(call)
    async with desk.replica.ledger.begin() as transaction:  # as committed by another replica at the same moment
        await transaction.note_lead(call.lead_id, opted_out_at=SUNDAY)
    await desk.send()
    await desk.desk.cancel(Cancel(meeting_id=meeting.meeting_id))
    await desk.send()
    assert desk.mailbox.messages(LEAD) == []
    assert [method for method, _, _ in desk.events(NOA)] == ["REQUEST", "CANCEL"]
    assert OPTED_OUT in {mail.reason for mail in await desk.mails()}
