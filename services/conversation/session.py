"""One call, from its first fact to its conclusion.

Facts come in through the reader and are folded into the dialogue; what they call for (an answer, the end) is
started from here. Everything that is done is told first, under this worker's epoch, and known only when it has
been read back: there is one path and one order, live as in a replay.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from enum import StrEnum
from typing import Any
from uuid import UUID

from contracts.calls import (
    CallAnsweredBy,
    CallClaimed,
    CallClosing,
    CallConcluded,
    CallEnded,
    CallHeard,
    CallInterrupted,
    CallOperated,
    CallReconnected,
    CallReleased,
)
from contracts.event import Event
from contracts.values import AnsweredBy, once_id
from services.conversation.acting import Acting
from services.conversation.domain import guardrails
from services.conversation.domain.dialogue import Dialogue
from services.conversation.domain.moves import Act, HangUp, Move, Note, OptOut, Say, name_of
from services.conversation.domain.outcome import conclude, disposition
from services.conversation.domain.playbook import Playbook
from services.conversation.hebrew.opt_out import opt_out
from services.conversation.ports import Agent, Moves, Playbooks, Scheduler
from services.conversation.reader import CallReader
from services.conversation.settings import ConversationSettings
from services.conversation.speech import Speech
from services.conversation.telling import Teller
from services.runtime.broker import Broker
from services.runtime.clock import ISRAEL, Clock
from services.runtime.lease import Lease
from services.runtime.logs import logger

log = logger(__name__)


class End(StrEnum):
    """Why a session ends."""

    ENDED = "the line ended"
    CONCLUDED = "the call was concluded before"
    OVERDUE = "the line did not end after the last words"
    SUPERSEDED = "another worker claimed the call"
    RELEASED = "this worker stops"


class Session:
    """A worker's hold on one call."""

    def __init__(
        self,
        call_id: UUID,
        *,
        worker_id: str,
        broker: Broker,
        agent: Agent,
        scheduler: Scheduler,
        playbooks: Playbooks,
        clock: Clock,
        settings: ConversationSettings,
    ) -> None:
        self.call_id = call_id
        self.dialogue = Dialogue(call_id)
        self._worker_id = worker_id
        self._broker = broker
        self._agent = agent
        self._playbooks = playbooks
        self._clock = clock
        self._settings = settings
        self._reader = CallReader(broker, call_id, self._hear)
        self._teller = Teller(broker, self.dialogue)
        self._acting = Acting(self.dialogue, self._teller, scheduler, clock)
        self._epoch = 0
        self._playbook: Playbook | None = None
        self._reply: asyncio.Task[None] | None = None
        self._act: asyncio.Task[None] | None = None
        self._end: asyncio.Future[End] = asyncio.get_running_loop().create_future()
        self._overdue: asyncio.TimerHandle | None = None
        self.lease: Lease | None = None

    async def run(self, lease: Lease) -> None:
        """Claim the call, go on with it from wherever it stands, and settle its lease."""
        self.lease = lease
        claim = CallClaimed(call_id=self.call_id, occurred_at=self._clock.now(), worker_id=self._worker_id)
        self._epoch = await self._broker.tell(claim) or 0
        self._teller.epoch = self._epoch
        try:
            await self._reader.open()
            end = await self._end
            await self._settle(end)
        finally:
            await self._stop()

    async def release(self, turn_s: float) -> None:
        """Hand the call over: let the current turn finish, for at most `turn_s` seconds, then let go."""
        running = [task for task in (self._reply, self._act) if task and not task.done()]
        if running:
            await asyncio.wait(running, timeout=turn_s)
        self._finish(End.RELEASED)

    def _hear(self, event: Event, sequence: int) -> None:
        """Take in one fact from the reader, and do what it calls for once our own claim has been read back."""
        applied = self.dialogue.apply(event, sequence)
        self._teller.folded(sequence)
        if sequence == self._epoch:
            self._start(self._resume())
        elif applied and sequence > self._epoch > 0:
            self._react(event)

    def _react(self, event: Event) -> None:
        match event:
            case CallClaimed():
                self._finish(End.SUPERSEDED)
            case CallHeard() if self.dialogue.closing is not None:
                self._heed_last_words(event)
            case CallHeard() | CallReconnected():
                self._start(self._answer(repeat=isinstance(event, CallReconnected)))
            case CallAnsweredBy(answered_by=AnsweredBy.MACHINE | AnsweredBy.FAX):
                self._start(self._answer())
            case CallInterrupted():
                self._cancel_reply()
            case CallOperated():
                self._start(self._make(self._operator_moves(event)))
            case CallClosing():
                self._await_end()
            case CallEnded():
                self._finish(End.ENDED)
            case CallConcluded():
                self._finish(End.CONCLUDED)
            case _:
                return

    async def _resume(self) -> None:
        """Go on from where the facts stand: at the beginning, after a crash or after a hand-over."""
        if self.dialogue.concluded:
            self._finish(End.CONCLUDED)
        elif self.dialogue.ended:
            self._finish(End.ENDED)
        elif self.dialogue.closing is not None:
            self._await_end()
        elif self.dialogue.idle_claims >= guardrails.MAX_FAULTS or not self.dialogue.answered:
            await self._answer()

    async def _answer(self, *, repeat: bool = False) -> None:
        """Answer the caller's latest turn, or open the conversation; the agent decides unless a rule does."""
        playbook = await self._load_playbook()
        overruled = guardrails.overruling(self.dialogue, playbook)
        now = self._clock.now().astimezone(ISRAEL)
        if overruled is not None:
            await self._make(overruled)
        elif repeat and self.dialogue.answered:
            await self._make(self._agent.repeat(self.dialogue, playbook, now), again=True)
        else:
            await self._make(self._agent.moves(self.dialogue, playbook, now))

    async def _make(self, moves: Moves, *, again: bool = False) -> None:
        """Make an agent's moves one by one. Those that were made before in this turn are passed over, unless
        they are to be made `again`."""
        if self._act is not None:
            await asyncio.shield(self._act)
        await self._teller.settled()
        turn = self.dialogue.turn
        told = [] if again else self.dialogue.said_in(turn)
        done = [(act.move, act.key) for act in self.dialogue.acted_in(turn)]
        speech = Speech(self._teller, self.dialogue, self._clock, await self._load_playbook())
        hang_up: HangUp | None = None
        async for move in _each(moves):
            match move:
                case Say() if move.text in told:
                    told.remove(move.text)
                case Say():
                    speech.say(move)
                case HangUp():
                    hang_up = move
                    break
                case _ if (key := _key_of(move)) in done:
                    done.remove(key)
                case _:
                    await self._do(move)
        speech.close()
        if hang_up is not None:
            await self._teller.settled()
            await self._teller.tell(
                CallClosing(
                    call_id=self.call_id,
                    occurred_at=self._clock.now(),
                    epoch=self._epoch,
                    reason=hang_up.reason,
                )
            )

    async def _do(self, act: Act) -> None:
        """Carry an act out to its end, whatever the caller says meanwhile: a booking is never half done."""
        self._act = asyncio.create_task(self._acting.carry_out(act, self.dialogue.turn))
        await asyncio.shield(self._act)

    def _operator_moves(self, event: CallOperated) -> Iterator[Move]:
        if event.action == "say" and event.text:
            yield Say(event.text, last=True)
        elif event.action == "opt_out":
            yield OptOut(f"operator: {event.operator}")
            yield HangUp("opted_out")
        elif event.action == "hang_up":
            yield HangUp("operator")

    def _heed_last_words(self, event: CallHeard) -> None:
        """A goodbye is final, but an opt-out is heeded to the last moment."""
        if not self.dialogue.known.opted_out and (quote := opt_out(event.text)):
            self._start(self._do(OptOut(quote)))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin new work on the call; an answer still under way is given up for it."""
        self._cancel_reply()
        self._reply = asyncio.create_task(self._guarded(work), name=f"reply {self.call_id}")

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:
            log.error("turn failed; closing with an apology", call_id=str(self.call_id), exc_info=error)
            await self._make(guardrails.give_up(self.dialogue, await self._load_playbook()))

    def _cancel_reply(self) -> None:
        if self._reply is not None:
            self._reply.cancel()

    def _await_end(self) -> None:
        if self._overdue is None:
            loop = asyncio.get_running_loop()
            self._overdue = loop.call_later(self._settings.closing_timeout_s, self._finish, End.OVERDUE)

    def _finish(self, end: End) -> None:
        if not self._end.done():
            self._end.set_result(end)

    async def _settle(self, end: End) -> None:
        """Do what the end of this session asks for, last of all with the lease."""
        if self.lease is None:
            return
        if end is End.SUPERSEDED:
            self.lease.abandon()
            return
        self._cancel_reply()
        if self._act is not None:
            await asyncio.wait([self._act])
        await self._teller.settled()
        if end is End.RELEASED:
            await self._teller.tell(
                CallReleased(
                    call_id=self.call_id,
                    occurred_at=self._clock.now(),
                    worker_id=self._worker_id,
                    epoch=self._epoch,
                )
            )
            await self.lease.give_back()
            return
        if end is not End.CONCLUDED:
            if not await self._claim_holds():
                self.lease.abandon()
                return
            await self._conclude()
        await self.lease.done()

    async def _claim_holds(self) -> bool:
        """Whether ours is still the newest claim: a worker that was frozen must not conclude another's call."""
        newest = await self._broker.js.get_last_msg("CALLS", f"calls.{self.call_id}.claimed")
        return newest.seq == self._epoch

    async def _conclude(self) -> None:
        dialogue = self.dialogue
        conclusion = conclude(dialogue)
        await self._broker.tell(
            CallConcluded(
                event_id=once_id("concluded", self.call_id),
                call_id=self.call_id,
                occurred_at=self._clock.now(),
                lead_id=dialogue.lead_id,
                outcome=conclusion.outcome,
                disposition=disposition(dialogue),
                summary=conclusion.summary,
                next_step=conclusion.next_step,
                answers=conclusion.answers,
                interest=conclusion.interest,
                meeting=dialogue.known.meeting,
                callback=dialogue.known.callback,
                evidence=conclusion.evidence,
            )
        )

    async def _stop(self) -> None:
        """Leave nothing running."""
        if self._overdue is not None:
            self._overdue.cancel()
        running = [task for task in (self._reply, self._act) if task is not None]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self._reader.close()
        self._teller.close()

    async def _load_playbook(self) -> Playbook:
        if self._playbook is None:
            wanted = self.dialogue.playbook
            self._playbook = await self._playbooks.get(
                wanted.name if wanted else "", wanted.content_hash if wanted else ""
            )
        return self._playbook


async def _each(moves: Moves) -> AsyncIterator[Move]:
    if isinstance(moves, AsyncIterator):
        async for move in moves:
            yield move
    else:
        for move in moves:
            yield move


def _key_of(act: Act) -> tuple[str, str | None]:
    return name_of(act), act.key if isinstance(act, Note) else None
