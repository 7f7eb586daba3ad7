"""An opt-out that is only told of or supposed: אשתי אומרת תמיד תסירו אותי, אבל אני דווקא סקרן.

Somebody else says it, it was said to somebody else, or the caller had been about to say it; and then they clearly go on
with us. All of it has to be there: a telling that does not say it was told to us, a word that turns from it, and
interest with nothing of a refusal in it. Anything short of that stays an opt-out, as does what is not a question of
something that may be wanted one day (ואם ארצה שתסירו אותי אחר כך, זה אפשרי?).
"""

from typing import NamedTuple

from services.conversation.hebrew.meanings.hearsay import AGREED, GOES_ON, OF_US, SUPPOSED, TOLD
from services.conversation.hebrew.phrasebook import Match, Phrasebook, Utterance
from services.conversation.hebrew.words import word_set

_TOLD, _GOES_ON, _OF_US, _AGREED, _SUPPOSED = (
    Phrasebook(((True, 1.0, phrases),)) for phrases in (TOLD, GOES_ON, OF_US, AGREED, SUPPOSED)
)
_TURNS = word_set("אבל אולם אך אלא אז ואז נו ואני ואנחנו דווקא ודווקא ואילו")
"""With one of these somebody turns from what they tell to themselves."""
_BEGINS = word_set(
    "תמשיכ(י|ו) תמשיך המשך המשיכ(י|ו) דבר(|י|ו) תדבר(|י|ו) ספר(|י|ו) תספר(|י|ו) תסביר(|י|ו) זה האם איך אצלכם אצלך"
)
"""With one of these they may do so without a turn."""
_YOU = word_set("לך לכם לכן אתה אתם אתן אתכם שלכם שלך אליכם אליך אלייך אצלכם אצלך מכם ממכם ממך בכם")
"""In what is told: it is we who were spoken to, and that counts."""
_TELLING = 2
"""Nothing is told in fewer words."""


class Hearsay(NamedTuple):
    """What is said beside what is only told of or supposed."""

    before: Utterance
    own: Utterance
    """What the caller says of their own, after it."""


def hearsay(said: Utterance) -> Hearsay | None:
    """What an utterance says beside what it only tells of or supposes, or None where it does neither."""
    for place, word in enumerate(said.all[_TELLING:], start=_TELLING):
        turns = word.folded in _TURNS
        if not turns and word.folded not in _BEGINS:
            continue
        own = Utterance(said.all[place + turns :])
        if own.words and _goes_on(own) and (before := _before_telling(Utterance(said.all[:place]))) is not None:
            return Hearsay(before, own)
    supposed = _first(_SUPPOSED, said)
    if supposed is None or "{threaten}" in said.present:
        return None
    return Hearsay(Utterance(said.words[: supposed.start]), Utterance(said.words[supposed.end :]))


def _goes_on(own: Utterance) -> bool:
    """Whether somebody wants to go on, and says nothing else that could mean the opposite."""
    if _first(_GOES_ON, own) is None:
        return False
    agreed = {place for _, _, match in _AGREED.search(own) for place in range(*match)}
    return all(match.start in agreed for _, _, match in _OF_US.search(own))


def _before_telling(told: Utterance) -> Utterance | None:
    """What stands before the words that tell, if some do and none says that it was us whom it was said to."""
    for _, _, match in _TOLD.search(told):
        besides = [*told.words[: match.start], *told.words[match.end :]]
        if _YOU.isdisjoint(word.folded for word in besides):
            return Utterance(told.words[: match.start])
    return None


def _first(book: Phrasebook[bool], said: Utterance) -> Match | None:
    return next((match for _, _, match in book.search(said)), None)
