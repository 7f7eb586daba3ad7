"""What must not reach a caller's ear: a guess at their gender, a slash, too many sentences, needless vowel points.

Forms that are spelled alike for women and men (לך, שלך) are not neutral when spoken: a voice has to choose.
"""

import re

from services.conversation.hebrew.words import bare

_GENDERED = {
    "אתה", "אותך", "לך", "שלך", "בך", "איתך", "עליך", "אליך", "ממך", "אצלך", "בשבילך", "תרצה", "תרצי", "תוכל", "תוכלי",
    "תגיד", "תגידי", "תשמע", "תשמעי", "תראה", "תראי", "מעוניין", "מעוניינת", "צריך", "צריכה", "רוצה", "יכול", "יכולה",
    "מוכן", "מוכנה", "אמרת", "שלחת", "קיבלת", "רצית", "היית", "עסוק", "עסוקה",
}  # fmt: skip
_YOU_FEMININE = re.compile(r"(?:^|[\s,])(?:האם |אם |ו|ש)?את(?=\s+(?:\S+ת|\S+ה|יכולה|רוצה|צריכה)(?:\s|$|[,.?!]))")
_SLASH = re.compile(r"[א-ת]+/[א-ת]+|[א-ת]+\([א-ת]+\)|[א-ת]+\.[יהתן](?=\s|$)")
_NIQQUD = re.compile(r"[\u05b0-\u05bc\u05c1\u05c2\u05c7]")
_ENDS = re.compile(r"[.?!](?=\s|$)")
MOST_SENTENCES = 2
MOST_WORDS = 28


def lint(sentence: str, lead_gender: str | None = None) -> list[str]:
    """What is wrong with a sentence, in words; nothing if it may be spoken.

    `lead_gender` is "f" or "m" once the lead has shown it in their own words.
    """
    problems = []
    words = re.findall(r"[א-ת]+", sentence)
    gendered = [word for word in words if bare(word, _GENDERED)]
    if lead_gender is None and (gendered or _YOU_FEMININE.search(sentence)):
        problems.append(f"speaks to one gender ({', '.join(gendered) or 'את'}); speak to the company or impersonally")
    if slashed := _SLASH.search(sentence):
        problems.append(f"a voice cannot read {slashed[0]!r}; choose one form that suits everybody")
    if len(_ENDS.findall(sentence)) > MOST_SENTENCES:
        problems.append(f"more than {MOST_SENTENCES} sentences; a caller on the phone hears no more")
    if len(words) > MOST_WORDS:
        problems.append(f"{len(words)} words; {MOST_WORDS} are the most a listener keeps")
    if lead_gender is None and _NIQQUD.search(sentence):
        problems.append("vowel points are only for a word whose reading is in doubt")
    return problems
