"""What a sentence of a model may not say: times nobody offered, prices the playbook does not state, deeds that were
not done, another language, a form that takes the caller for a man or a woman.

Tone is the model's. These are looked at before the sentence is told, each as a small rule with its reason in words,
which goes back to the model.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from services.conversation.domain.dialogue import Dialogue
from services.conversation.domain.playbook import Playbook
from services.conversation.languages import Language, language

_LATIN = re.compile(r"[A-Za-z]")
_HEBREW = re.compile(r"[א-ת]")
_NAMES = re.compile(r"[\w.+-]+@[\w.-]+|[A-Za-z0-9.-]+\.[a-z]{2,}")
_UNITS = r"שקל\w*|ש[\"״]ח|₪|דולר\w*|יורו|אחוז\w*|%|percent|dollars?|shekels?|euros?"
_MONEY = re.compile(rf"(?:[$€£₪]\s?\d[\d.,]*|(?:\S+\s){{0,3}}\S+\s?(?:{_UNITS}))")
_FREE = re.compile(r"(?:^|\s)(?:בחינם|חינם|ללא עלות|בלי תשלום|הנחה|free of charge|for free|discount)\b")
_PRICED = re.compile(rf"\$|€|£|{_UNITS}|חינם|ללא עלות|בלי תשלום|הנחה|free|discount")
"""In whatever tells a price: a look costs a tenth of finding it."""


class _Claim:
    """What a sentence claims in either language. Patterns without English in them are searched for much faster."""

    def __init__(self, hebrew: str, english: str) -> None:
        self._hebrew = re.compile(hebrew)
        self._english = re.compile(english, re.IGNORECASE)

    def __or__(self, other: "_Claim") -> "_Claim":
        hebrew, english = self._hebrew.pattern, self._english.pattern
        return _Claim(f"{hebrew}|{other._hebrew.pattern}", f"{english}|{other._english.pattern}")

    def is_in(self, text: str) -> bool:
        return bool(self._hebrew.search(text) or (_LATIN.search(text) and self._english.search(text)))


_BOOKED = _Claim(
    r"קבענו|קבעתי|נקבעה|שריינתי|הפגישה (?:קבועה|נקבעה)|סגרנו (?:על|פגישה)|שלחתי (?:לך |לכם )?זימון",
    r"(?:you(?:'re| are)|it(?:'s| is)|we(?:'re| are)|meeting is|i(?:'ve| have)) (?:all )?"
    r"(?:booked|set|scheduled|confirmed)",
)
_REMOVED = _Claim(r"הסרתי|הוסר|מחקתי", r"removed|taken off")
_SENT = _Claim(r"שלחתי|נשלח אליכם עכשיו", r"i(?:'ve| have) sent")
_DEED = _BOOKED | _REMOVED | _SENT
_FIGURES = re.compile(r"\d(?:\d?:\d{2}|\s?(?:am|pm))")
_HOUR = re.compile(r"[בל](?<!\S.)(?:אחת|שתיים|שלוש|ארבע|חמש|שש|שבע|שמונה|תשע|עשר)(?!\S)")
_SIDES = re.compile(r"\s(?:או|or)\s|[,;.?!](?=\s|$)")
_DAY = re.compile(r"(?:^|\s)[בהלו]?(?:יום|ראשון|שני|שלישי|רביעי|חמישי|שישי|היום|מחר|מחרתיים)(?:\s|$)")


@dataclass(frozen=True)
class Sayable:
    """What may be said at this moment, and to whom."""

    dialogue: Dialogue
    playbook: Playbook
    now: datetime
    """In the caller's zone."""
    gender: str | None = None
    wishes: tuple[datetime, ...] = ()
    """Times the caller named: they may be repeated."""

    @property
    def hebrew(self) -> bool:
        return self.language.code == "he"

    @property
    def language(self) -> Language:
        return language(self.playbook.language)

    def times(self) -> Iterator[datetime]:
        """Every time that may be spoken of."""
        dialogue = self.dialogue
        for act in dialogue.acts:
            yield from (slot.start for slot in act.slots)
            if act.meeting:
                yield act.meeting.start
            if act.callback:
                yield from (act.callback.start, act.callback.end)
        yield from self.wishes

    def claims(self) -> str:
        """Everything the playbook states, as it would be spoken."""
        always = _sentences(self.playbook.model_dump(exclude={"claims", "prices", "variants", "model", "lexicon"}))
        return self.language.spoken(" ".join([*always, *self.playbook.statements(self.now.date())]))


