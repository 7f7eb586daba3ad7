"""What people understand of the agent's Hebrew, and what they answer."""

from dataclasses import fields

import pytest

from simulator.hearing import Cue, Slot, understand
from simulator.lines import LINES
from simulator.person import Person
from simulator.personas import INTERESTED, PERSONAS, Persona, persona_of

SID = "CA" + "0" * 32
OPENING = "שלום, מדברת נועה, העוזרת הקולית של אורנט. אני מערכת בינה מלאכותית, והשיחה מוקלטת. זה רגע נוח?"
OFFER = "בסדר גמור. יש רביעי בעשר וחצי, או חמישי בשתיים בצהריים. מה עדיף?"
ASK_EMAIL = "אז יום חמישי, העשרים ושישה בנובמבר, בשתיים בצהריים. לאיזה מייל לשלוח זימון?"
READ_BACK = "אני חוזרת: דני, שטרודל, אלפא, נקודה קו, נקודה איי אל. נכון?"
BYE = "מצוין, הזימון בדרך. תודה, ויום טוב!"


@pytest.mark.parametrize(
    ("said", "cue"),
    [
        (OPENING, Cue.PERMISSION),
        ("שלום, כאן מאיה מאורנט. השיחה מוקלטת ואני סוכנת קולית. יש לך דקה?", Cue.PERMISSION),
        ("תודה. ראינו שאתם מגייסים אנשי מכירות. איך מתאמים אצלכם פגישות היום?", Cue.QUESTION),
        ("איך אתם עובדים היום מול לידים?", Cue.QUESTION),
        ("כמה אנשי מכירות יש בצוות?", Cue.QUESTION),
        ("מוכר. אפשר להראות איך זה עובד בשיחת וידאו של עשרים דקות, בלי התחייבות.", Cue.PROPOSAL),
        (OFFER, Cue.SLOTS),
        ("המחיר תלוי במספר המשתמשים. יש שלישי בעשר וחצי או רביעי באחת עשרה?", Cue.SLOTS),
        ("יש לי שני מועדים: מחר ב-10:30 או מחר ב-14:00. מה נוח?", Cue.SLOTS),
        (ASK_EMAIL, Cue.EMAIL),
        ("מה כתובת המייל?", Cue.EMAIL),
        (READ_BACK, Cue.CONFIRM),
        ("קבענו: יום שלישי, העשרים וארבעה בנובמבר, בעשר וחצי בבוקר. שולחת אישור, בסדר?", Cue.CONFIRM),
        ("סליחה על ההפרעה. מתי כדאי לחזור?", Cue.CALLBACK_TIME),
        ("באיזה יום ושעה כדאי לחזור?", Cue.CALLBACK_TIME),
        ("תודה. מתי כדאי להתקשר כדי לדבר עם מי שאחראי על המכירות?", Cue.CALLBACK_TIME),
        ("אני עדיין על הקו. אפשר להמשיך?", Cue.PERMISSION),
        ("נראה שהקו לא תקין, ננסה במועד אחר. יום טוב.", Cue.GOODBYE),
        ("מתי נוח להיפגש?", Cue.MEETING_TIME),
        ("שומעים אותי?", Cue.STILL_THERE),
        ("אני מדברת עם דנה כהן?", Cue.WHOM),
        ("רגע אחד, בודקת ביומן.", Cue.HOLD),
        (BYE, Cue.GOODBYE),
        ("ברור, המספר מוסר עכשיו ולא ניצור קשר שוב. סליחה על ההפרעה, ויום טוב.", Cue.GOODBYE),
        ("hello there", Cue.UNCLEAR),
    ],
)
def test_what_is_asked(said: str, cue: Cue) -> None:
    assert understand(said).cue is cue


def test_offered_times_in_the_agents_words() -> None:
    assert understand(OFFER).slots == (Slot("רביעי", "עשר וחצי"), Slot("חמישי", "שתיים"))
    same_day = understand("יש ברביעי בעשר או באחת עשרה. מה מתאים?")
    assert same_day.slots == (Slot("רביעי", "עשר"), Slot("רביעי", "אחת עשרה"))
    assert [s.spoken() for s in same_day.slots] == ["רביעי בעשר", "רביעי באחת עשרה"]


