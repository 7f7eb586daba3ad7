"""Answers the caller, one turn at a time: whatever was under way is given up for something newer, except an act,
which is always carried out to its end."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Any

from contracts.calls import CallClosing
from services.conversation.acting import Acting
from services.conversation.domain import guardrails
from services.conversation.domain.dialogue import Dialogue
from services.conversation.domain.moves import Act, Deed, HangUp, Move, Note, Say, name_of
from services.conversation.domain.playbook import Playbook
from services.conversation.ports import Agent, Moves, Playbooks
from services.conversation.speech import Speech
from services.conversation.telling import Teller
from services.runtime.clock import ISRAEL, Clock
from services.runtime.logs import logger

log = logger(__name__)


class Answering:
    """The one answer of a call that is under way, and the acts it has begun."""

    def __init__(
        self,
        dialogue: Dialogue,
        *,
        agent: Agent,
        acting: Acting,
        teller: Teller,
        playbooks: Playbooks,
        clock: Clock,
    ) -> None:
        self._dialogue = dialogue
        self._agent = agent
        self._acting = acting
        self._teller = teller
        self._playbooks = playbooks
        self._clock = clock
        self._playbook: Playbook | None = None
        self._reply: asyncio.Task[None] | None = None
        self._act: asyncio.Task[None] | None = None

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin new work on the call; an answer still under way is given up for it."""
        self.cancel()
        self._reply = asyncio.create_task(self._guarded(work), name=f"answer {self._dialogue.call_id}")
        self._reply.add_done_callback(lambda _: work.close())  # given up before it began, it was never awaited

    def cancel(self) -> None:
        """Give up the answer under way. An act it has begun goes on."""
        if self._reply is not None:
            self._reply.cancel()

    async def finish(self, timeout_s: float) -> None:
        """Let the answer under way come to its end, for at most `timeout_s` seconds."""
        running = [task for task in (self._reply, self._act) if task and not task.done()]
        if running:
            await asyncio.wait(running, timeout=timeout_s)

    async def settled(self) -> None:
        """Give up the answer; wait for an act and for everything told."""
        self.cancel()
        if self._act is not None:
            await asyncio.wait([self._act])
        await self._teller.settled()

    async def stop(self) -> None:
        """Leave nothing running."""
        running = [task for task in (self._reply, self._act) if task is not None]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def answer(self, *, repeat: bool = False) -> None:
        """Answer the latest turn, or open the conversation; the agent decides unless a rule does.

        With `repeat`, a turn that was answered already has its question asked again in other words.
        """
        playbook = await self._load_playbook()
        overruled = guardrails.overruling(self._dialogue, playbook)
        now = self._clock.now().astimezone(ISRAEL)
        if overruled is not None:
            await self.make(overruled)
        elif repeat and self._dialogue.answered:
            await self.make(self._agent.repeat(self._dialogue, playbook, now), again=True)
        else:
            await self.make(self._agent.moves(self._dialogue, playbook, now))

    async def make(self, moves: Moves, *, again: bool = False) -> None:
        """Make moves one by one. Those that were made before in this turn are passed over, unless they are to
        be made `again`."""
        if self._act is not None:
            await asyncio.shield(self._act)
        await self._teller.settled()
        turn = self._dialogue.turn
        told = [] if again else self._dialogue.said_in(turn)
        done = [(act.move, act.key) for act in self._dialogue.acted_in(turn)]
        speech = Speech(self._teller, self._dialogue, self._clock, await self._load_playbook())
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
                case Note():
                    self._acting.note(move, turn)
                case _:
                    await self.do(move)
        speech.close()
        if hang_up is not None:
            await self._hang_up(hang_up.reason)

    async def do(self, act: Deed) -> None:
        """Carry an act out to its end, whatever the caller says meanwhile: a booking is never half done."""
        self._act = asyncio.create_task(self._acting.carry_out(act, self._dialogue.turn))
        await asyncio.shield(self._act)

    async def _hang_up(self, reason: str) -> None:
        await self._teller.settled()
        await self._teller.tell(
            CallClosing(
                call_id=self._dialogue.call_id,
                occurred_at=self._clock.now(),
                epoch=self._teller.epoch,
                reason=reason,
            )
        )

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:
            log.error("turn failed; closing with an apology", call_id=str(self._dialogue.call_id), exc_info=error)
            await self.make(guardrails.give_up(self._dialogue, await self._load_playbook()))

    async def _load_playbook(self) -> Playbook:
        if self._playbook is None:
            wanted = self._dialogue.playbook
            name, version = (wanted.name, wanted.content_hash) if wanted else ("", "")
            self._playbook = await self._playbooks.get(name, version)
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
