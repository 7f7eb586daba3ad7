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
