"""When the agent goes on although somebody spoke, and when it brings a long call to its end."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from services.conversation.domain.dialogue import Dialogue
from services.conversation.domain.moves import HangUp, Move, Say
from services.conversation.domain.playbook import Playbook
from services.conversation.domain.turns import Utterance
from services.conversation.hebrew.backchannel import is_backchannel
from services.conversation.hebrew.noise import is_noise
from services.conversation.hebrew.phrasebook import utterance

WORTH_SAYING = 3
"""Words of a sentence that was cut off: fewer were as good as heard."""
WIND_DOWN = timedelta(seconds=45)
"""Before its time is up, a call is brought to its end."""
LAST_MOMENT = timedelta(seconds=15)
"""Until then, who is about to agree on a time may still do so."""
_SETTLING = ("slot", "first_slot", "email", "confirm_email")


def going_on(dialogue: Dialogue) -> Iterator[Move] | None:
    """The unheard rest of what the agent was saying, if all that cut it off was "aha" or a noise; else None."""
    latest = dialogue.latest
    if latest is None or not latest.text:
        return None
    cut = next((said for said in reversed(dialogue.utterances.values()) if said.phrases), None)
    if cut is None or cut.heard is None or cut.turn >= latest.number:
        return None
    if not is_backchannel(latest.text) and not is_noise(utterance(latest.text)):
        return None
    rest = _unheard(cut)
    if sum(len(cut.phrases[sequence].split()) for sequence in rest) < WORTH_SAYING:
        return None
    return _say(cut, rest)


def overlong(dialogue: Dialogue, playbook: Playbook, now: datetime) -> bool:
    """Whether it is time to say goodbye: the playbook's limit or the carrier's is near."""
    if dialogue.started is None:
        return False
    left = time_limit(dialogue, playbook) - (now - dialogue.started.occurred_at)
    settling = dialogue.known.asked in _SETTLING
    return left <= (LAST_MOMENT if settling else WIND_DOWN)


def time_limit(dialogue: Dialogue, playbook: Playbook) -> timedelta:
    """How long the call may be."""
    limit = timedelta(minutes=playbook.max_minutes)
    return min(limit, timedelta(seconds=dialogue.request.max_duration_s)) if dialogue.request else limit


def wind_down(dialogue: Dialogue, playbook: Playbook) -> Iterator[Move]:
    """A polite end, because of the time."""
    yield Say(playbook.line(playbook.closings.wind_down, dialogue.lead), last=True)
    yield HangUp("max_duration")


def _unheard(said: Utterance) -> list[int]:
    """The phrases that were not heard to their end, in order."""
    heard = _letters(said.heard or "")
    so_far = 0
    rest = []
    for sequence in sorted(said.phrases):
        so_far += _letters(said.phrases[sequence])
        if so_far > heard:
            rest.append(sequence)
    return rest


def _say(said: Utterance, rest: list[int]) -> Iterator[Move]:
    told = [sequence for sequence in rest if said.phrases[sequence]]
    for sequence in told:
        yield Say(said.phrases[sequence], asks=said.asks.get(sequence), last=sequence == told[-1])


def _letters(text: str) -> int:
    return sum(1 for letter in text if letter.isalnum())
