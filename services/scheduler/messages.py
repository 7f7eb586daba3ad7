"""What the scheduler hears and answers on the broker."""

from contracts.calls import CallConcluded, CallEnded
from contracts.contacts import ContactOptedOut
from contracts.meetings import CallbackCancelled, CallbackRequested
from contracts.requests import Book, BookByHand, Cancel, FindSlots, ListMeetings, OfferSlots, Reschedule
from contracts.streams import (
    SCHEDULER_CALLBACKS,
    SCHEDULER_CALLBACKS_CANCELLED,
    SCHEDULER_CONCLUDED,
    SCHEDULER_ENDED,
    SCHEDULER_OPT_OUTS,
)
from services.runtime.broker import Broker
from services.runtime.listening import answer, listen
from services.scheduler.desk import BookingDesk
from services.scheduler.handlers import Handlers


def wire(broker: Broker, desk: BookingDesk, handlers: Handlers) -> None:
    """Hand every request to the desk and every fact to its handler."""
    answer(broker, OfferSlots.subject, OfferSlots, desk.offer)
    answer(broker, Book.subject, Book, desk.book)
    answer(broker, BookByHand.subject, BookByHand, desk.book_by_hand)
    answer(broker, Reschedule.subject, Reschedule, desk.reschedule)
    answer(broker, Cancel.subject, Cancel, desk.cancel)
    answer(broker, FindSlots.subject, FindSlots, desk.find_slots)
    answer(broker, ListMeetings.subject, ListMeetings, desk.list_meetings)
    listen(broker, SCHEDULER_ENDED, CallEnded, handlers.call_ended)
    listen(broker, SCHEDULER_CONCLUDED, CallConcluded, handlers.call_concluded)
    listen(broker, SCHEDULER_CALLBACKS, CallbackRequested, handlers.callback_requested)
    listen(broker, SCHEDULER_CALLBACKS_CANCELLED, CallbackCancelled, handlers.callback_cancelled)
    listen(broker, SCHEDULER_OPT_OUTS, ContactOptedOut, handlers.opted_out)
