"""A carrier for benchmarks: it takes calls over its REST interface, answers at once and puts a caller on the line.

The simulator's people live whole conversations and measure nothing; these ask, listen and ask again.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiohttp import web

from benchmarks.world import World
from simulator import signature, twiml
from simulator.callbacks import call_fields
from simulator.calls import Call, CallRequest
from simulator.settings import Faults
from simulator.webhooks import Webhooks

TOKEN = "simulator-auth-token"


class BenchCarrier:
    """Calls in memory; `talking` counts those whose line is open."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._webhooks = Webhooks(TOKEN, Faults)
        self._calls: dict[str, Call] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def talking(self) -> int:
        return sum(call.status == "in-progress" for call in self._calls.values())

    @asynccontextmanager
    async def running(self, port: int) -> AsyncIterator["BenchCarrier"]:
        """Serve the REST interface while the block runs."""
        app = web.Application()
        app.router.add_post("/2010-04-01/Accounts/{account}/Calls.json", self._create)
        app.router.add_get("/2010-04-01/Accounts/{account}/Calls/{sid}.json", self._show)
        app.router.add_post("/2010-04-01/Accounts/{account}/Calls/{sid}.json", self._show)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        try:
            yield self
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._webhooks.close()
            await runner.cleanup()

    async def _create(self, request: web.Request) -> web.Response:
        form = await request.post()
        parsed = CallRequest.parse([(name, str(value)) for name, value in form.items()])
        call = Call(parsed, request.match_info["account"], "bench", 0)
        self._calls[call.sid] = call
        task = asyncio.create_task(self._live(call))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return web.json_response(call.resource(), status=201)

    async def _show(self, request: web.Request) -> web.Response:
        call = self._calls.get(request.match_info["sid"])
        return web.json_response(call.resource() if call else {"code": 20404}, status=200 if call else 404)

    async def _live(self, call: Call) -> None:
        await asyncio.sleep(0.3)
        await self._report(call, "in-progress")
        answered = await self._webhooks.send(call.request.url or "", "POST", call_fields(call, call.status))
        (verb,) = twiml.parse(answered.body, call.request.url or "")
        assert isinstance(verb, twiml.ConversationRelay), answered.body
        headers: Mapping[str, str] = {signature.HEADER.lower(): signature.sign(TOKEN, verb.url)}
        setup = {
            "sessionId": f"VX{call.sid[2:]}",
            "accountSid": call.account_sid,
            "callSid": call.sid,
            "from": call.request.from_number,
            "to": call.request.to,
            "direction": "outbound-api",
            "callType": "PSTN",
            "callStatus": "IN_PROGRESS",
            "customParameters": verb.parameters,
        }
        name = str(int(call.request.to[-6:]))
        await self._world.call(name, verb.url, headers=headers, greets=True, setup=setup)
        await self._report(call, "completed")

    async def _report(self, call: Call, status: str) -> None:
        call.become(status)
        sequence = ("SequenceNumber", "1" if status == "in-progress" else "2")
        await self._webhooks.send(
            call.request.status_callback or "", "POST", [*call_fields(call, status), sequence, ("CallDuration", "10")]
        )
