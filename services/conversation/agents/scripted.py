"""The agent that needs no model and no network: it understands Hebrew by rules and follows the playbook.

One generator per thing a caller can mean. Each reads what was known when the caller spoke, so that asked again
after a crash it makes the same moves.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from contracts.calls import HeardKind
from contracts.values import Outcome
from services.conversation.agents.reading import Reading
from services.conversation.agents.steps import (
    ask_again,
    ask_callback_time,
    book,
    decline,
    offer,
    promise_callback,
    say_goodbye,
)
from services.conversation.domain import guardrails
from services.conversation.domain.consultation import Report, unheard
from services.conversation.domain.dialogue import Dialogue
from services.conversation.domain.moves import HangUp, Move, Note, OptOut, Say, SendDetails
from services.conversation.domain.outcome import ANSWER_PREFIX, EMAIL_NOTE, OUTCOME_NOTE, Conclusion
from services.conversation.domain.playbook import Playbook
from services.conversation.domain.replay import unmade
from services.conversation.hebrew.understanding import Intent


class Scripted:
    """Follows the playbook, whatever the caller says."""

    def moves(self, dialogue: Dialogue, playbook: Playbook, now: datetime, report: Report = unheard) -> Iterator[Move]:
        """The answer to the caller's latest turn."""
        yield from unmade(_answer_to(Reading.of(dialogue, playbook, now)), dialogue)

    def repeat(self, dialogue: Dialogue, playbook: Playbook, now: datetime) -> Iterator[Move]:
        """The line dropped and came back: say so, and ask the last question in other words."""
        reading = Reading.of(dialogue, playbook, now, as_of_now=True)
        yield Say(reading.line(playbook.repairs.reconnected))
        yield from ask_again(reading)

    async def conclude(self, dialogue: Dialogue, playbook: Playbook, rules: Conclusion, report: Report) -> Conclusion:
        """What the facts say."""
        return rules


def _answer_to(reading: Reading) -> Iterator[Move]:
    if reading.kind is HeardKind.SILENCE or reading.heard.noise:
        yield from _silence(reading)
        return
    yield from reading.observations()
    meant = _by_question if reading.answers_question else _BY_INTENT.get(reading.heard.primary, _by_question)
    yield from meant(reading)


def _silence(reading: Reading) -> Iterator[Move]:
    repairs = reading.playbook.repairs
    silences = max(reading.known.silences, 1)
    if silences <= len(repairs.silence):
        yield Say(reading.line(repairs.silence[silences - 1]), last=True)
        return
    yield Note(OUTCOME_NOTE, Outcome.NO_RESPONSE)
    yield Say(reading.line(repairs.silence_goodbye), last=True)
    yield HangUp("silence")


def _by_question(reading: Reading) -> Iterator[Move]:
    """An answer: what it means depends on what was asked."""
    asked = reading.known.asked or ""
    if asked.startswith("question:"):
        yield from _answer(reading, asked.removeprefix("question:"))
    else:
        yield from _BY_ASKED.get(asked, _unclear)(reading)


def _permission(reading: Reading) -> Iterator[Move]:
    if reading.heard.yes is False:
        yield from ask_callback_time(reading)
    elif reading.heard.yes is None and reading.known.asked_times == 1 and reading.is_unclear:
        yield Say(reading.line(reading.playbook.repairs.unclear))
        yield Say(reading.line(reading.playbook.answers.go_on), asks="permission", last=True)
    else:
        yield Say(reading.line(reading.playbook.pitch_for(reading.lead)))
        yield from _next_question(reading, after=None)


def _answer(reading: Reading, key: str) -> Iterator[Move]:
    yield Note(ANSWER_PREFIX + key, reading.words)
    if reading.heard.time is not None and not reading.answers_question:
        yield from offer(reading, wish=reading.wish)
        return
    question = reading.playbook.question(key)
    if question is not None and question.thanks is not None:
        yield Say(reading.line(question.thanks))
    yield from _next_question(reading, after=key)


def _next_question(reading: Reading, after: str | None) -> Iterator[Move]:
    keys = [question.key for question in reading.playbook.questions]
    following = reading.playbook.questions[keys.index(after) + 1 if after in keys else 0 :]
    fresh = [question for question in following if f"question:{question.key}" not in reading.known.asked_ever]
    if fresh:
        yield Say(reading.line(fresh[0].ask), asks=f"question:{fresh[0].key}", last=True)
    else:
        yield Say(reading.line(reading.playbook.meeting.invite))
        yield from offer(reading)


def _slot(reading: Reading) -> Iterator[Move]:
    offered = reading.known.offered
    if reading.heard.slot is not None and reading.heard.slot < len(offered):
        yield from book(reading, offered[reading.heard.slot])
    elif reading.heard.time is not None:
        yield from offer(reading, wish=reading.wish)
    elif reading.heard.yes is False:
        yield from _other_slots(reading)
    elif reading.heard.yes and len(offered) == 1:
        yield from book(reading, offered[0])
    elif reading.heard.yes and reading.known.asked_times > 1 and offered:
        first = reading.slot_words(offered[0])
        yield Say(reading.line(reading.playbook.meeting.first_slot, first=first), asks="first_slot", last=True)
    elif reading.heard.yes:
        yield from ask_again(reading)
    else:
        yield from _unclear(reading)


def _other_slots(reading: Reading) -> Iterator[Move]:
    if reading.known.turned_down:
        yield from ask_callback_time(reading, sorry=False)
    else:
        yield from offer(reading, exclude=tuple(slot.slot_id for slot in reading.known.offered))


