"""Days that a caller does not want."""

from datetime import datetime

import pytest

from services.conversation.hebrew.refused_days import refused_days
from services.runtime.clock import ISRAEL

SUNDAY = datetime(2026, 11, 22, 10, tzinfo=ISRAEL)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("לא ביום שלישי", [24]),
        ("שלישי אני לא יכול", [24]),
        ("לא בשלישי ולא ברביעי", [24, 25]),
        ("כל יום חוץ משלישי", [24]),
        ("מחר אני לא פה", [23]),
        ("רק לא ביום חמישי בבקשה", [26]),
        ("לא מחר, אולי רביעי", [23]),
        ("אל תתקשרו מחר", [23]),
        ("אל תתקשרו אליי ביום שלישי בעשר, תתקשרו ברביעי", [24]),
        ("ביום חמישי אל תתקשרו", [26]),
        ("תפסיקו להתקשר בשבת", [28]),
        ("אל תשכחו להתקשר מחר", []),
        ("ביום שלישי בעשר", []),
        ("לא, ביום שלישי", []),
        ("לא לפני רביעי", []),
        ("לא נורא, ביום שלישי", []),
        ("לא מעוניין", []),
    ],
)
def test_days_are_refused(text, days):
    refused = list(refused_days(text, SUNDAY))
    assert [day.start.day for day in refused] == days
    assert all((day.end - day.start).days == 1 for day in refused)
