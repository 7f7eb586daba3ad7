"""One answer of the agent outside a call: for developers, and for the console's chat box.

The conversation so far is put together from what is sent along; nothing is stored, held, booked or told. What the
agent would do is done on paper only, so that it can say what it would say after it.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from contracts.calls import CallClaimed, CallRequested, CallStarted
from contracts.calls import Playbook as PlaybookName
from contracts.chat import Answered, Ask
from contracts.event import Event
from contracts.requests import FindSlots, Slot, SlotsFound
from contracts.turns import CallActed, CallHeard, CallSaid, OfferedSlot
from contracts.values import MeetingFacts, Speaker
from services.conversation.agents.asking import asked_in
from services.conversation.domain import guardrails
from services.conversation.domain.dialogue import Dialogue
from services.conversation.domain.moves import (
    Act,
    Book,
    CancelMeeting,
    HangUp,
    Move,
    Note,
    OfferSlots,
    Say,
    ScheduleCallback,
    name_of,
)
from services.conversation.domain.opting_out import confirming
from services.conversation.domain.playbook import Playbook
from services.conversation.domain.playbook_reading import parse_playbook
from services.conversation.domain.turns import CONFIRM_OPT_OUT
from services.conversation.ports import Agent, Playbooks, Scheduler
from services.runtime.clock import ISRAEL, Clock

NOBODY = "+972500000000"
NOBODYS_ID = "rehearsal"
EPOCH = 1
MEETING_OFFERED = 2
"""So many times are offered in a call."""


class Rehearsal:
    """Answers one turn of a conversation that is sent along. `reply` may be called by many at once."""

    def __init__(self, agent: Agent, playbooks: Playbooks, scheduler: Scheduler, clock: Clock) -> None:
        self._agent = agent
        self._playbooks = playbooks
        self._scheduler = scheduler
        self._clock = clock

    async def reply(self, ask: Ask) -> Answered:
        """What the agent would say and do. Raises NotFound for an unknown playbook, InvalidMessage for a bad one."""
        if ask.playbook_text is not None:
            playbook = parse_playbook(ask.playbook_text, ask.playbook or "playbook_text")
        else:
            playbook = await self._playbooks.get(ask.playbook or "", "")
        now = (ask.now or self._clock.now()).astimezone(ISRAEL)
        paper = _Paper(ask, playbook, now)
        overruled = guardrails.overruling(paper.dialogue, playbook, now)
        moves = overruled if overruled is not None else self._agent.moves(paper.dialogue, playbook, now)
        spoken: list[Say] = []
        acts: list[Act | HangUp] = []
        async for move in _each(moves):
            if isinstance(move, Say):
                spoken.append(move)
                paper.say(move)
                continue
            acts.append(move)
            if isinstance(move, HangUp):
                break
            await self._act(move, paper)
        return _answered(spoken, acts, paper, by="rules" if overruled is not None else "agent")

    async def _act(self, act: Act, paper: "_Paper") -> None:
        match act:
            case OfferSlots():
                minutes = paper.playbook.meeting.minutes
                found = await self._scheduler.find(
                    FindSlots(wish=act.wish, not_on=act.not_on, count=MEETING_OFFERED, meeting_minutes=minutes)
                )
                fresh = found.slots if isinstance(found, SlotsFound) else ()
                paper.act("offer_slots", slots=_offered(fresh), refused=None if fresh else "no_slots")
            case Book():
                paper.book(act.slot_id)
            case CancelMeeting():
                paper.act("cancel")
            case ScheduleCallback():
                paper.act("schedule_callback", callback=act.window)
            case Note():
                paper.act("note", key=act.key, value=act.value)
            case _:
                paper.act(name_of(act))


class _Paper:
    """A call that never was: its facts, folded."""

    def __init__(self, ask: Ask, playbook: Playbook, now: datetime) -> None:
        self.playbook = playbook
        self.dialogue = Dialogue(uuid4())
        self._now = now.astimezone(UTC)
        self._sequence = 0
        name = PlaybookName(name=playbook.name, content_hash="")
        lead_id = ask.lead_id or NOBODYS_ID
        self._tell(CallRequested, lead_id=lead_id, phone=NOBODY, lead=ask.lead, playbook=name)
        self._tell(CallStarted, lead_id=lead_id, line="chat", carrier_call_id=NOBODYS_ID)
        self._tell(CallClaimed, worker_id=NOBODYS_ID)
        if ask.offered:
            self.act("offer_slots", slots=ask.offered)
        for line in ask.history:
            if line.speaker is Speaker.AGENT:
                self.say(Say(line.text, asks=line.asks or self._asked(line.text), last=True))
            else:
                self._hear(line.text)
        if ask.user_utterance:
            self._hear(ask.user_utterance)

    def say(self, move: Say) -> None:
        self._tell(
            CallSaid,
            epoch=self.dialogue.epoch,
            turn=self.dialogue.turn,
            utterance=uuid4(),
            sequence=0,
            text=move.text,
            asks=move.asks,
            last=move.last,
        )

    def act(self, move: str, **came_of_it: Any) -> None:
        self._tell(CallActed, epoch=self.dialogue.epoch, turn=self.dialogue.turn, move=move, **came_of_it)

    def book(self, slot_id: str) -> None:
        slot = next((each for act in self.dialogue.acts for each in act.slots if each.slot_id == slot_id), None)
        if slot is None:
            self.act("book", refused="not_offered")
            return
        meeting = MeetingFacts(
            meeting_id=UUID(int=0),
            slot_id=slot_id,
            start=slot.start,
            end=slot.end,
            representative_id=NOBODYS_ID,
            representative_name=slot.representative_name or "",
        )
        self.act("book", meeting=meeting)

    def _hear(self, text: str) -> None:
        self._now += timedelta(seconds=10)  # lines of a chat are turns of their own, never one utterance in pieces
        self._tell(CallHeard, turn=self.dialogue.turn + 1, text=text)

    def _asked(self, text: str) -> str | None:
        if self.playbook.line(self.playbook.permission, self.dialogue.lead) in text:
            return guardrails.PERMISSION
        if confirming(self.dialogue, self.playbook).text in text:
            return CONFIRM_OPT_OUT
        return asked_in(text, self.dialogue, self.playbook)

    def _tell(self, kind: type[Event], **fields: Any) -> None:
        self._sequence += 1
        event = kind(call_id=self.dialogue.call_id, occurred_at=self._now, **fields)
        self.dialogue.apply(event, self._sequence)


def _answered(spoken: list[Say], acts: list[Act | HangUp], paper: _Paper, by: str) -> Answered:
    """The first act that is more than a note is the action."""
    action = next((act for act in acts if not isinstance(act, Note)), None)
    payload: dict[str, Any] = {}
    if action is not None and not isinstance(action, HangUp):
        came = paper.dialogue.came_of(name_of(action))
        payload = came.model_dump(mode="json", include=_SHOWN, exclude_none=True, exclude_defaults=True) if came else {}
    elif action is not None:
        payload = {"reason": action.reason}
    if notes := {act.key: act.value for act in acts if isinstance(act, Note)}:
        payload["notes"] = notes
    named = None if action is None else "hang_up" if isinstance(action, HangUp) else name_of(action)
    return Answered(
        agent_reply=" ".join(say.text for say in spoken if say.text),
        action=named,
        action_payload=payload,
        asks=next((say.asks for say in reversed(spoken) if say.asks), None),
        ends_call=any(isinstance(act, HangUp) for act in acts),
        decided_by=by,
    )


_SHOWN = {"slots", "meeting", "callback", "refused", "value", "quote"}


def _offered(slots: tuple[Slot, ...]) -> tuple[OfferedSlot, ...]:
    return tuple(
        OfferedSlot(slot_id=each.slot_id, start=each.start, end=each.end, representative_name=each.representative_name)
        for each in slots
    )


async def _each(moves: Any) -> AsyncIterator[Move]:
    if isinstance(moves, AsyncIterator):
        async for move in moves:
            yield move
    else:
        for move in moves:
            yield move
