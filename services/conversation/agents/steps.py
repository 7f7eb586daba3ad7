"""The steps several answers share: offer slots, book one, ask again, promise a callback, say goodbye."""

from collections.abc import Iterator

from contracts.turns import OfferedSlot
from contracts.values import Outcome, TimeWindow
from services.conversation.agents.reading import Reading
from services.conversation.domain.moves import Book, HangUp, Move, Note, OfferSlots, Say, ScheduleCallback
from services.conversation.domain.opting_out import confirming
from services.conversation.domain.outcome import OUTCOME_NOTE


def offer(reading: Reading, *, wish: TimeWindow | None = None, exclude: tuple[str, ...] = ()) -> Iterator[Move]:
    """Find slots for a wish and ask which one; a slot at the very minute that was asked for is booked at once."""
    meeting = reading.playbook.meeting
    yield OfferSlots(wish, exclude, reading.unwanted)
    act = reading.dialogue.came_of("offer_slots")
    if act is None or not act.slots:
        yield Say(reading.line(meeting.no_slots), asks="callback_time", last=True)
        return
    wished = [slot for slot in act.slots if wish is None or slot.start in wish]
    if wish is not None and wish.exact and wished:
        yield from book(reading, wished[0])
        return
    if wish is not None and not wished:
        yield Say(reading.line(meeting.not_then))
    yield Say(slots_sentence(reading, act.slots), asks="slot", last=True)


def book(reading: Reading, slot: OfferedSlot) -> Iterator[Move]:
    """Book, and say so only after the commit, with weekday, date, hour and part of day."""
    meeting = reading.playbook.meeting
    yield Book(slot.slot_id)
    act = reading.dialogue.came_of("book")
    booked = reading.dialogue.known.meeting
    if booked is None:
        if act is not None and act.slots:
            yield Say(reading.line(meeting.taken))
            yield Say(slots_sentence(reading, act.slots), asks="slot", last=True)
        else:
            yield Say(reading.line(meeting.no_slots), asks="callback_time", last=True)
        return
    yield Say(reading.line(meeting.booked, when=reading.slot_in_full(booked.start)))
    if meeting.ask_email and not reading.lead.email and reading.known.note("email") is None:
        yield Say(reading.line(meeting.email_question), asks="email", last=True)
    else:
        yield Say(reading.line(reading.playbook.closings.booked), last=True)
        yield HangUp("meeting_booked")


def slots_sentence(reading: Reading, slots: tuple[OfferedSlot, ...], *, again: bool = False) -> str:
    """The slots as a question."""
    meeting = reading.playbook.meeting
    first = reading.slot_words(slots[0])
    if len(slots) == 1:
        return reading.line(meeting.one_slot, first=first)
    sentence = meeting.two_slots_again if again else meeting.two_slots
    return reading.line(sentence, first=first, second=reading.slot_words(slots[1]))


def ask_again(reading: Reading) -> Iterator[Move]:
    """Put the open question once more, in other words."""
    playbook, asked = reading.playbook, reading.known.asked
    question = playbook.question(asked.removeprefix("question:")) if asked else None
    if question is not None:
        yield Say(reading.line(question.again), asks=asked, last=True)
    elif asked in ("slot", "first_slot") and reading.known.offered:
        yield Say(slots_sentence(reading, reading.known.offered, again=True), asks="slot", last=True)
    elif asked == "callback_time":
        yield Say(reading.line(playbook.repairs.callback_again), asks="callback_time", last=True)
    elif asked in ("email", "confirm_email"):
        yield Say(reading.line(playbook.meeting.email_again), asks="email", last=True)
    elif reading.known.meeting is not None:
        yield from say_goodbye(reading)
    else:
        yield Say(reading.line(playbook.answers.go_on), asks="permission", last=True)


def confirm_again(reading: Reading) -> Iterator[Move]:
    """Ask once more whether the number is to be taken off the list."""
    yield confirming(reading.dialogue, reading.playbook)


def ask_callback_time(reading: Reading, *, sorry: bool = True) -> Iterator[Move]:
    """Ask when to call again."""
    playbook = reading.playbook
    sentence = playbook.closings.callback_when if sorry else playbook.repairs.callback_again
    yield Say(reading.line(sentence), asks="callback_time", last=True)


def promise_callback(reading: Reading) -> Iterator[Move]:
    """Write the time down, repeat it, and let the caller go."""
    closings = reading.playbook.closings
    window = reading.wish
    if window is None:
        yield from ask_callback_time(reading)
        return
    yield ScheduleCallback(window, reading.words)
    if window.exact:
        yield Say(reading.line(closings.callback_at, when=reading.slot_in_full(window.start)), last=True)
    else:
        yield Say(reading.line(closings.callback), last=True)
    yield HangUp("callback")


def decline(reading: Reading, sentence: str) -> Iterator[Move]:
    """Accept a no."""
    yield Note(OUTCOME_NOTE, Outcome.NOT_INTERESTED)
    yield Say(reading.line(sentence), last=True)
    yield HangUp("not_interested")


def say_goodbye(reading: Reading) -> Iterator[Move]:
    """End the call in the tone of what it came to."""
    closings = reading.playbook.closings
    known = reading.dialogue.known
    booked = known.meeting is not None
    yield Say(reading.line(closings.booked if booked else closings.goodbye), last=True)
    yield HangUp("meeting_booked" if booked else "goodbye")
