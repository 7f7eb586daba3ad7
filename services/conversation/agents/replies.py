"""What callers ask, want or are, whatever was asked of them: one generator for each."""

from collections.abc import Iterator

from contracts.values import Outcome
from services.conversation.agents.questions import callback_time, email
from services.conversation.agents.reading import Reading
from services.conversation.agents.steps import (
    ask_again,
    ask_callback_time,
    decline,
    offer,
    promise_callback,
    say_goodbye,
)
from services.conversation.domain import guardrails
from services.conversation.domain.moves import CancelMeeting, HangUp, Move, Note, OptOut, Say, SendDetails, Transfer
from services.conversation.domain.outcome import OBJECTION_NOTE, OUTCOME_NOTE, said_so_far
from services.conversation.domain.playbook_parts import Objection


def busy(reading: Reading) -> Iterator[Move]:
    if reading.heard.time is not None:
        yield from promise_callback(reading)
    elif reading.known.asked == "callback_time" and reading.known.asked_times > 1:
        yield from say_goodbye(reading)
    else:
        yield from ask_callback_time(reading)


def gatekeeper(reading: Reading) -> Iterator[Move]:
    if reading.heard.time is not None:
        yield from promise_callback(reading)
        return
    yield Note(OUTCOME_NOTE, Outcome.GATEKEEPER)
    if reading.known.asked == "callback_time":
        yield from callback_time(reading)
    else:
        yield Say(reading.line(reading.playbook.closings.gatekeeper), asks="callback_time", last=True)


def wrong_person(reading: Reading) -> Iterator[Move]:
    yield Note(OUTCOME_NOTE, Outcome.WRONG_PERSON)
    yield Say(reading.line(reading.playbook.closings.wrong_person), last=True)
    yield HangUp("wrong_person")


def voicemail(reading: Reading) -> Iterator[Move]:
    if sum(bool(turn.text) for turn in reading.dialogue.turns) > 1:  # who has answered before is no machine
        yield from gatekeeper(reading)
        return
    yield from guardrails.voicemail(reading.dialogue, reading.playbook)


def robot(reading: Reading) -> Iterator[Move]:
    yield Say(reading.line(reading.playbook.answers.robot))
    yield from ask_again(reading)


def who(reading: Reading) -> Iterator[Move]:
    answers = reading.playbook.answers
    yield Say(reading.line(answers.source if reading.asks_for_source else answers.who))
    yield from ask_again(reading)


def price(reading: Reading) -> Iterator[Move]:
    yield Say(reading.line(reading.playbook.answers.price))
    if reading.known.meeting is not None or reading.known.asked == "slot":
        yield from ask_again(reading)
    else:
        yield from offer(reading)


def details(reading: Reading) -> Iterator[Move]:
    if (reading.known.asked or "").endswith("email"):
        yield from email(reading)
        return
    yield SendDetails(reading.heard.email or reading.lead.email)
    yield Say(reading.line(reading.playbook.answers.details))
    if reading.heard.email or reading.lead.email:
        yield from say_goodbye(reading)
    else:
        yield Say(reading.line(reading.playbook.closings.details_address), asks="email", last=True)


def rude(reading: Reading) -> Iterator[Move]:
    yield from decline(reading, reading.playbook.closings.rude)


def not_interested(reading: Reading) -> Iterator[Move]:
    yield from decline(reading, reading.playbook.closings.not_interested)


def opt_out(reading: Reading) -> Iterator[Move]:
    yield OptOut(reading.words)
    yield Say(reading.line(reading.playbook.closings.opted_out), last=True)
    yield HangUp("opted_out")


def transfer(reading: Reading) -> Iterator[Move]:
    """They want a person. Where nobody takes calls, the truth and a callback."""
    handing_over = reading.playbook.transfer
    if handing_over is None:
        yield Say(reading.line(reading.playbook.answers.robot))
        yield from ask_callback_time(reading, sorry=False)
        return
    yield Say(reading.line(handing_over.line), last=True)
    yield Transfer(said_so_far(reading.dialogue))


def screening(reading: Reading) -> Iterator[Move]:
    """A telephone's assistant asks who calls and why; a person may come on the line after that."""
    yield Say(reading.line(reading.playbook.answers.screening), asks="permission", last=True)


def move_meeting(reading: Reading) -> Iterator[Move]:
    """The meeting just booked does not suit after all: another time, for the same meeting."""
    yield from offer(reading, wish=reading.wish)


def cancel_meeting(reading: Reading) -> Iterator[Move]:
    """The meeting just booked is not wanted after all."""
    yield CancelMeeting()
    if reading.dialogue.known.meeting is None:
        yield from decline(reading, reading.playbook.closings.not_interested)
    else:
        yield from ask_callback_time(reading, sorry=False)


def objection(reading: Reading, raised: Objection) -> Iterator[Move]:
    """The playbook's answer to an objection, once."""
    yield Note(OBJECTION_NOTE, raised.key)
    if raised.then == "decline":
        yield from decline(reading, raised.answer)
        return
    yield Say(reading.line(raised.answer))
    yield from offer(reading) if raised.then == "offer" and reading.known.meeting is None else ask_again(reading)
