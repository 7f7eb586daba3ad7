"""Who is written to, when reminders are due, and what becomes of a mail."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from contracts.values import LeadFacts
from services.runtime.clock import ISRAEL
from services.runtime.email_address import is_address
from services.scheduler.domain.correspondence import Writer, wanted
from services.scheduler.domain.letter import Audience, Occasion
from services.scheduler.domain.mail import BACKOFF, NO_ADDRESS, Mail, MailStatus
from services.scheduler.domain.reminder import Reminder, is_rest, reminders, working_moment
from services.scheduler.domain.working_days import WorkingDays
from tests.unit.scheduler.conftest import representative
from tests.unit.scheduler.sample_meeting import BOOKED_AT, START, meeting

NOA = representative(name="נועה לביא")
YOAV = representative(id="yoav", email="yoav@example.com", language="en")
WRITER = Writer("he", BOOKED_AT)
HOUR = timedelta(hours=1)


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ISRAEL)


def _told(mails) -> list[tuple[str, Occasion, str]]:
    return [(mail.letter.recipient, mail.letter.occasion, mail.letter.language) for mail in mails]


def test_a_booking_invites_both():
    mails = list(WRITER.news(meeting(), None, NOA, None))
    invited = Occasion.INVITATION
    assert _told(mails) == [("dana@ornat.example", invited, "he"), ("noa@example.com", invited, "he")]
    assert {mail.give_up_at - mail.due_at for mail in mails} == {timedelta(days=1)}


def test_a_lead_without_an_address_is_not_written_to():
    mails = list(WRITER.news(meeting(lead=LeadFacts(name="דנה")), None, YOAV, None))
    assert _told(mails) == [("yoav@example.com", Occasion.INVITATION, "en")]


def test_a_move_tells_both_where_it_was_and_withdraws_it_from_whom_it_left():
    before = meeting()
    moved = meeting(representative_id="yoav", start=START + HOUR, end=START + 2 * HOUR, sequence=1)
    lead, new, old = WRITER.news(moved, before, YOAV, NOA)
    assert [lead.letter.occasion, new.letter.occasion, old.letter.occasion] == [
        Occasion.MOVE,
        Occasion.MOVE,
        Occasion.CANCELLATION,
    ]
    assert lead.letter.previous_start == new.letter.previous_start == START
    assert (old.letter.recipient, old.letter.meeting.start, old.letter.meeting.sequence) == (NOA.email, START, 1)


def test_nobody_is_told_of_a_meeting_that_is_over():
    late = Writer("he", START + HOUR)
    assert not list(late.news(meeting(sequence=1), meeting(), NOA, NOA))
    assert not list(late.invitation(meeting(), NOA))


def test_the_same_news_to_the_same_address_is_one_mail():
    first, again = (list(WRITER.news(meeting(), None, NOA, None)) for _ in range(2))
    later = list(WRITER.news(meeting(sequence=1), meeting(), NOA, NOA))
    assert [mail.mail_id for mail in first] == [mail.mail_id for mail in again]
    assert len({mail.mail_id for mail in first + later}) == 4


@pytest.mark.parametrize(
    "address",
    [
        "dana at ornat",
        "דנה@ornat.example",
        "a@b.example\nBcc: x@y.example",
        "a b@c.example",
        "a..b@c.example",
        ".a@c.example",
    ],
)
def test_what_is_no_address_fails_at_once_and_says_so(address):
    assert not is_address(address)
    mail = next(WRITER.news(meeting(lead=LeadFacts(email=address)), None, NOA, None))
    assert (mail.status, mail.reason) == (MailStatus.FAILED, NO_ADDRESS)


def test_nobody_is_reminded_at_what_is_no_address():
    known = meeting(lead=LeadFacts(email="dana at ornat"))
    mails = list(WRITER.reminders(known, NOA, [Reminder(START - HOUR, START)]))
    assert _told(mails) == [("noa@example.com", Occasion.REMINDER, "he")]


def _mail(occasion: Occasion, **changes) -> Mail:
    known = next(WRITER.news(meeting(), None, NOA, None))
    return replace(known, letter=replace(known.letter, occasion=occasion), **changes)


def test_who_opted_out_only_gets_what_corrects_an_invitation_that_may_have_arrived():
    sent, tried, waiting = (
        _mail(Occasion.INVITATION, status=MailStatus.SENT),
        _mail(Occasion.INVITATION, attempts=1),
        _mail(Occasion.INVITATION),
    )
    assert not wanted(_mail(Occasion.REMINDER), [sent], opted_out=True)
    assert not wanted(_mail(Occasion.INVITATION), [sent], opted_out=True)
    for correction in (_mail(Occasion.MOVE), _mail(Occasion.CANCELLATION)):
        assert wanted(correction, [sent], opted_out=True)
        assert wanted(correction, [tried], opted_out=True)
        assert not wanted(correction, [waiting], opted_out=True)
    assert wanted(_mail(Occasion.REMINDER), [], opted_out=False)
    _, ours = WRITER.news(meeting(), None, NOA, None)
    assert ours.letter.audience is Audience.REPRESENTATIVE
    assert wanted(ours, [], opted_out=True)


def test_a_refused_mail_is_tried_again_ever_more_slowly_for_a_day():
    mail, now = _mail(Occasion.INVITATION), BOOKED_AT
    tried = []
    while mail.pending:
        mail = mail.claimed(now).refused_for_now("451 later", now)
        tried.append(now)
        now = mail.attempt_at
    gaps = [later - earlier for earlier, later in pairwise(tried)]
    assert gaps[:3] == [timedelta(minutes=minutes) for minutes in (1, 2, 4)]
    assert gaps == sorted(gaps)
    assert timedelta(hours=22) < tried[-1] - tried[0] < timedelta(days=1)
    assert mail.status is MailStatus.FAILED
    assert "451 later" in (mail.reason or "")
    assert BACKOFF.after(10_000) == HOUR


WEEK = WorkingDays()


def test_reminders_end_when_the_next_one_or_the_meeting_comes():
    start = at(25, 10)
    day, hour = reminders(start, at(22, 10), [1, 24], ISRAEL, WEEK)
    assert (day.due_at, day.give_up_at) == (at(24, 10), at(25, 9))
    assert (hour.due_at, hour.give_up_at) == (at(25, 9), start)


def test_no_reminder_lies_in_the_past():
    assert [each.due_at for each in reminders(at(25, 10), at(24, 12), [24, 1], ISRAEL, WEEK)] == [at(25, 9)]
    assert not reminders(at(25, 10), at(25, 9), [24, 1], ISRAEL, WEEK)


@pytest.mark.parametrize(
    ("due", "moved"),
    [
        (at(24, 10), at(24, 10)),
        (at(28, 10), at(26, 10)),  # Shabbat, and Friday is closed: Thursday
        (at(27, 16), at(26, 16)),  # Friday
    ],
    ids=["tuesday", "shabbat", "friday"],
)
def test_a_reminder_on_a_day_of_rest_moves_to_the_working_day_before(due, moved):
    assert working_moment(due, ISRAEL, WEEK) == moved


def test_the_evening_of_a_short_day_is_rest_and_what_is_due_then_moves_to_its_end():
    fridays = WorkingDays(fridays=True)
    assert working_moment(at(27, 16), ISRAEL, fridays) == at(27, 13)
    assert working_moment(at(28, 16), ISRAEL, fridays) == at(27, 13)
    assert not is_rest(at(27, 13, 5), ISRAEL, fridays)
    assert is_rest(at(27, 16), ISRAEL, fridays)
    assert is_rest(at(28, 0, 30), ISRAEL, fridays)


def test_nobody_is_reminded_on_yom_kippur_or_late_on_its_eve():
    assert is_rest(at(21, 10, month=9), ISRAEL, WEEK)
    assert working_moment(at(21, 10, month=9), ISRAEL, WEEK) == at(20, 10, month=9)
    assert working_moment(at(21, 15, month=9), ISRAEL, WEEK) == at(20, 13, month=9)


def test_two_reminders_that_move_to_the_same_moment_are_one():
    sunday = at(29, 10)
    assert len(reminders(sunday, at(22, 10), [24, 48], ISRAEL, WEEK)) == 1
