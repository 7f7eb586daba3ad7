"""One dialer as a process of its own, which may be killed at any moment. Its carrier is played by the test, over the
broker: `python -m tests.chaos.dialer_replica SETTINGS CLOCK`."""

import asyncio
import json
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import uvloop
from nats.aio.msg import Msg
from nats.errors import NoRespondersError

import services.runtime.service
from contracts.values import PhoneNumber
from services.dialer import app, reconciler
from services.dialer.desk import Desk
from services.dialer.domain import attempt
from services.dialer.domain.calling_hours import IsraeliHours
from services.dialer.domain.carrier_call import CarrierCall, CarrierStatus, StatusReport
from services.dialer.endings import Endings
from services.dialer.ports.carrier import CarrierThrottled, NumberRejected, OutboundCall, SubmissionUnknown
from services.dialer.settings import DialerSettings
from services.dialer.store import SqlLedger
from services.runtime.broker import Broker
from services.runtime.errors import Unavailable
from services.runtime.logs import configure
from tests.chaos.moved_clock import MovedClock

REPLY_S = 4.0
ANSWERS = "carrier"
"""Subjects on which the test's carrier is asked; on `TOLD` it tells."""
TOLD = "dialer_told"


class AskedCarrier:
    """A carrier over the broker. A reply that does not come is a lost one."""

    name = "played"
    simulated = True

    def __init__(self, url: str) -> None:
        self._broker = Broker(url, "carrier")

    async def connect(self) -> None:
        await self._broker.connect()

    async def place(self, call: OutboundCall) -> str:
        try:
            reply = await self._asked("place", call_id=str(call.call_id), to=call.to, from_number=call.from_number)
        except Unavailable as error:
            raise SubmissionUnknown(error.detail) from error
        match reply["kind"]:
            case "busy":
                raise CarrierThrottled("too many requests")
            case "rejected":
                raise NumberRejected("no such number")
        return str(reply["sid"])

    async def inspect(self, carrier_call_id: str) -> CarrierCall | None:
        reply = await self._asked("inspect", sid=carrier_call_id)
        return _call(reply["call"]) if reply["call"] else None

    async def find(self, to: PhoneNumber, since: datetime) -> list[CarrierCall]:
        return [_call(each) for each in (await self._asked("find", to=to, since=since.timestamp()))["calls"]]

    async def end(self, carrier_call_id: str) -> None:
        await self._asked("end", sid=carrier_call_id)

    async def close(self) -> None:
        await self._broker.close()

    async def _asked(self, what: str, **about: Any) -> Any:
        try:
            reply = await self._broker.nats.request(f"{ANSWERS}.{what}", json.dumps(about).encode(), timeout=REPLY_S)
        except (TimeoutError, NoRespondersError) as error:
            raise Unavailable(f"no reply: {error!r}") from error
        return json.loads(reply.data)


def _call(told: dict[str, Any]) -> CarrierCall:
    return CarrierCall(told["sid"], CarrierStatus(told["status"]), told["to"], told["duration_s"])


async def serve(settings: DialerSettings) -> None:
    carrier = AskedCarrier(settings.broker_url)
    await carrier.connect()
    service = await app.build(settings, carrier)
    assert service.units is not None
    endings = Endings(settings, carrier.name, IsraeliHours(), service.clock)
    desk = Desk(SqlLedger(service.units), carrier, endings, service.clock)
    working: set[asyncio.Task[None]] = set()

    async def hear(message: Msg) -> None:
        told = json.loads(message.data)
        call_id = UUID(told["call_id"])
        if told["kind"] == "line":
            lead_id = await desk.line_opened(call_id, told["sid"])
            await message.respond(json.dumps({"lead_id": lead_id}).encode())
            return
        status = CarrierStatus(told["status"])
        await desk.report(call_id, StatusReport(told["sid"], status, told["sequence"], told["duration_s"]))
        await message.respond(b"{}")

    async def told(message: Msg) -> None:
        task = asyncio.create_task(hear(message))  # what fails is not answered, and so told again
        working.add(task)
        task.add_done_callback(lambda done: (working.discard(done), done.cancelled() or done.exception()))

    await service.start()
    await service.broker.nats.subscribe(TOLD, queue="replicas", cb=told)
    await service.broker.nats.flush()
    print("ready", flush=True)  # noqa: T201  what the test waits for; nobody reads on
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    await asyncio.Event().wait()


def main() -> None:
    settings = DialerSettings(_env_file=None, **json.loads(sys.argv[1]))
    MovedClock.keep_in(Path(sys.argv[2]))
    services.runtime.service.Clock = MovedClock  # type: ignore[misc]
    # What takes minutes with a real carrier takes seconds here.
    attempt.SUBMISSION_PATIENCE = timedelta(seconds=2)
    attempt.RING_PATIENCE = timedelta(seconds=2)
    attempt.TALK_PATIENCE = timedelta(seconds=2)
    attempt.CONCLUSION_PATIENCE = timedelta(seconds=4)
    attempt.GOODBYE_PATIENCE = timedelta(seconds=2)
    reconciler.GIVE_UP = timedelta(seconds=15)
    configure()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings))


if __name__ == "__main__":
    main()
