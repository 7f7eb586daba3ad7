"""What callers mean, as tables of sentences nobody's sample holds."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.conversation.hebrew.opt_out import opt_out
from services.conversation.hebrew.speaking import say_slot, say_slot_short, spoken
from services.conversation.hebrew.spelling import email
from services.conversation.hebrew.times import resolve
from services.conversation.hebrew.understanding import Intent, understand

ISRAEL = ZoneInfo("Asia/Jerusalem")
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=ISRAEL)  # a Sunday
OFFERED = [datetime(2026, 11, 24, 10, 30, tzinfo=ISRAEL), datetime(2026, 11, 25, 14, 0, tzinfo=ISRAEL)]


@pytest.mark.parametrize(
    "text",
    [
        "תורידו אותי מרשימת התפוצה שלכם",
        "אני מבקש לא ליצור איתי קשר",
        "בבקשה להסיר אותי",
        "שלא תעזו להתקשר שוב",
        "תפסיקו כבר להתקשר",
        "אל תתקשרו אליי יותר",
        "לא מעוניינת ואל תחזרו אליי",
        "תמחקי את הטלפון שלי",
        "אני לא רוצה שתתקשרו יותר",
        "זו ממש הטרדה",
    ],
)
def test_an_opt_out_is_found(text):
    assert opt_out(text)
    assert understand(text, NOW).primary is Intent.OPT_OUT


@pytest.mark.parametrize(
    "text",
    [
        "אל תתקשר לפני עשר",
        "אל תתקשרו היום",
        "אל תתקשרו בערבים",
        "הסר דאגה אני בפנים",
        "תוריד אותי מהספיקר",
        "אל תפסיקו להתקשר עד שאני עונה",
        "לא מעוניין כרגע",
        "תתקשרו מחר",
        "",
    ],
)
def test_what_is_no_opt_out_raises_no_alarm(text):
    assert opt_out(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "הבן שלי צועק עליהם תפסיקו להתקשר אבל אני אשמח לשמוע",
        "לכולם אני אומרת תמחקו אותי אבל לכם אני מקשיבה",
        "הייתי בטוח שזה ספאם אבל זה נשמע מעניין",
    ],
)
def test_an_opt_out_that_is_only_told_of_is_none_where_the_caller_goes_on(text):
    heard = understand(text, NOW)
    assert not heard.opt_out
    assert heard.primary is Intent.AFFIRM


@pytest.mark.parametrize(
    "text",
    [
        "הבן שלי צועק עליהם תפסיקו להתקשר",
        "הבן שלי אמר לכם תפסיקו להתקשר אבל אני מקשיב",
        "לכולם אני אומרת תמחקו אותי אבל גם לכם",
        "הייתי בטוח שזה ספאם אבל זה מעניין תסירו אותי",
        "תמחקו אותי אבל אני מקשיב",
    ],
)
def test_it_stays_one_where_anything_speaks_of_us(text):
    assert opt_out(text)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("מחר בעשר ועשרים", "2026-11-23T10:20", "2026-11-23T10:20"),
        ("חמש דקות לעשר", "2026-11-22T09:55", "2026-11-22T09:55"),
        ("בין עשר לשתים עשרה", "2026-11-22T10:00", "2026-11-22T12:00"),
        ("ברביעי בשלוש", "2026-11-25T15:00", "2026-11-25T15:00"),
        ("בעוד שעה וחצי", "2026-11-22T10:30", "2026-11-22T10:30"),
        ("יום ה' בשמונה בבוקר", "2026-11-26T08:00", "2026-11-26T08:00"),
        ("לא שני, שלישי באחת", "2026-11-24T13:00", "2026-11-24T13:00"),
        ("שבוע הבא ביום רביעי", "2026-12-02T00:00", "2026-12-03T00:00"),
        ("מחרתיים בערב", "2026-11-24T18:00", "2026-11-24T22:00"),
        ("ביום גימל בארבעה וחצי", "2026-11-24T16:30", "2026-11-24T16:30"),
        ("ביום חמישי בשעה ארבעה עשר", "2026-11-26T14:00", "2026-11-26T14:00"),
        ("תפסיקו להתקשר בבוקר, תתקשרו אחרי שתיים", "2026-11-22T14:00", "2026-11-22T17:00"),
        ("אני פנוי רק בערבים משבע", "2026-11-22T19:00", "2026-11-22T22:00"),
    ],
)
def test_a_time_is_resolved(text, start, end):
    moment = resolve(text, NOW)
    assert moment is not None
    assert moment.start.replace(tzinfo=None).isoformat()[:16] == start
    assert moment.end.replace(tzinfo=None).isoformat()[:16] == end


@pytest.mark.parametrize(
    "text",
    [
        "יש לי שני ילדים",
        "אחרי החגים",
        "מתי שנוח",
        "אנחנו שלושה אנשים",
        "פעם שנייה",
        "אל תתקשרו בין שתיים לארבע",
        "בשלושה וחצי אחוז",
        "ליום אלף שקל",
        "",
    ],
)
def test_what_is_no_time_is_none(text):
    assert resolve(text, NOW) is None


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("השני בבקשה", 1),
        ("נלך על הראשון", 0),
        ("רביעי בשתיים מצוין", 1),
        ("שלישי", 0),
        ("המאוחר יותר", 1),
        ("זה של עשר וחצי", 0),
        ("חמישי", None),
        ("שלישי בערב", None),
        ("לא יודע", None),
    ],
)
def test_a_slot_is_chosen_among_those_offered(text, slot):
    assert understand(text, NOW, asked="slot", offered=OFFERED).slot == slot


@pytest.mark.parametrize("text", ["באקסל ובוואטסאפ", "המזכירה מתקשרת לכל אחד", "בערך עשרה", "יש לנו מערכת ישנה"])
def test_an_answer_to_a_question_is_an_answer(text):
    assert understand(text, NOW, asked="question:process").primary in (Intent.UNCLEAR, Intent.AFFIRM, Intent.DENY)


def test_an_address_is_read_from_its_spelling():
    assert email("דנה שטרודל אורנט נקודה קו נקודה איי אל") == "dana@ornet.co.il"
    assert email("כתבו ל yossi@example.com") == "yossi@example.com"
    assert email("אין לי מייל") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ב-14:45", "ברבע לשלוש בצהריים"),
        ("7 לקוחות", "שבעה לקוחות"),
        ("4 שיחות", "ארבע שיחות"),
        ("₪250", "מאתיים וחמישים שקלים"),
        ("יום ג'", "יום שלישי"),
    ],
)
def test_a_voice_reads_words_not_signs(text, said):
    assert spoken(text) == said


@given(st.text(max_size=80))
def test_no_text_whatever_breaks_understanding(text):
    heard = understand(text, NOW, asked="slot", offered=OFFERED)
    assert heard.intents
    assert heard.slot in (None, 0, 1)
    assert spoken(text) is not None


@given(st.integers(1, 10), st.sampled_from(range(9, 18)), st.sampled_from([0, 30]))
def test_a_slot_that_is_read_out_is_understood_again(days, hour, minute):
    moment = datetime(2026, 11, 22 if days < 9 else 23, hour, minute, tzinfo=ISRAEL).replace(day=min(22 + days, 30))
    for words in (say_slot(moment, NOW), say_slot_short(moment, NOW)):
        found = resolve(words, NOW)
        assert found is not None
        assert found.start == moment, words