def objection_to_saying(text: str, sayable: Sayable) -> str | None:
    """Why a sentence must not be said, in words for the model; None if it may."""
    return next((why for rule in _RULES if (why := rule(text, sayable)) is not None), None)


def _language(text: str, sayable: Sayable) -> str | None:
    if sayable.hebrew and not _LATIN.search(text):
        return None
    bare = _NAMES.sub("", text)
    hebrew, latin = len(_HEBREW.findall(bare)), len(_LATIN.findall(bare))
    if hebrew + latin < 4:
        return None
    share = hebrew / (hebrew + latin)
    if sayable.hebrew and share < 0.5:
        return "answer in Hebrew, in Hebrew letters"
    if not sayable.hebrew and share > 0.5:
        return "answer in English"
    return None


def _form(text: str, sayable: Sayable) -> str | None:
    problems = sayable.language.lint(text, sayable.gender)
    if not problems:
        return None
    return f"{'; '.join(problems)}: address the company (אתם, אצלכם) or nobody (אפשר, כדאי), in short sentences"


def _prices(text: str, sayable: Sayable) -> str | None:
    if not _PRICED.search(text):
        return None
    figures = [sayable.language.spoken(match[0]).split() for match in _MONEY.finditer(text)]
    free = _FREE.search(text)
    if not figures and free is None:
        return None
    stated = sayable.claims()
    if any(not _stated(words, stated) for words in figures):
        return "the playbook states no such price or figure; say what it says about the price"
    if free is not None and free[0].strip() not in stated:
        return f"the playbook does not say {free[0].strip()!r}"
    return None


def _times(text: str, sayable: Sayable) -> str | None:
    if not _names_an_hour(text):
        return None
    allowed = list(sayable.times())
    for part in _SIDES.split(text):
        named = sayable.language.resolve(part, sayable.now) if _names_an_hour(part) else None
        if named is None or named.start != named.end:
            continue
        day_named = _DAY.search(part) is not None
        if not any(_same(named.start, each, day_named) for each in allowed):
            return "that time was not offered; call offer_slots and name only the times it gives"
    return None


def _names_an_hour(text: str) -> bool:
    return bool(_FIGURES.search(text) or _HOUR.search(text))


def _deeds(text: str, sayable: Sayable) -> str | None:
    if not _DEED.is_in(text):
        return None
    known = sayable.dialogue.known
    if known.meeting is None and _BOOKED.is_in(text):
        return "nothing is booked yet; call book_meeting first, and speak of it only when it has succeeded"
    if not known.opted_out and _REMOVED.is_in(text):
        return "nobody was removed; call opt_out first"
    if _SENT.is_in(text) and sayable.dialogue.came_of("send_details") is None and known.meeting is None:
        return "nothing was sent; call send_details first, and promise it rather than claim it"
    return None


def _stated(words: list[str], stated: str) -> bool:
    """Whether a figure with its unit stands in the playbook; words before the figure do not matter."""
    return any(" ".join(words[start:]) in stated for start in range(max(len(words) - 1, 1)))


def _same(named: datetime, allowed: datetime, day_named: bool) -> bool:
    """A sentence may leave the day out, and the half of the day: what it does say has to be right."""
    allowed = allowed.astimezone(named.tzinfo)
    if day_named and named.date() != allowed.date():
        return False
    return (named.hour % 12, named.minute) == (allowed.hour % 12, allowed.minute)


def _sentences(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _sentences(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _sentences(each)


_RULES: tuple[Callable[[str, Sayable], str | None], ...] = (_language, _deeds, _prices, _times, _form)
