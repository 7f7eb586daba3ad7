"""Ends the pitch when somebody wants never to be called again, and asks when it may be that they do.

What proves it is an opt-out at once. What leaves a doubt is asked about, once in a call and in one short question; a
yes, or anything more of the kind, is an opt-out then, and after a no the call goes on where it was.
"""

from collections.abc import Iterator
from datetime import datetime

from services.conversation.domain.dialogue import Dialogue
from services.conversation.domain.moves import HangUp, Move, OptOut, Say
from services.conversation.domain.playbook import Playbook
from services.conversation.domain.turns import CONFIRM_OPT_OUT, QUESTION
from services.conversation.hebrew.intents import Intent
from services.conversation.languages import doubt, language, opt_out


def opting_out(dialogue: Dialogue, playbook: Playbook, now: datetime) -> Iterator[Move] | None:
    """What an opt-out or a doubt of one calls for in answer to the latest turn, or None."""
    latest = dialogue.latest
    if latest is None or latest.known.opted_out:
        return None
    words, asked = dialogue.words(), latest.known.asked or ""
    answering = asked.startswith(QUESTION)
    if quote := opt_out(words, answering=answering):
        return _opt_out(dialogue, playbook, quote)
    if asked == CONFIRM_OPT_OUT and (doubt(words) or _says_yes(words, playbook, now)):
        return _opt_out(dialogue, playbook, f"{_doubted(dialogue)} / {words}")
    was_asked = CONFIRM_OPT_OUT in latest.known.asked_ever or _asks_now(dialogue)
    if not was_asked and doubt(words, answering=answering):
        return iter((confirming(dialogue, playbook),))
    return None


def confirming(dialogue: Dialogue, playbook: Playbook) -> Say:
    """The question whether the number is to be taken off the list."""
    sentence = playbook.repairs.confirm_opt_out or language(playbook.language).confirm_opt_out
    return Say(playbook.line(sentence, dialogue.lead), asks=CONFIRM_OPT_OUT, last=True)


def _opt_out(dialogue: Dialogue, playbook: Playbook, quote: str) -> Iterator[Move]:
    yield OptOut(quote)
    yield Say(playbook.line(playbook.closings.opted_out, dialogue.lead), last=True)
    yield HangUp("opted_out")


def _asks_now(dialogue: Dialogue) -> bool:
    """Whether the answer to the latest turn is that question, told to its end."""
    return dialogue.answered and dialogue.known.asked == CONFIRM_OPT_OUT


def _says_yes(words: str, playbook: Playbook, now: datetime) -> bool:
    """Whether the first thing said is a yes: לא, תמשיכי is none."""
    heard = language(playbook.language).understand(words, now, asked=CONFIRM_OPT_OUT)
    at = {each.intent: words.find(each.phrase) for each in heard.intents}
    return heard.yes is True and at[Intent.AFFIRM] <= at.get(Intent.DENY, len(words))


def _doubted(dialogue: Dialogue) -> str:
    """The words that were asked about."""
    asked_in = max(said.turn for said in dialogue.utterances.values() if CONFIRM_OPT_OUT in said.asks.values())
    return " ".join(turn.text for turn in dialogue.turns if turn.number == asked_in)
