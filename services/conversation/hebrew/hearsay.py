"""An opt-out that is only told of or supposed: אשתי אומרת תמיד תסירו אותי, אבל אני דווקא סקרן.

Somebody else says it, it was said to somebody else, or the caller had been about to say it; and then they clearly go on
with us. All of it has to be there: a telling that does not say it was told to us, a word that turns from it, and
interest with nothing of a refusal in it. What was said to us is none where it is told that it was an error: אשתי ביקשה
מכם להסיר אותנו וזאת הייתה טעות, תמשיך. Anything short of that stays an opt-out. No opt-out either is a question what could
be done, or what it would take, if one were ever wanted: ואם ארצה שתסירו אותי אחר כך, זה אפשרי?
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from services.conversation.hebrew.glued import at
from services.conversation.hebrew.meanings.hearsay import (
    AGREED,
    ASKS,
    GOES_ON,
    HOW,
    LATER,
    MEANT,
    OF_US,
    SUPPOSED,
    TAKEN_BACK,
    TOLD,
    WE_WRITE,
)
from services.conversation.hebrew.phrasebook import Match, Phrasebook, Utterance
from services.conversation.hebrew.words import word_set


class _Telling(NamedTuple):
    """A way to tell of something, and to go on from there."""

    told: Phrasebook[bool]
    goes_on: Phrasebook[bool]
    by_others: bool


def _book(phrases: str) -> Phrasebook[bool]:
    return Phrasebook(((True, 1.0, phrases),))


_SUPPOSED, _LATER, _HOW, _OF_US, _AGREED, _GOES_ON, _TAKEN_BACK = map(
    _book, (SUPPOSED, LATER, HOW, OF_US, AGREED, GOES_ON, TAKEN_BACK)
)
_TELLINGS = (
    _Telling(_book(TOLD), _GOES_ON, by_others=True),
    _Telling(_book(MEANT), _GOES_ON, by_others=False),
    _Telling(_book(WE_WRITE), _book(ASKS), by_others=False),
)
_TURNS = word_set("אבל אולם אך אלא אז ואז נו ואני ואנחנו דווקא ודווקא ואילו")
"""With one of these somebody turns from what they tell to themselves."""
_BEGINS = word_set(
    "תמשיכ(י|ו) תמשיך המשך המשיכ(י|ו) דבר(י|ו) תדבר(|י|ו) ספר(|י|ו) תספר(|י|ו) תסביר(|י|ו) זה האם איך אצלכם אצלך"
)
"""With one of these they may do so without a turn."""
_TALK, _FREELY = "דבר", "חופשי"
"""So they may with both; by itself the first is a thing: זו הטרדה לכל דבר."""
_YOU = word_set(
    "לך לכם לכן אתה אתם אתן אתכם שלך שלכם אליכם אליך אלייך אצלכם אצלך מכם ממכם ממך בכם"
    " (|ש)(הסרת|הורדת|מחקת|הפסקת|הבטחת|אמרת)(|ם)"
)
"""In what is told: it is we who were spoken to, and that counts."""
_TO_DO = word_set("להתקשר לצלצל לפנות לחזור להטריד להציק להסיר למחוק להוריד להוציא להפסיק לחדול")
_OTHERS = word_set("להם מהם לו לה להן מהן ממנו ממנה היה הייתה היתה היו")
"""Beside one of these it was not, or not in fact, we who were told what to do."""
_PRESSED = word_set("ביקשתי ביקשנו אמרתי אמרנו דרשתי שוב עכשיו מיד מייד היום כבר מראש עדיף אז אבל לכן ולכן בו(א|אי|או)")
"""With one of these nothing is put off to some day, or more follows than a question."""
_WE_DID = word_set("(|ש|ו)את(ה|ם|ן) שלכם שלך (|ש|ו)(המשכת|התקשרת|חזרת|טעית)(|ם) (|ש|ו)ממשיכ(ים|ה) (|ש|ו)ממשיך")
"""In what is told: an error of ours, not of whoever asked us."""
_TELLING = 2
"""Nothing is told in fewer words."""


class Hearsay(NamedTuple):
    """What is said beside what is only told of or supposed."""

    beside: tuple[Utterance, Utterance]
    """What stands before it and after it."""
    meant: Utterance
    """Where to read what the caller means."""


def hearsay(said: Utterance) -> Hearsay | None:
    """What an utterance says beside what it only tells of or supposes, or None where it does neither."""
    words = [word.folded for word in said.all]
    for place in range(_TELLING, len(words)):
        turns = words[place] in _TURNS
        if not (turns or words[place] in _BEGINS or (words[place] == _TALK and at(words, place + 1) == _FREELY)):
            continue
        told, own = Utterance(said.all[:place]), Utterance(said.all[place + turns :])
        for telling in _TELLINGS:
            before = _before(telling, told)
            if before is None:
                continue
            if own.words and _first(telling.goes_on, own) is not None and not _is_of_us(own):
                return Hearsay((before, own), own)
            if turns:  # what follows is no longer told
                return None
    return None if "{threaten}" in said.present else _supposed(said)


def _supposed(said: Utterance) -> Hearsay | None:
    """What stands around an opt-out that is only supposed, and what is asked about it."""
    supposed = _first(_SUPPOSED, said)
    if supposed is not None:
        own = Utterance(said.words[supposed.end :])
        return Hearsay((Utterance(said.words[: supposed.start]), own), own)
    later = _first(_LATER, said)
    if later is None or not _PRESSED.isdisjoint(word.folded for word in said.all):
        return None
    asked = Utterance(said.words[later.end :])
    if _first(_HOW, asked) is None or _is_of_us(asked):
        return None
    return Hearsay((Utterance(said.words[: later.start]), asked), said)


def _before(telling: _Telling, told: Utterance) -> Utterance | None:
    """What stands before the words that tell, if some do and none says that it was us whom it was said to.

    What was said to us counts only where it is told that it was an error.
    """
    if telling.by_others:
        taken_back = _first(_TAKEN_BACK, told)
        if taken_back is not None and _WE_DID.isdisjoint(word.folded for word in told.words):
            return Utterance(told.words[: taken_back.start])
    words = [word.folded for word in told.words]
    for _, _, match in telling.told.search(told):
        besides = [*words[: match.start], *words[match.end :]]
        if _YOU.isdisjoint(besides) and not (telling.by_others and _is_for_us(words, besides)):
            return Utterance(told.words[: match.start])
    return None


def _is_for_us(words: Sequence[str], besides: Sequence[str]) -> bool:
    """Whether somebody else's words are told as what we are to do: הבוס אמר שלא תתקשרו, אשתי ביקשה להסיר אותנו."""
    if any(word == "שלא" or word.startswith("שת") for word in besides):
        return True
    to_do = any(word in _TO_DO and not before.startswith("ת") for before, word in pairwise(["", *besides]))
    return to_do and _OTHERS.isdisjoint(words)


def _is_of_us(own: Utterance) -> bool:
    """Whether anything in it could be a refusal."""
    agreed = {place for _, _, match in _AGREED.search(own) for place in range(*match)}
    return any(match.start not in agreed for _, _, match in _OF_US.search(own))


def _first(book: Phrasebook[bool], said: Utterance) -> Match | None:
    return next((match for _, _, match in book.search(said)), None)
