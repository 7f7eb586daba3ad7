"""The playbooks that are shipped, each spoken on a call from its first words to a booked meeting."""

import pytest

from contracts.values import Outcome

CALLS = [
    (
        "solar-he",
        "מפעל מזון",
        "הופכת את גג המפעל",
        [("אלפיים מטר", "בבעלות"), ("המבנה שלנו", "חשבון החשמל"), ("עשרים אלף", "שיחת וידאו")],
    ),
    (
        "payroll-he",
        "מוסך",
        "תלושים למוסכים",
        [("שמונה", "מי מכין"), ("רואה החשבון", "מומחית שכר")],
    ),
    ("alta-he", "חברת הייטק", "לחברות תוכנה", [("באקסל", "אנשי מכירות"), ("ארבעה", "שיחת וידאו")]),
]


@pytest.mark.parametrize(("name", "business", "pitch", "turns"), CALLS, ids=[call[0] for call in CALLS])
async def test_a_trade_is_spoken_to_a_booked_meeting(start_worker, line, name, business, pitch, turns):
    await start_worker()
    await line.open(name, business_type=business, email="dana@ornet.co.il")
    opening = await line.answer(0)
    assert "בינה מלאכותית" in opening
    assert pitch in await line.hear("כן בבקשה")
    for said, answered in turns:
        assert answered in await line.hear(said)
    confirmation = await line.hear("שלישי בעשר וחצי")
    assert "העשרים וארבעה בנובמבר" in confirmation
    concluded = await line.end()
    assert concluded.outcome is Outcome.MEETING_BOOKED
    assert len(concluded.answers) == len(turns)


async def test_a_question_is_for_some_kinds_of_business_only(start_worker, line):
    await start_worker()
    await line.open("payroll-he", business_type="מסעדה", email="dana@ornet.co.il")
    await line.answer(0)
    assert "טיפים ומשמרות" in await line.hear("כן בבקשה")
    await line.hear("שמונה")
    assert "והטיפים" in await line.hear("רואה החשבון")
    await line.hear("כן")
    concluded = await line.end()
    assert concluded.answers == {"employees": "8", "prepared_by": "accountant", "tips": "yes"}


async def test_an_english_playbook_is_spoken_in_english_to_a_booked_meeting(start_worker, line):
    await start_worker()
    await line.open("alta-en", business_type="software", email="dana@ornet.co.il")
    assert "artificial intelligence" in await line.answer(0)
    assert "software companies" in await line.hear("sure, go ahead")
    assert "salespeople" in await line.hear("mostly with spreadsheets")
    assert "Tuesday at half past ten" in await line.hear("about twelve people")
    assert "Tuesday, November 24, at half past ten in the morning" in await line.hear("the first one")
    concluded = await line.end()
    assert concluded.outcome is Outcome.MEETING_BOOKED
    assert concluded.answers["team_size"] == "12"


async def test_an_opt_out_in_english_is_heeded(start_worker, line):
    await start_worker()
    await line.open("alta-en")
    await line.answer(0)
    assert "won't contact you again" in await line.hear("please take me off your list")
    assert (await line.end()).outcome is Outcome.OPTED_OUT
