"""The languages calls are held in: what each needs, behind one shape."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.conversation.english import lint as english_lint
from services.conversation.english import opt_out as english_opt_out
from services.conversation.english import speaking as english_speaking
from services.conversation.english import understanding as english_understanding
from services.conversation.english import words as english_words
from services.conversation.english.refused_days import refused_days as refused_english_days
from services.conversation.english.times import resolve as resolve_english
from services.conversation.hebrew import lint as hebrew_lint
from services.conversation.hebrew import numerals as hebrew_numerals
from services.conversation.hebrew import opt_out as hebrew_opt_out
from services.conversation.hebrew import speaking as hebrew_speaking
from services.conversation.hebrew import times as hebrew_times
from services.conversation.hebrew import understanding as hebrew_understanding
from services.conversation.hebrew.moment import Moment
from services.conversation.hebrew.refused_days import refused_days
from services.conversation.hebrew.understanding import Understanding

_HEBREW_LETTERS = re.compile("[א-ת]{2}")


class Understand(Protocol):
    def __call__(
        self, text: str, now: datetime, *, asked: str | None = None, offered: Sequence[datetime] = ()
    ) -> Understanding:
        """What a caller means. `now` is aware, in the caller's zone; `asked` is the key of the open question."""


class Spoken(Protocol):
    def __call__(self, text: str, lexicon: Mapping[str, str] = ...) -> str:
        """What a voice should read for a text."""


@dataclass(frozen=True)
class Language:
    """What a call needs of its language."""

    code: str
    understand: Understand
    resolve: Callable[[str, datetime], Moment | None]
    """The time a text names."""
    refused_days: Callable[[str, datetime], Iterable[Moment]]
    """The days a text does not want."""
    lint: Callable[[str, str | None], list[str]]
    """What is wrong with a sentence to somebody of a gender, or of one that is not known."""
    say_slot: Callable[[datetime, datetime], str]
    """A meeting as it is confirmed, given the present."""
    say_slot_short: Callable[[datetime, datetime], str]
    """A meeting as it is offered."""
    spoken: Spoken
    first_number: Callable[[str], int | None]
    """The first number that was said."""
    confirm_opt_out: str
    """Asks whether a number is to be taken off the list, where the playbook has no words for it."""


def opt_out(text: str, *, answering: bool = False) -> str | None:
    """The words that prove a wish never to be called again, whatever the language of the call.

    `answering` is set after a question about the company.
    """
    return hebrew_opt_out.opt_out(text, answering=answering) or english_opt_out.opt_out(text)


def doubt(text: str, *, answering: bool = False) -> str | None:
    """The words that may be such a wish although nothing proves it."""
    return hebrew_opt_out.doubt(text, answering=answering)


def language(code: str) -> Language:
    """A language by its code, he or en."""
    return _LANGUAGES[code[:2]]


def _understand_in_english(
    text: str, now: datetime, *, asked: str | None = None, offered: Sequence[datetime] = ()
) -> Understanding:
    """Who answers an English call in Hebrew is understood too."""
    if _HEBREW_LETTERS.search(text):
        return hebrew_understanding.understand(text, now, asked=asked, offered=offered)
    return english_understanding.understand(text, now, asked=asked, offered=offered)


def _refused_days_in_english(text: str, now: datetime) -> Iterable[Moment]:
    return (refused_days if _HEBREW_LETTERS.search(text) else refused_english_days)(text, now)


_HEBREW = Language(
    code="he",
    understand=hebrew_understanding.understand,
    resolve=hebrew_times.resolve,
    refused_days=refused_days,
    lint=hebrew_lint.lint,
    say_slot=hebrew_speaking.say_slot,
    say_slot_short=hebrew_speaking.say_slot_short,
    spoken=hebrew_speaking.spoken,
    first_number=hebrew_numerals.first_number,
    confirm_opt_out="רק לוודא: להסיר את המספר מהרשימה שלנו?",
)
_ENGLISH = Language(
    code="en",
    understand=_understand_in_english,
    resolve=lambda text, now: resolve_english(english_words.normal(text), now),
    refused_days=_refused_days_in_english,
    lint=lambda sentence, _: english_lint.lint(sentence),
    say_slot=english_speaking.say_slot,
    say_slot_short=english_speaking.say_slot_short,
    spoken=english_speaking.spoken,
    first_number=english_words.first_number,
    confirm_opt_out="Just to be sure: should this number come off our list?",
)
_LANGUAGES = {each.code: each for each in (_HEBREW, _ENGLISH)}
