"""One call, from its first fact to its conclusion.

Facts come in through the reader and are folded into the dialogue; what they call for (an answer, the end) is
started from here. Everything that is done is told first, under this worker's epoch, and known only when it has
been read back: there is one path and one order, live as in a replay.
"""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from contracts.calls import (
    CallAnsweredBy,
    CallClaimed,
    CallClosing,
    CallConcluded,
    CallEnded,
    CallReconnected,
    CallReleased,
    CallTransferring,
)
from contracts.event import Event
from contracts.turns import CallHeard, CallInterrupted, CallOperated
from contracts.values import AnsweredBy, once_id
from services.conversation.acting import Acting
from services.conversation.answering import Answering
from services.conversation.domain.dialogue import TRANSFER, Dialogue
from services.conversation.domain.moves import HangUp, Move, OptOut, Say
from services.conversation.domain.outcome import EMAIL_NOTE, Conclusion, conclude, disposition
from services.conversation.domain.turn_taking import LAST_MOMENT
from services.conversation.languages import opt_out
from services.conversation.ports import Agent, Playbooks, Scheduler
from services.conversation.reader import CallReader
from services.conversation.settings import ConversationSettings
from services.conversation.telling import Teller
from services.runtime.broker import Broker
from services.runtime.clock import Clock
from services.runtime.lease import Lease


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
        self.lease: Lease | None = None
        self.dialogue = Dialogue(call_id)
        self._worker_id = worker_id
        self._broker = broker
        self._clock = clock
        self._settings = settings
        self._teller = Teller(broker, self.dialogue)
        self._reader = CallReader(broker, call_id, self._hear, self._teller.ours)
        self._agent = agent
        self._acting = Acting(self.dialogue, self._teller, scheduler, clock)
        self._answering = Answering(
            self.dialogue,
            agent=agent,
            acting=self._acting,
            teller=self._teller,
            playbooks=playbooks,
            clock=clock,
            spans=broker.spans,
        )
        self._epoch = 0
        self._end: asyncio.Future[End] = asyncio.get_running_loop().create_future()
        self._overdue: asyncio.TimerHandle | None = None
        self._limited: asyncio.TimerHandle | None = None

    async def run(self, lease: Lease) -> None:
        """Claim the call, go on with it from wherever it stands, and settle its lease."""
        self.lease = lease
        claim = CallClaimed(call_id=self.call_id, occurred_at=self._clock.now(), worker_id=self._worker_id)
        self._epoch = self._teller.epoch = await self._broker.tell(claim) or 0
        try:
            await self._reader.open()
            await self._settle(await self._end, lease)
        finally:
            await self._stop()

    async def release(self, turn_s: float) -> None:
        """Hand the call over: let the current turn finish, for at most `turn_s` seconds, then let go."""
        await self._answering.finish(turn_s)
        self._finish(End.RELEASED)

    def _hear(self, event: Event, sequence: int) -> None:
        """Take in one fact, and do what it calls for once our own claim has been read back."""
        applied = self.dialogue.apply(event, sequence)
        self._teller.folded(event, sequence)
        if sequence == self._epoch:
            self._resume()
        elif applied and sequence > self._epoch:
            self._react(event)

    def _resume(self) -> None:
        """Go on from where the facts stand: at the beginning, after a crash or after a hand-over."""
        if self.dialogue.concluded:
            self._finish(End.CONCLUDED)
        elif self.dialogue.ended:
            self._finish(End.ENDED)
        elif self.dialogue.closing is not None:
            self._await_end()
        else:
            self._limit()
            if not self.dialogue.answered:
                self._answering.start(self._answering.answer())

    def _react(self, event: Event) -> None:
        match event:
            case CallClaimed():
                self._finish(End.SUPERSEDED)
            case CallHeard() if self.dialogue.closing is not None:
                self._heed_last_words(event)
            case CallHeard():
                self._answering.start(self._answering.answer())
            case CallAnsweredBy(answered_by=AnsweredBy.MACHINE | AnsweredBy.FAX) if not self.dialogue.words_ever:
                self._answering.start(self._answering.answer())
            case CallReconnected() if self.dialogue.closing is None:
                self._answering.start(self._answering.answer(repeat=True))
            case CallInterrupted():
                self._answering.cancel()
            case CallOperated():
                self._answering.start(self._answering.make(_operator_moves(event)))
            case CallClosing() | CallTransferring():
                self._await_end()
            case CallEnded():
                self._finish(End.ENDED)
            case CallConcluded():
                self._finish(End.CONCLUDED)
            case _:
                return

    def _heed_last_words(self, event: CallHeard) -> None:
        """A goodbye is final, but an opt-out is heeded to the last moment."""
        if not self.dialogue.known.opted_out and (quote := opt_out(event.text)):
            self._answering.start(self._answering.do(OptOut(quote)))

    def _limit(self) -> None:
        """Have the call wound down before the carrier cuts it off."""
        request, started = self.dialogue.request, self.dialogue.started
        if request is None or started is None:
            return
        left = timedelta(seconds=request.max_duration_s) - LAST_MOMENT - (self._clock.now() - started.occurred_at)
        loop = asyncio.get_running_loop()
        self._limited = loop.call_later(max(left.total_seconds(), 0), self._wind_down)

    def _wind_down(self) -> None:
        if self.dialogue.closing is None and not self._end.done():
            self._answering.start(self._answering.wind_down())

    def _await_end(self) -> None:
        """Wait for the line to end. A call that was transferred goes on without us, for as long as it takes."""
        if self._overdue is None and self.dialogue.closing != TRANSFER:
            loop = asyncio.get_running_loop()
            self._overdue = loop.call_later(self._settings.closing_timeout_s, self._finish, End.OVERDUE)

    def _finish(self, end: End) -> None:
        if not self._end.done():
            self._end.set_result(end)

    async def _settle(self, end: End, lease: Lease) -> None:
        """Do what the end of this session asks for, last of all with the lease."""
        if end is End.SUPERSEDED:
            lease.abandon()
            return
        await self._answering.settled()
        if end is End.RELEASED:
            await self._broker.tell(
                CallReleased(
                    call_id=self.call_id,
                    occurred_at=self._clock.now(),
                    worker_id=self._worker_id,
                    epoch=self._epoch,
                )
            )
            await lease.give_back()
            return
        if end is not End.CONCLUDED:
            if not await self._claim_holds():
                lease.abandon()
                return
            await self._conclude()
        await lease.done()

    async def _claim_holds(self) -> bool:
        """Whether ours is still the newest claim: a worker that was frozen must not conclude another's call."""
        newest = await self._broker.js.get_last_msg("CALLS", f"calls.{self.call_id}.claimed")
        return newest.seq == self._epoch

    async def _conclude(self) -> None:
        dialogue = self.dialogue
        playbook = await self._answering.playbook()
        conclusion = await self._agent.conclude(dialogue, playbook, conclude(dialogue), self._acting.consulted)
        await self._teller.settled()
        await self._broker.tell(self._conclusion(conclusion))

    def _conclusion(self, conclusion: Conclusion) -> CallConcluded:
        dialogue = self.dialogue
        return CallConcluded(
            event_id=once_id("concluded", self.call_id),
            call_id=self.call_id,
            occurred_at=self._clock.now(),
            lead_id=dialogue.lead_id,
            outcome=conclusion.outcome,
            disposition=disposition(dialogue, conclusion.outcome),
            summary=conclusion.summary,
            next_step=conclusion.next_step,
            answers=conclusion.answers,
            email=dialogue.known.note(EMAIL_NOTE) or None,
            interest=conclusion.interest,
            meeting=dialogue.known.meeting,
            callback=dialogue.known.callback,
            evidence=conclusion.evidence,
            concluded_by=conclusion.by,
        )

    async def _stop(self) -> None:
        """Leave nothing running."""
        for timer in (self._overdue, self._limited):
            if timer is not None:
                timer.cancel()
        await self._answering.stop()
        await self._reader.close()
        self._teller.close()


def _operator_moves(event: CallOperated) -> Iterator[Move]:
    if event.action == "say" and event.text:
        yield Say(event.text, last=True)
    elif event.action == "opt_out":
        yield OptOut(f"operator: {event.operator}")
        yield HangUp("opted_out")
    elif event.action == "hang_up":
        yield HangUp("operator")
