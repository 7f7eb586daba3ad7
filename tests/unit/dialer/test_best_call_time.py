"""When a lead would like to be called: what people write, what it narrows, and what it never widens."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dialer.domain.best_call_time import UnreadableWish, heeding, read_wish
from services.dialer.domain.calling_hours import AlwaysOpen, IsraeliHours
from services.dialer.domain.gate import decide
from services.dialer.domain.israeli_calendar import ISRAEL
from services.dialer.domain.rules import calling_hours
from services.dialer.domain.weekly_hours import Narrowed, WeeklyHours
from tests.unit.dialer.samples import NOW, context, lead

LETTERS = "אבגדהוש"

READABLE = {
    "בוקר": "אבגדהוש 08:00-12:00",
    "בבוקר": "אבגדהוש 08:00-12:00",
    'אחה"צ': "אבגדהוש 14:00-18:30",
    "אחה״צ": "אבגדהוש 14:00-18:30",
    "אחר הצהריים": "אבגדהוש 14:00-18:30",
    "9:00-12:00": "אבגדהוש 09:00-12:00",
    "9-12": "אבגדהוש 09:00-12:00",
    "9.30–11.30": "אבגדהוש 09:30-11:30",
    "8-16": "אבגדהוש 08:00-16:00",
    "10-4": "אבגדהוש 10:00-16:00",
    "4-6": "אבגדהוש 16:00-18:00",
    'בין 4 ל-6 אחה"צ': "אבגדהוש 16:00-18:00",
    "בין השעות 10:00 ל-13:00": "אבגדהוש 10:00-13:00",
    "מ-9 עד 12": "אבגדהוש 09:00-12:00",
    "from 9am to 12pm": "אבגדהוש 09:00-12:00",
    "after 14:00": "אבגדהוש 14:00-24:00",
    "אחרי ארבע": "אבגדהוש 16:00-24:00",
    "12:00 ואילך": "אבגדהוש 12:00-24:00",
    "לפני 12": "אבגדהוש 00:00-12:00",
    "2pm": "אבגדהוש 14:00-15:00",
    "9 בבוקר": "אבגדהוש 09:00-10:00",
    "בסביבות 11": "אבגדהוש 10:30-11:30",
    "בוקר 9-11": "אבגדהוש 09:00-11:00",
    "בוקר או ערב": "אבגדהוש 08:00-12:00 17:00-21:00",
    "בוקר/צהריים": "אבגדהוש 08:00-15:00",
    "9:00-11:00, 15:00-17:00": "אבגדהוש 09:00-11:00 15:00-17:00",
    "ימי א-ג": "אבג 00:00-24:00",
    "ימים א'-ה' 9:00-13:00": "אבגדה 09:00-13:00",
    "א,ג,ה": "אגה 00:00-24:00",
    "ימי א', ג' בבוקר": "אג 08:00-12:00",
    "יום ב 9-12": "ב 09:00-12:00",
    "ב-9": "אבגדהוש 09:00-10:00",
    "ראשון ושלישי בצהריים": "אג 12:00-15:00",
    "ימים א,ג 9:00-12:00": "אג 09:00-12:00",
    "א,ב 15:00-18:00": "אב 15:00-18:00",
    "א, ו 9-12": "או 09:00-12:00",
    "ימי א'-ג', ה' 9:00-12:00": "אבגה 09:00-12:00",
    "א-ב,ד 10:00-11:00": "אבד 10:00-11:00",
    "ימי א ו-ג 9-12": "אג 09:00-12:00",
    "א,ב-ד 9-12": "אבגד 09:00-12:00",
    "א, ב-9": "א 09:00-10:00",
    "Sun-Thu 9-12": "אבגדה 09:00-12:00",
    "weekdays after 10": "אבגדה 10:00-24:00",
    "Tuesday/Thursday": "גה 00:00-24:00",
    'ימי א-ג בוקר, ד-ה אחה"צ': "אבג 08:00-12:00; דה 14:00-18:30",
    "אחרי 14:00 בימי א'-ד'": "אבגד 14:00-24:00",
    "לא בשישי": "אבגדהש 00:00-24:00",
    "לא זמין בבוקר": "אבגדהוש 00:00-08:00 12:00-24:00",
    "לא לפני 10": "אבגדהוש 10:00-24:00",
    "בוקר, לא ביום שישי": "אבגדהש 08:00-12:00",
    "לא שישי ולא בערב": "אבגדהש 00:00-17:00 21:00-24:00",
    "after 2pm except friday": "אבגדהש 14:00-24:00",
}


def written_out(week: WeeklyHours) -> str:
    """Weekdays by their letters, with the spans of each."""
    days: dict[str, str] = {}
    for letter, spans in zip(LETTERS, week.days, strict=True):
        text = " ".join(f"{start:%H:%M}-{'24:00' if end == time.max else f'{end:%H:%M}'}" for start, end in spans)
        if text:
            days[text] = days.get(text, "") + letter
    return "; ".join(f"{letters} {text}" for text, letters in days.items())


@pytest.mark.parametrize(("written", "meaning"), READABLE.items())
def test_what_people_write_is_read(written, meaning):
    week = read_wish(written)
    assert week is not None
    assert written_out(week) == meaning


@pytest.mark.parametrize("written", ["", "  ", "-", "כל היום", "מתי שנוח", "any time", None, "‏"])
def test_no_wish_is_no_wish(written):
    assert read_wish(written) is None


@pytest.mark.parametrize(
    "written",
    ["אחרי החגים", "בוקר זה זמן רע", "09-דצמ", "25:00", "24:00", "17:00-9:00", "call the office", "9-12-2026"],
)
def test_what_is_not_understood_to_the_last_word_is_not_heeded(written):
    with pytest.raises(UnreadableWish, match="write it as 9:00-12:00"):
        read_wish(written)


@given(st.text(alphabet="אבגדהובוקריםצה\"'0123456789:-–,;/ לאaftermnpsu+().", max_size=40))
def test_whatever_is_written_is_read_or_refused(written):
    try:
        week = read_wish(written)
    except UnreadableWish:
        return
    for spans in week.days if week else ():
        assert all(start < end for start, end in spans)
        assert all(one[1] < other[0] for one, other in pairwise(spans))


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from(sorted(READABLE)),
)
def test_a_wish_narrows_lawful_hours_and_never_widens_them(moment, written):
    lawful = IsraeliHours()
    hours, unheeded = heeding(lawful, written, moment)
    assert unheeded is None
    opening = hours.next_open(moment)
    week = read_wish(written)
    assert week is not None
    assert opening >= moment
    assert opening in week
    assert lawful.is_open(opening)
    for minutes in range(0, min(int((opening - moment).total_seconds() // 60), 3000), 23):
        between = moment + timedelta(minutes=minutes)
        assert not (between in week and lawful.is_open(between))


def at(day: int, hour: int) -> datetime:
    """A day of November 2026; the 22nd is a Sunday."""
    return datetime(2026, 11, day, hour, tzinfo=ISRAEL)


def test_the_gate_waits_for_the_time_that_was_asked_for():
    wishing = lead(best_call_time="ימי ב-ד אחרי 14:00")
    decision = decide(context(wishing))
    assert decision.until == at(23, 14)
    assert "the best call time is 'ימי ב-ד אחרי 14:00'" in decision.in_words
    assert decide(replace(context(wishing), now=at(23, 14))).allowed
    assert not decide(replace(context(wishing), now=at(24, 13))).allowed


@pytest.mark.parametrize(
    ("wish", "why"),
    [("אחרי החגים", "cannot be read"), ("שבת", "never within calling hours"), ("20:00-22:00", "never within")],
)
def test_a_wish_that_cannot_be_met_is_reported_and_ignored(wish, why):
    verdict = calling_hours(context(lead(best_call_time=wish)))
    assert verdict.allowed
    assert why in verdict.reason
    night = calling_hours(replace(context(lead(best_call_time=wish)), now=at(22, 3)))
    assert (night.allowed, night.until) == (False, at(22, 9))
    assert why in night.reason


def test_a_callback_is_at_the_time_that_was_agreed():
    asked = lead(best_call_time="ערב", callback_id=uuid4())
    assert decide(context(asked)).allowed
    assert not decide(context(lead(best_call_time="ערב"))).allowed


def test_hours_that_never_meet_are_an_error_in_words():
    with pytest.raises(ValueError, match="within the hours asked for"):
        Narrowed(AlwaysOpen(), WeeklyHours.on(())).next_open(NOW)
    with pytest.raises(ValueError, match="within the hours asked for"):
        Narrowed(IsraeliHours(), WeeklyHours.on({6})).next_open(NOW)
