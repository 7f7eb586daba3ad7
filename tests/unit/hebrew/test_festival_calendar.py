"""Holidays by their names, and the days they are moved to for the sake of Saturday."""

from datetime import date

import pytest

from services.conversation.hebrew.festival_calendar import festival_at, next_days
from services.conversation.hebrew.words import fold


@pytest.mark.parametrize(
    ("name", "today", "first"),
    [
        ("יום העצמאות", date(2024, 4, 1), date(2024, 5, 14)),
        ("יום העצמאות", date(2025, 4, 1), date(2025, 5, 1)),
        ("יום העצמאות", date(2026, 4, 1), date(2026, 4, 22)),
        ("יום העצמאות", date(2028, 4, 1), date(2028, 5, 2)),
        ("יום הזיכרון", date(2024, 4, 1), date(2024, 5, 13)),
        ("יום הזיכרון", date(2025, 4, 1), date(2025, 4, 30)),
        ("יום הזיכרון", date(2028, 4, 1), date(2028, 5, 1)),
        ("תשעה באב", date(2022, 7, 1), date(2022, 8, 7)),
        ("תשעה באב", date(2027, 7, 1), date(2027, 8, 12)),
        ('ל"ג בעומר', date(2027, 5, 26), date(2028, 5, 14)),
        ('ט"ו בשבט', date(2027, 1, 8), date(2027, 1, 23)),
        ("פורים", date(2027, 3, 1), date(2027, 3, 23)),
    ],
)
def test_the_next_day_of_a_holiday(name: str, today: date, first: date):
    found = _named(name, today)
    assert found is not None
    assert next_days(found, today)[0] == first


@pytest.mark.parametrize(
    ("today", "is_soon"), [(date(2026, 4, 1), False), (date(2026, 9, 1), True), (date(2026, 10, 4), False)]
)
def test_the_holidays_are_those_of_autumn_where_they_are_soon(today: date, is_soon: bool):
    assert (_named("החגים", today) is not None) is is_soon


def _named(name: str, today: date):
    words = [fold(word) for word in name.split()]
    found = festival_at(words, 0, today)
    return found[0] if found else None
