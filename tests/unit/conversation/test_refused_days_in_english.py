"""Days that a caller does not want, in English."""

from datetime import datetime

import pytest

from services.conversation.languages import language
from services.runtime.clock import ISRAEL

SUNDAY = datetime(2026, 11, 22, 10, tzinfo=ISRAEL)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Not Tuesday", [24]),
        ("not on Tuesday, please", [24]),
        ("I can't do Tuesday", [24]),
        ("Tuesday I can't", [24]),
        ("Tuesday doesn't work for me", [24]),
        ("Wednesday is no good", [25]),
        ("I'm busy on Thursday", [26]),
        ("Thursday I'm away", [26]),
        ("any day but Tuesday", [24]),
        ("any day except Monday", [23]),
        ("not Tuesday or Wednesday", [24, 25]),
        ("not tomorrow, maybe Wednesday", [23]),
        ("tomorrow we will be closed, we are not here tomorrow", [23]),
        ("Tuesday at ten", []),
        ("no, Tuesday", []),
        ("not before Wednesday", []),
        ("not bad, Tuesday it is", []),
        ("not interested", []),
        ("Tuesday or Wednesday", []),
        ("I'm free on Tuesday", []),
    ],
)
def test_days_are_refused(text, days):
    refused = list(language("en").refused_days(text, SUNDAY))
    assert [day.start.day for day in refused] == days
    assert all((day.end - day.start).days == 1 for day in refused)


def test_who_speaks_hebrew_in_an_english_call_is_understood():
    (refused,) = language("en").refused_days("לא ביום שלישי", SUNDAY)
    assert refused.start.day == 24