def test_one_day_named_twice_is_one_day() -> None:
    named = understand("יש מחר, יום שני, בעשר, או יום רביעי, השני בדצמבר, בשתיים בצהריים. מה עדיף?")
    assert named.slots == (Slot("שני", "עשר"), Slot("רביעי", "שתיים"))


def test_asked_to_repeat_they_say_it_again() -> None:
    person = Person(INTERESTED, SID)
    first = person.answer("איך אתם עובדים היום מול לידים?").text
    assert person.answer("סליחה, לא הבנתי. אפשר שוב?").text == first
    assert "שטרודל" in str(person.answer("לא הצלחתי לקלוט את המייל. אפשר לחזור עליו לאט?").text)


def test_vowel_points_do_not_hide_words() -> None:
    assert understand("לְאֵיזֶה מֵייל לִשְׁלוֹחַ?").cue is Cue.EMAIL


def test_two_of_something_is_not_monday() -> None:
    assert understand("יש לי שני מועדים, חמישי בעשר או חמישי בשתיים. מה עדיף?").slots == (
        Slot("חמישי", "עשר"),
        Slot("חמישי", "שתיים"),
    )


def test_the_interested_person_goes_all_the_way() -> None:
    for n in range(40):
        person = Person(INTERESTED, f"CA{n:032x}")
        assert person.answer(OPENING).text in LINES["permission"]
        chosen = str(person.answer(OFFER).text)
        assert any(w in chosen for w in ("רביעי", "חמישי", "ראשו", "שנייה", "מאוחר")), chosen
        assert "שטרודל" in str(person.answer(ASK_EMAIL).text)
        assert person.answer(READ_BACK).text in LINES["confirm"]
        bye = person.answer(BYE)
        assert bye.hangs_up
        assert bye.text in LINES["goodbye"]


def test_asked_again_they_answer_again() -> None:
    person = Person(INTERESTED, SID)
    first, second = person.answer(ASK_EMAIL), person.answer(ASK_EMAIL)
    assert first.text
    assert second.text
    assert not second.hangs_up


def test_a_wrong_read_back_is_objected_to_once() -> None:
    wrong = "קבענו: יום ראשון, העשרים בנובמבר, בתשע בבוקר. לאיזה מייל לשלוח זימון?"
    for n in range(20):
        person = Person(INTERESTED, f"CA{n:032x}")
        person.answer("יש רביעי בעשר או חמישי בשתיים. מה עדיף?")
        assert "לא אמרנו" in str(person.answer(wrong).text)
        assert person.answer(wrong).text in LINES["email"]


def test_special_people() -> None:
    price = Person(PERSONAS["01"], SID)
    assert price.answer(OPENING).text in LINES["permission"]
    assert price.answer("איך אתם עובדים היום מול לידים?").text in LINES["ask_price"]
    assert price.answer("איך אתם עובדים היום מול לידים?").text in LINES["how"]

    busy = Person(PERSONAS["02"], SID)
    assert busy.answer(OPENING).text in LINES["busy"]
    assert "מחר בארבע" in str(busy.answer("סליחה על ההפרעה. מתי כדאי לחזור?").text)
    assert busy.answer("מחר בארבע אחר הצהריים, רשמתי. יום טוב!").hangs_up

    listed = Person(PERSONAS["05"], SID)
    assert listed.answer(OPENING).text in LINES["opt_out"]

    silent = Person(PERSONAS["12"], SID)
    assert silent.answer(OPENING).text
    assert silent.answer(OFFER).text is None
    assert silent.anyone_there().text is None


def test_every_line_that_can_be_said_exists() -> None:
    for cue in Cue:
        if cue not in (Cue.SLOTS, Cue.HOLD, Cue.CALLBACK_TIME):
            assert LINES[cue.value]
    for persona in PERSONAS.values():
        keys = [persona.opening, persona.at_once, persona.otherwise, *persona.replies.values()]
        keys += [persona.once[1] if persona.once else None]
        keys += [persona.interjection.line if persona.interjection else None]
        assert all(key in LINES for key in keys if key)


def test_the_number_decides() -> None:
    assert persona_of("+972542345678") is INTERESTED
    assert persona_of("+972501234507").name == "voicemail"
    assert len(PERSONAS) == len({persona.name for persona in PERSONAS.values()})
    assert {f.name for f in fields(Persona)} >= {"name", "pickup"}
