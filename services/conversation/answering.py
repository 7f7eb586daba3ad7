"""Answers the caller, one turn at a time: whatever was under way is given up for something newer, except an act,
which is always carried out to its end."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from functools import partial
from typing import Any

from services.conversation.acting import REPRESENTATIVE, Acting
from services.conversation.domain import guardrails, turn_taking
from services.conversation.domain.dialogue import Dialogue
from services.conversation.domain.moves import Deed, HangUp, Move, Note, Say, Transfer
from services.conversation.domain.playbook import Playbook
from services.conversation.domain.replay import unmade
from services.conversation.ports import Agent, Moves, Playbooks
from services.conversation.speech import Speech
from services.conversation.telling import Teller
from services.runtime.clock import ISRAEL, Clock
from services.runtime.errors import Failure
from services.runtime.logs import logger
from services.runtime.spans import Spans

log = logger(__name__)

FILLER_S = 1.2
"""An act that takes longer than this is bridged by a word, so that the line is not silent."""


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
        spans: Spans,
    ) -> None:
        self._dialogue = dialogue
        self._agent = agent
        self._acting = acting
        self._teller = teller
        self._playbooks = playbooks
        self._spans = spans
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
        playbook = await self.playbook()
        now = self._clock.now().astimezone(ISRAEL)
        overruled = guardrails.overruling(self._dialogue, playbook, now)
        if overruled is not None:
            await self.make(unmade(overruled, self._dialogue))
        elif repeat and self._dialogue.answered:
            await self.make(self._agent.repeat(self._dialogue, playbook, now))
        else:
            await self.make(self._agent.moves(self._dialogue, playbook, now, self._acting.consulted))

    async def wind_down(self) -> None:
        """Say goodbye now: the call's time is up."""
        await self.make(turn_taking.wind_down(self._dialogue, await self.playbook()))

    async def make(self, moves: Moves) -> None:
        """Make moves one by one."""
        if self._act is not None:
            await asyncio.shield(self._act)
        await self._teller.settled()
        turn = self._dialogue.turn
        playbook = await self.playbook()
        filler = playbook.filler(turn)
        speech = Speech(self._teller, self._dialogue, self._clock, playbook)
        ending: HangUp | Transfer | None = None
        async for move in _each(moves):
            match move:
                case Say():
                    speech.say(move)
                case HangUp():
                    ending = move
                    break
                case Note():
                    self._acting.note(move, turn)
                case Transfer():
                    await self.do(move)
                    ending = move
                    break
                case _:
                    await self.do(move, meanwhile=partial(speech.say, Say(filler)) if filler else None)
        speech.close()
        if ending is not None:
            await self._teller.settled()
            await self._acting.part(ending, playbook.transfer.number if playbook.transfer else REPRESENTATIVE)

    async def do(self, act: Deed, meanwhile: Callable[[], None] | None = None) -> None:
        """Carry an act out to its end, whatever the caller says meanwhile: a booking is never half done.

        `meanwhile` is called once if it takes so long that the caller must be told that something happens.
        """
        self._act = asyncio.create_task(self._acting.carry_out(act, self._dialogue.turn, await self.playbook()))
        if meanwhile is not None:
            done, _ = await asyncio.wait([self._act], timeout=FILLER_S)
            if not done:
                meanwhile()
        await asyncio.shield(self._act)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        turn = self._dialogue.turn
        try:
            with self._spans.in_turn("answer", self._dialogue.call_id, turn):
                await work
        except Exception as error:
            log.error("turn failed; closing with an apology", call_id=str(self._dialogue.call_id), exc_info=error)
            await self._apologise()

    async def _apologise(self) -> None:
        """Close a call we cannot go on with; without a playbook there are no words to do it in."""
        try:
            playbook = await self.playbook()
        except Failure:
            await self._acting.part(HangUp("failed"))
        else:
            await self.make(guardrails.give_up(self._dialogue, playbook))

    async def playbook(self) -> Playbook:
        """The playbook of the call. Raises NotFound with the cure."""
        if self._playbook is None:
            wanted = self._dialogue.playbook
            name, version = (wanted.name, wanted.content_hash) if wanted else ("", "")
            self._playbook = (await self._playbooks.get(name, version)).for_call(self._dialogue.call_id)
        return self._playbook


async def _each(moves: Moves) -> AsyncIterator[Move]:
    if isinstance(moves, AsyncIterator):
        async for move in moves:
            yield move
    else:
        for move in moves:
            yield move
