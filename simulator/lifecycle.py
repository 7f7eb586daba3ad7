"""The life of one call: queued, dialed, ringing, answered, told what to do by TwiML, and over."""

import asyncio
from collections.abc import Callable

from simulator.callbacks import Spawn, StatusCallbacks, tell_answered_by
from simulator.calls import Call, HangUp, Source
from simulator.pace import Pace
from simulator.person import Person
from simulator.personas import Persona
from simulator.recordings import Shelf, tell_recorded
from simulator.script import Ordered, Script, unless_ordered
from simulator.settings import Faults
from simulator.webhooks import Webhooks


class Lifecycle:
    """Runs one call from the queue to its end."""

    def __init__(
        self,
        call: Call,
        persona: Persona,
        shelf: Shelf,
        webhooks: Webhooks,
        pace: Pace,
        patience_s: float,
        faults: Callable[[], Faults],
        spawn: Spawn,
    ) -> None:
        self._call = call
        self._persona = persona
        self._shelf = shelf
        self._webhooks = webhooks
        self._pace = pace
        self._faults = faults
        self._spawn = spawn
        self._status = StatusCallbacks(call, webhooks, faults, spawn)
        self._ended_told = False
        person = Person(persona, call.sid)
        self._script = Script(call, person, webhooks, pace, patience_s, faults, self._hung_up)

    async def run(self, queued_s: float) -> None:
        """Live through the call, after so many real seconds in the queue."""
        call = self._call
        try:
            if not await self._dial(queued_s):
                return
            call.answered_at = call.history[-1][1]
            self._shelf.begin(call)
            limit = asyncio.get_running_loop().call_later(call.request.time_limit_s, call.give, HangUp())
            try:
                await self._talk()
            finally:
                limit.cancel()
        except Ordered:
            self._end("completed" if call.answered_at else "canceled")
        else:
            self._end("completed")
        await self._pace.pause(0.4)
        self._tell_end(200 if call.answered_at else 487)
        for recording in self._shelf.of(call.sid):
            recording.duration_s = call.duration_s
            await tell_recorded(call, recording, self._webhooks)

    async def _dial(self, queued_s: float) -> bool:
        """Ring; False, with everything told, if nobody answered."""
        call, persona = self._call, self._persona
        await unless_ordered(call, asyncio.sleep(queued_s))
        call.dial()
        self._status.fire("initiated")
        await unless_ordered(call, self._pace.pause(0.3))
        if persona.pickup == "failed":
            self._end("failed")
            self._tell_end(404)
            return False
        call.become("ringing")
        self._status.fire("ringing")
        if persona.pickup == "no-answer":
            await unless_ordered(call, self._pace.pause(call.request.ring_timeout_s))
            self._end("no-answer")
            self._tell_end(487)
            return False
        await unless_ordered(call, self._pace.pause(1.0 if persona.pickup == "busy" else 2.5))
        if persona.pickup == "busy":
            self._end("busy")
            self._tell_end(486)
            return False
        call.become("in-progress")
        self._status.fire("answered")
        return True

    def _end(self, status: str) -> None:
        if not self._call.terminal:
            self._call.become(status)
        self._call.transcript.caller_spoke.set()  # nobody waits any longer for a first turn

    def _hung_up(self) -> None:
        self._end("completed")
        if self._faults().status_before_action:
            self._tell_end(200)

    def _tell_end(self, sip_code: int) -> None:
        if not self._ended_told:
            self._ended_told = True
            self._status.fire("completed", sip_code)

    async def _talk(self) -> None:
        """Find out who answered, and do what the application says."""
        call, request = self._call, self._call.request
        answered_by: tuple[tuple[str, str], ...] = ()
        if request.machine_detection and request.async_amd:
            self._spawn(self._detect())
        elif request.machine_detection:
            await unless_ordered(call, self._pace.pause(4.0))
            call.answered_by = self._verdict()
            answered_by = (("AnsweredBy", call.answered_by),)
        await self._script.run(Source(request.url, request.method, request.twiml, answered_by))

    def _verdict(self) -> str:
        verdict = self._persona.answered_by
        if verdict == "machine_start" and self._call.request.machine_detection == "DetectMessageEnd":
            return "machine_end_beep"
        return verdict

    async def _detect(self) -> None:
        """Tell who answered: before, during or after the caller's first turn."""
        call = self._call
        started = asyncio.get_running_loop().time()
        match self._persona.verdict_at:
            case "during":
                await self._pace.pause(2.5)
            case "after":
                await call.transcript.caller_spoke.wait()
                await self._pace.pause(0.2)
        if not call.terminal:
            call.answered_by = self._verdict()
            spent = asyncio.get_running_loop().time() - started
            await tell_answered_by(call, self._webhooks, round(spent * self._pace.speed * 1000))