def _first_slot(reading: Reading) -> Iterator[Move]:
    if reading.heard.yes and reading.heard.time is None and reading.known.offered:
        yield from book(reading, reading.known.offered[reading.heard.slot or 0])
    else:
        yield from _slot(reading)


def _callback_time(reading: Reading) -> Iterator[Move]:
    if reading.heard.time is not None:
        yield from promise_callback(reading)
    elif reading.known.asked_times > 1 or reading.heard.yes is False:
        yield from say_goodbye(reading)
    else:
        yield Say(reading.line(reading.playbook.repairs.callback_again), asks="callback_time", last=True)


def _email(reading: Reading) -> Iterator[Move]:
    meeting = reading.playbook.meeting
    if reading.heard.email is not None:
        yield Note(EMAIL_NOTE, reading.heard.email)
        confirm = reading.line(meeting.email_confirm, email=reading.heard.email)
        yield Say(confirm, asks="confirm_email", last=True)
    elif reading.heard.yes is False or reading.known.asked_times > 1:
        yield from say_goodbye(reading)
    else:
        yield Say(reading.line(meeting.email_again), asks="email", last=True)


def _confirm_email(reading: Reading) -> Iterator[Move]:
    if reading.heard.email is None and reading.heard.yes is False:
        yield Note(EMAIL_NOTE, "")  # not that one, so nobody is invited there
    if reading.heard.email is not None or (reading.heard.yes is False and reading.known.asked_times == 1):
        yield from _email(reading)
    else:
        yield from say_goodbye(reading)


def _unclear(reading: Reading) -> Iterator[Move]:
    """Twice not understood is enough: no caller should have to say a thing three times."""
    if reading.known.meeting is not None and reading.known.asked is None:
        yield from say_goodbye(reading)
    elif reading.known.asked_times > 2:
        yield from ask_callback_time(reading, sorry=False)
    else:
        yield Say(reading.line(reading.playbook.repairs.unclear))
        yield from ask_again(reading)


def _busy(reading: Reading) -> Iterator[Move]:
    if reading.heard.time is not None:
        yield from promise_callback(reading)
    elif reading.known.asked == "callback_time" and reading.known.asked_times > 1:
        yield from say_goodbye(reading)
    else:
        yield from ask_callback_time(reading)


def _gatekeeper(reading: Reading) -> Iterator[Move]:
    if reading.heard.time is not None:
        yield from promise_callback(reading)
        return
    yield Note(OUTCOME_NOTE, Outcome.GATEKEEPER)
    if reading.known.asked == "callback_time":
        yield from _callback_time(reading)
    else:
        yield Say(reading.line(reading.playbook.closings.gatekeeper), asks="callback_time", last=True)


def _wrong_person(reading: Reading) -> Iterator[Move]:
    yield Note(OUTCOME_NOTE, Outcome.WRONG_PERSON)
    yield Say(reading.line(reading.playbook.closings.wrong_person), last=True)
    yield HangUp("wrong_person")


def _voicemail(reading: Reading) -> Iterator[Move]:
    if sum(bool(turn.text) for turn in reading.dialogue.turns) > 1:  # who has answered before is no machine
        yield from _gatekeeper(reading)
        return
    yield from guardrails.voicemail(reading.dialogue, reading.playbook)


def _robot(reading: Reading) -> Iterator[Move]:
    yield Say(reading.line(reading.playbook.answers.robot))
    yield from ask_again(reading)


def _who(reading: Reading) -> Iterator[Move]:
    answers = reading.playbook.answers
    yield Say(reading.line(answers.source if reading.asks_for_source else answers.who))
    yield from ask_again(reading)


def _price(reading: Reading) -> Iterator[Move]:
    yield Say(reading.line(reading.playbook.answers.price))
    if reading.known.meeting is not None or reading.known.asked == "slot":
        yield from ask_again(reading)
    else:
        yield from offer(reading)


def _details(reading: Reading) -> Iterator[Move]:
    if (reading.known.asked or "").endswith("email"):
        yield from _by_question(reading)
        return
    yield SendDetails(reading.heard.email or reading.lead.email)
    yield Say(reading.line(reading.playbook.answers.details))
    if reading.heard.email or reading.lead.email:
        yield from say_goodbye(reading)
    else:
        yield Say(reading.line(reading.playbook.closings.details_address), asks="email", last=True)


def _rude(reading: Reading) -> Iterator[Move]:
    yield from decline(reading, reading.playbook.closings.rude)


def _not_interested(reading: Reading) -> Iterator[Move]:
    yield from decline(reading, reading.playbook.closings.not_interested)


def _opt_out(reading: Reading) -> Iterator[Move]:
    yield OptOut(reading.words)
    yield Say(reading.line(reading.playbook.closings.opted_out), last=True)
    yield HangUp("opted_out")


_BY_ASKED: dict[str, Callable[[Reading], Iterator[Move]]] = {
    "permission": _permission,
    "slot": _slot,
    "first_slot": _first_slot,
    "callback_time": _callback_time,
    "email": _email,
    "confirm_email": _confirm_email,
}

_BY_INTENT: dict[Intent, Callable[[Reading], Iterator[Move]]] = {
    Intent.OPT_OUT: _opt_out,
    Intent.NOT_INTERESTED: _not_interested,
    Intent.BUSY_CALLBACK: _busy,
    Intent.GATEKEEPER: _gatekeeper,
    Intent.WRONG_PERSON: _wrong_person,
    Intent.VOICEMAIL: _voicemail,
    Intent.IS_ROBOT: _robot,
    Intent.WHO_IS_THIS: _who,
    Intent.ASK_PRICE: _price,
    Intent.ASK_EMAIL: _details,
    Intent.PROFANITY: _rude,
    Intent.GOODBYE: say_goodbye,
}
