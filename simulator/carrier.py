"""The carrier: all calls, the queue that starts them one after the other, and the tasks they live in."""

import asyncio
import logging
from collections import Counter
from collections.abc import Coroutine, Iterable
from typing import Any, Final

from simulator.calls import Call, CallRequest, HangUp, Source, require_http_url
from simulator.lifecycle import Lifecycle
from simulator.pace import Pace
from simulator.personas import persona_of
from simulator.recordings import Shelf
from simulator.refusals import Refused
from simulator.settings import SimulatorSettings
from simulator.webhooks import Webhooks

QUEUE_LIMIT_S: Final = 24 * 3600
_log = logging.getLogger("simulator")


class Carrier:
    """Keeps every call in memory, for as long as it runs."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self.settings = settings
        self.faults = settings.faults
        self.calls: dict[str, Call] = {}
        self.recordings = Shelf()
        self._pace = Pace(settings.speed)
        self._webhooks = Webhooks(settings.auth_token, lambda: self.faults)
        self._tasks: set[asyncio.Task[None]] = set()
        self._next_start = 0.0

    async def close(self) -> None:
        """Drop every line: cancel what runs, and close the connections."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._webhooks.close()

    def accept(self, form: Iterable[tuple[str, str]], api_url: str = "") -> Call:
        """Take a new call into the queue. `api_url` is where it was asked for.

        Raises:
            Refused: a parameter is wrong, the number or a fault is made to be refused, or the queue is full.
        """
        request = CallRequest.parse(form)
        persona = persona_of(request.to)
        code = self.faults.refuse_code or persona.refuse_code
        if code is not None:
            raise Refused(code, request.to)
        now = asyncio.get_running_loop().time()
        queued_s = max(self._next_start - now, 0.0)
        if queued_s > QUEUE_LIMIT_S:
            raise Refused(22005)
        self._next_start = now + queued_s + 1 / self.settings.cps
        call = Call(request, self.settings.account_sid, persona.name, round(queued_s * 1000), api_url)
        self.calls[call.sid] = call
        patience_s, shelf = self.settings.patience_s, self.recordings
        lifecycle = Lifecycle(
            call, persona, shelf, self._webhooks, self._pace, patience_s, lambda: self.faults, self.spawn
        )
        self.spawn(lifecycle.run(queued_s))
        return call

    def find(self, sid: str) -> Call:
        """One call.

        Raises:
            Refused: 20404.
        """
        call = self.calls.get(sid)
        if call is None:
            raise Refused(20404, f"/Calls/{sid}.json")
        return call

    def update(self, sid: str, form: dict[str, str]) -> Call:
        """End a call, or send it to other TwiML.

        Raises:
            Refused: unknown call, a call that is over or not yet answered, or contradicting parameters.
        """
        call = self.find(sid)
        status, url, twiml = form.get("Status"), form.get("Url"), form.get("Twiml")
        if url and twiml:
            raise Refused(20001, "Url and Twiml are mutually exclusive")
        if not (status or url or twiml):
            return call
        if call.terminal:
            raise Refused(21220)
        if status == "completed" or (status == "canceled" and call.answered_at is None):
            call.give(HangUp())
        elif status not in (None, "canceled"):
            raise Refused(20001, f"Status {status}")
        if url or twiml:
            if call.status != "in-progress":
                raise Refused(21220)
            if url:
                require_http_url(url)
            call.give(Source(url, form.get("Method", "POST").upper(), twiml))
        return call

    def dials(self) -> Counter[str]:
        """How often each number was dialed."""
        return Counter(call.request.to for call in self.calls.values())

    def spawn(self, doing: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run something for as long as the carrier runs."""
        task = asyncio.create_task(doing)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a call of the simulator broke", exc_info=error)
