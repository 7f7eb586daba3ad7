"""Carries out what an agent decided to do, and tells what came of it before anybody speaks of it."""

from typing import Any

from contracts.calls import CallClosing, CallTransferring
from contracts.contacts import ContactOptedOut
from contracts.meetings import CallbackRequested
from contracts.requests import Book as BookRequest
from contracts.requests import Booked, Cancel, Cancelled, RefusalReason, Refused, Reschedule, Slot, SlotsOffered
from contracts.requests import OfferSlots as OfferRequest
from contracts.turns import CallActed, CallConsulted, OfferedSlot
from contracts.values import once_id
from services.conversation.domain import guardrails
from services.conversation.domain.consultation import Consultation
from services.conversation.domain.dialogue import Dialogue
from services.conversation.domain.moves import (
    Act,
    Book,
    CancelMeeting,
    Deed,
    HangUp,
    Note,
    OfferSlots,
    OptOut,
    ScheduleCallback,
    SendDetails,
    Transfer,
    name_of,
)
from services.conversation.domain.playbook import Playbook
from services.conversation.ports import Scheduler
from services.conversation.telling import Teller
from services.runtime.clock import Clock

REPRESENTATIVE = "representative"
"""Whom a call is transferred to where the playbook names no number: the dialer has one."""


class Acting:
    """The acts of one call. Each may be repeated by a worker that takes over: none happens twice."""

    def __init__(self, dialogue: Dialogue, teller: Teller, scheduler: Scheduler, clock: Clock) -> None:
        self._dialogue = dialogue
        self._teller = teller
        self._scheduler = scheduler
        self._clock = clock

    async def carry_out(self, act: Deed, turn: int, playbook: Playbook) -> None:
        """Do it, tell `acted`, and return when the dialogue knows."""
        objection = guardrails.objection_to(act, self._dialogue)
        came_of_it = {"refused": objection} if objection else await self._do(act, turn, playbook)
        await self._teller.tell(self._acted(act, turn, came_of_it))

    def note(self, note: Note, turn: int) -> None:
        """Remember something without making the caller wait for it: a note is never spoken of."""
        quote = note.quote or self._words(turn)
        self._teller.tell_soon(self._acted(note, turn, {"key": note.key, "value": note.value, "quote": quote}))

    def consulted(self, asked: Consultation) -> None:
        """Tell what a model was asked, without making anybody wait."""
        self._teller.tell_soon(
            CallConsulted(
                call_id=self._dialogue.call_id,
                occurred_at=self._clock.now(),
                epoch=self._teller.epoch,
                turn=self._dialogue.turn,
                **asked.told(),
            )
        )

    async def part(self, ending: HangUp | Transfer, to: str = REPRESENTATIVE) -> None:
        """Tell the line how to end the call once everything said has been played."""
        call_id, now, epoch = self._dialogue.call_id, self._clock.now(), self._teller.epoch
        if isinstance(ending, HangUp):
            await self._teller.tell(CallClosing(call_id=call_id, occurred_at=now, epoch=epoch, reason=ending.reason))
            return
        await self._teller.tell(
            CallTransferring(call_id=call_id, occurred_at=now, epoch=epoch, to=to, summary=ending.summary)
        )

    def _acted(self, act: Act, turn: int, came_of_it: dict[str, Any]) -> CallActed:
        return CallActed(
            call_id=self._dialogue.call_id,
            occurred_at=self._clock.now(),
            epoch=self._teller.epoch,
            turn=turn,
            move=name_of(act),
            **came_of_it,
        )

    async def _do(self, act: Deed, turn: int, playbook: Playbook) -> dict[str, Any]:
        match act:
            case OfferSlots():
                return await self._offer(act, playbook.meeting.minutes)
            case Book():
                return await self._book(act)
            case CancelMeeting():
                return await self._cancel(turn)
            case ScheduleCallback():
                return await self._schedule_callback(act)
            case OptOut():
                return await self._opt_out(act)
            case SendDetails():
                return {"value": act.address}
            case Transfer():
                return {"value": act.summary, "quote": self._words(turn)}

    async def _offer(self, act: OfferSlots, minutes: int) -> dict[str, Any]:
        reply = await self._scheduler.offer(
            OfferRequest(
                call_id=self._dialogue.call_id,
                lead_id=self._dialogue.lead_id,
                epoch=self._teller.epoch,
                wish=act.wish,
                exclude=act.exclude,
                not_on=act.not_on,
                meeting_minutes=minutes,
                meeting_id=booked.meeting_id if (booked := self._dialogue.known.meeting) else None,
            )
        )
        if isinstance(reply, SlotsOffered):
            return {"slots": _offered(reply.slots)}
        return _refusal(reply)

    async def _book(self, act: Book) -> dict[str, Any]:
        booked = self._dialogue.known.meeting
        if booked is not None and booked.slot_id != act.slot_id:
            return self._booked(
                await self._scheduler.reschedule(
                    Reschedule(
                        meeting_id=booked.meeting_id,
                        call_id=self._dialogue.call_id,
                        epoch=self._teller.epoch,
                        slot_id=act.slot_id,
                    )
                )
            )
        reply = await self._scheduler.book(
            BookRequest(
                call_id=self._dialogue.call_id,
                lead_id=self._dialogue.lead_id,
                epoch=self._teller.epoch,
                slot_id=act.slot_id,
                lead=self._dialogue.lead,
                phone=self._dialogue.request.phone if self._dialogue.request else None,
            )
        )
        return self._booked(reply)

    def _booked(self, reply: Booked | Refused) -> dict[str, Any]:
        if isinstance(reply, Booked):
            return {"meeting": reply.meeting, "quote": self._words(self._dialogue.turn)}
        return _refusal(reply)

    async def _cancel(self, turn: int) -> dict[str, Any]:
        booked = self._dialogue.known.meeting
        if booked is None:
            return {"refused": RefusalReason.NOT_FOUND.value, "value": "no meeting was booked in this call"}
        reply = await self._scheduler.cancel(
            Cancel(
                meeting_id=booked.meeting_id,
                call_id=self._dialogue.call_id,
                epoch=self._teller.epoch,
                reason=self._words(turn),
            )
        )
        return {"quote": self._words(turn)} if isinstance(reply, Cancelled) else _refusal(reply)

    async def _schedule_callback(self, act: ScheduleCallback) -> dict[str, Any]:
        about = ("callback", self._dialogue.call_id, act.window.start.isoformat())
        await self._teller.tell_elsewhere(
            CallbackRequested(
                event_id=once_id(*about, "requested"),
                occurred_at=self._clock.now(),
                correlation_id=self._dialogue.call_id,
                callback_id=once_id(*about),
                lead_id=self._dialogue.lead_id,
                call_id=self._dialogue.call_id,
                window=act.window,
                reason=act.quote,
            )
        )
        return {"callback": act.window, "quote": act.quote}

    async def _opt_out(self, act: OptOut) -> dict[str, Any]:
        await self._teller.tell_elsewhere(
            ContactOptedOut(
                event_id=once_id("opted_out", self._dialogue.call_id),
                occurred_at=self._clock.now(),
                correlation_id=self._dialogue.call_id,
                lead_id=self._dialogue.lead_id,
                phone=self._dialogue.request.phone if self._dialogue.request else None,
                call_id=self._dialogue.call_id,
                quote=act.quote,
            )
        )
        return {"quote": act.quote}

    def _words(self, turn: int) -> str | None:
        return next((said.text for said in self._dialogue.turns if said.number == turn and said.text), None)


def _offered(slots: tuple[Slot, ...]) -> tuple[OfferedSlot, ...]:
    return tuple(
        OfferedSlot(
            slot_id=slot.slot_id,
            start=slot.start,
            end=slot.end,
            representative_name=slot.representative_name,
        )
        for slot in slots
    )


def _refusal(reply: Refused) -> dict[str, Any]:
    return {"refused": reply.reason.value, "value": reply.detail, "slots": _offered(reply.alternatives)}
