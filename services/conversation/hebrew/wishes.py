"""Wishes about the call itself that the 17 intents do not name, in Hebrew and in English: a person to talk to, an end
to the meeting just booked; and what a telephone's own assistant says."""

import re

_PERSON = re.compile(
    r"נציג(?:ה)? אנושי|בן אדם אמיתי|(?:לדבר|שיחה|תעביר\w*|להעביר|תן לי|תני לי|מישהו) (?:אותי )?(?:ע[םל]|ל)?\s?"
    r"(?:נציג\w*|בן ?אדם|אדם אמיתי|מישהו אנושי|מנהל\w*)|אפשר (?:לדבר עם )?(?:נציג\w*|בן ?אדם|אדם)\b"
    r"|(?:real|actual|live|human) (?:person|being|agent)|(?:talk|speak) to (?:a|some|your) ?(?:human|person|one|body|manager"
    r"|representative)|transfer me|put me through to",
    re.IGNORECASE,
)
_CANCEL = re.compile(
    r"(?:^|\s)(?:ל|ת|נ)?(?:בטל|בטלי|בטלו|מבטל|מבטלת)(?:\s|$|,|\.)|(?:^|\s)לבטל|עזבו? את הפגישה|cancel", re.IGNORECASE
)
_SCREENING = re.compile(
    r"(?:נא|אנא) (?:ל?ומר|ל?ציין|ל?הגיד|אמרו|אמור|ציינו) (?:את )?(?:ה?שם|שמך|שמכם|מי|ה?סיבת)|שירות סינון|סינון שיחות"
    r"|השיחה מסוננת|מי מתקשר ומה סיבת|call (?:screening|assistant)|screening service|say your name|state your name"
    r"|who is calling and why|record your name",
    re.IGNORECASE,
)


def asks_for_a_person(text: str) -> bool:
    """Whether somebody wants to talk to a person rather than to us."""
    return _PERSON.search(text) is not None


def asks_to_cancel(text: str) -> bool:
    """Whether somebody takes back a meeting that was booked."""
    return _CANCEL.search(text) is not None


def is_screening(text: str) -> bool:
    """Whether a telephone's assistant asks who calls and why."""
    return _SCREENING.search(text) is not None
