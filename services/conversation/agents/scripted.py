"""The agent that needs no model and no network: it understands the caller by rules and follows the playbook.

One generator per thing a caller can mean. Each reads what was known when the caller spoke, so that asked again
after a crash it makes the same moves.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from contracts.turns import HeardKind
from contracts.values import AnsweredBy, Outcome
from services.conversation.agents import replies
from services.conversation.agents.questions import answered
from services.conversation.agents.reading import Reading
from services.conversation.agents.steps import ask_again, confirm_again, say_goodbye
from services.conversation.domain.consultation import Report, unheard
from services.conversation.domain.dialogue import Dialogue
from services.conversation.domain.moves import HangUp, Move, Note, Say
from services.conversation.domain.outcome import OUTCOME_NOTE, Conclusion
from services.conversation.domain.playbook import Playbook
from services.conversation.domain.replay import unmade
from services.conversation.hebrew.intents import Intent
from services.conversation.hebrew.wishes import asks_for_a_person, asks_to_cancel, is_screening


class Scripted:
    """Follows the playbook, whatever the caller says."""

    def moves(self, dialogue: Dialogue, playbook: Playbook, now: datetime, report: Report = unheard) -> Iterator[Move]:
        """The answer to the caller's latest turn."""
        yield from unmade(_answer_to(Reading.of(dialogue, playbook, now)), dialogue)

    def repeat(self, dialogue: Dialogue, playbook: Playbook, now: datetime) -> Iterator[Move]:
        """The line dropped and came back: say so, and ask the last question in other words."""
        reading = Reading.of(dialogue, playbook, now, as_of_now=True)
        yield Say(reading.line(playbook.repairs.reconnected))
        yield from confirm_again(reading) if reading.confirms else ask_again(reading)

    async def conclude(self, dialogue: Dialogue, playbook: Playbook, rules: Conclusion, report: Report) -> Conclusion:
        """What the facts say."""
        return rules


def _answer_to(reading: Reading) -> Iterator[Move]:
    if reading.kind is HeardKind.SILENCE or reading.heard.noise:
        yield from _silence(reading)
        return
    yield from reading.observations()
    yield from _meant(reading)


def _meant(reading: Reading) -> Iterator[Move]:
    """What fits the words best: what is said of the call itself, an objection, an answer, or a wish of theirs."""
    primary, known = reading.heard.primary, reading.known
    if reading.confirms and primary in _NO_REMOVAL:
        return confirm_again(reading) if reading.is_unclear and known.asked_times == 1 else ask_again(reading)
    if is_screening(reading.words):
        return replies.screening(reading)
    if primary in _FIRST:
        return _BY_INTENT[primary](reading)
    if reading.dialogue.answered_by is AnsweredBy.SCREENING and known.asked_times < 2:
        return replies.screening(reading)
    if asks_for_a_person(reading.words):
        return replies.transfer(reading)
    if known.meeting is not None and asks_to_cancel(reading.words):
        return replies.cancel_meeting(reading)
    if known.meeting is not None and reading.heard.time is not None and primary is Intent.TIME_PROPOSAL:
        return replies.move_meeting(reading)
    if reading.answers_question:
        return answered(reading)
    if raised := reading.raised:
        return replies.objection(reading, raised)
    return _BY_INTENT.get(primary, answered)(reading)


def _silence(reading: Reading) -> Iterator[Move]:
    repairs = reading.playbook.repairs
    silences = max(reading.known.silences, 1)
    if silences <= len(repairs.silence):
        yield Say(reading.line(repairs.silence[silences - 1]), last=True)
        return
    yield Note(OUTCOME_NOTE, Outcome.NO_RESPONSE)
    yield Say(reading.line(repairs.silence_goodbye), last=True)
    yield HangUp("silence")


_FIRST = (Intent.OPT_OUT, Intent.VOICEMAIL, Intent.WRONG_PERSON, Intent.PROFANITY)
"""What is heeded before anything else."""

_NO_REMOVAL = (Intent.DENY, Intent.AFFIRM, Intent.UNCLEAR)
"""What goes on with the call after the question whether to take the number off the list: לא, תמשיכי is mostly a yes."""

_BY_INTENT: dict[Intent, Callable[[Reading], Iterator[Move]]] = {
    Intent.OPT_OUT: replies.opt_out,
    Intent.NOT_INTERESTED: replies.not_interested,
    Intent.BUSY_CALLBACK: replies.busy,
    Intent.GATEKEEPER: replies.gatekeeper,
    Intent.WRONG_PERSON: replies.wrong_person,
    Intent.VOICEMAIL: replies.voicemail,
    Intent.IS_ROBOT: replies.robot,
    Intent.WHO_IS_THIS: replies.who,
    Intent.ASK_PRICE: replies.price,
    Intent.ASK_EMAIL: replies.details,
    Intent.PROFANITY: replies.rude,
    Intent.GOODBYE: say_goodbye,
}
