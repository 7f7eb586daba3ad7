"""What callers answer: what it means depends on what was asked."""

from collections.abc import Callable, Iterator

from services.conversation.agents.reading import Reading
from services.conversation.agents.steps import ask_again, ask_callback_time, book, offer, promise_callback, say_goodbye
from services.conversation.domain.moves import Move, Note, Say
from services.conversation.domain.outcome import ANSWER_PREFIX

EMAIL_NOTE = "email"


def answered(reading: Reading) -> Iterator[Move]:
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
        yield from _next_question(reading, {})


def _answer(reading: Reading, key: str) -> Iterator[Move]:
    question = reading.playbook.question(key)
    value = question.recorded(reading.words, reading.number, reading.heard.yes) if question else reading.words
    yield Note(ANSWER_PREFIX + key, value)
    if reading.heard.time is not None and not reading.answers_question:
        yield from offer(reading, wish=reading.wish)
        return
    if question is not None and question.thanks is not None:
        yield Say(reading.line(question.thanks))
    yield from _next_question(reading, {key: value})


def _next_question(reading: Reading, just_answered: dict[str, str]) -> Iterator[Move]:
    open_questions = reading.playbook.open_questions(reading.lead, reading.answers | just_answered)
    fresh = [each for each in open_questions if f"question:{each.key}" not in reading.known.asked_ever]
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


def callback_time(reading: Reading) -> Iterator[Move]:
    if reading.heard.time is not None:
        yield from promise_callback(reading)
    elif reading.known.asked_times > 1 or reading.heard.yes is False:
        yield from say_goodbye(reading)
    else:
        yield Say(reading.line(reading.playbook.repairs.callback_again), asks="callback_time", last=True)


def email(reading: Reading) -> Iterator[Move]:
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
        yield from email(reading)
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


_BY_ASKED: dict[str, Callable[[Reading], Iterator[Move]]] = {
    "permission": _permission,
    "slot": _slot,
    "first_slot": _first_slot,
    "callback_time": callback_time,
    "email": email,
    "confirm_email": _confirm_email,
}
