"""Every open line of this process."""

import asyncio
import hmac
from uuid import UUID

from starlette.websockets import WebSocket

from services.dialer.addresses import relay_secret
from services.dialer.lines.line import FAILED, RelayLine
from services.dialer.lines.measures import Measures
from services.dialer.lines.sound import Sound, sound_of
from services.dialer.lines.telling import Teller
from services.dialer.lines.wire import Wire
from services.dialer.ports.carrier import AttemptDesk
from services.dialer.settings import DialerSettings
from services.runtime.broker import Broker
from services.runtime.clock import Clock
from services.runtime.logs import about, logger

log = logger(__name__)

SETUP_S = 10.0
SETTLE_S = 5.0
POLICY_VIOLATION = 1008


class RelayLines:
    """Serves the carrier's sockets. `drain` and `close_all` are steps of a service that stops."""

    def __init__(self, settings: DialerSettings, broker: Broker, desk: AttemptDesk, clock: Clock) -> None:
        self._settings = settings
        self._broker = broker
        self._desk = desk
        self._clock = clock
        self._lines: set[RelayLine] = set()
        self._tellers: dict[UUID, Teller] = {}
        self._measures = Measures(broker)
        self._retiring: set[asyncio.Task[None]] = set()
        self._none_open = asyncio.Event()
        self._none_open.set()
        self.carrier_errors = 0
        """How many errors the carrier reported on lines that are over."""
        self.closed = False
        """True once this process takes no lines any more: the carrier is to ask another one."""

    @property
    def open_lines(self) -> int:
        return len(self._lines)

    async def serve(self, websocket: WebSocket, call_id: UUID, secret: str) -> None:
        """Serve one socket whose signature is known to be good, until it is closed."""
        expected = relay_secret(self._settings.auth_token, call_id)
        if self.closed or not hmac.compare_digest(secret.encode(), expected.encode()):
            await websocket.close()
            return
        await websocket.accept()
        wire = Wire(websocket)
        try:
            setup = await wire.setup(SETUP_S)
            if setup is None:
                await wire.close(POLICY_VIOLATION, "the first frame must be setup")
                return
            lead_id = await self._desk.line_opened(call_id, setup.carrier_call_id)
            if lead_id is None:
                await wire.close(POLICY_VIOLATION, "this call may not be spoken on")
                return
            with about(f"calls.{call_id}"):
                await self._run(call_id, setup.carrier_call_id, lead_id, wire)
        except Exception as error:
            log.error("line failed; the carrier will connect another", call_id=str(call_id), exc_info=error)
        finally:
            await wire.close(FAILED, "the line failed")

    async def sound_of(self, call_id: UUID) -> Sound:
        """In which language and voice a call is held."""
        return await sound_of(call_id, self._broker, self._settings)

    async def drain(self, grace_s: float) -> None:
        """Let the open lines finish, for at most `grace_s` seconds."""
        try:
            await asyncio.wait_for(self._none_open.wait(), grace_s)
        except TimeoutError:
            log.info("lines still open after the grace period", lines=self.open_lines)

    async def close_all(self) -> None:
        """Close what is open so that the carrier connects it elsewhere, and finish telling what was heard."""
        self.closed = True
        await asyncio.gather(*(line.restart() for line in self._lines))
        await self.drain(SETTLE_S)
        if self._retiring:
            await asyncio.wait(self._retiring, timeout=SETTLE_S)
        for task in self._retiring:
            task.cancel()
        for teller in self._tellers.values():
            await teller.stop()
        await self._measures.settled(SETTLE_S)

    async def _run(self, call_id: UUID, carrier_call_id: str, lead_id: str, wire: Wire) -> None:
        language = (await self.sound_of(call_id)).language
        teller = self._tellers.get(call_id)  # from here to the set of open lines nothing waits, or it might be retired
        if teller is None:
            teller = self._tellers[call_id] = Teller(self._broker)
        line = RelayLine(
            call_id,
            carrier_call_id,
            lead_id,
            language=language,
            wire=wire,
            broker=self._broker,
            teller=teller,
            measures=self._measures,
            clock=self._clock,
            settings=self._settings,
        )
        self._lines.add(line)
        self._none_open.clear()
        try:
            await line.run()
        finally:
            self._lines.discard(line)
            self.carrier_errors += line.errors
            if not self._lines:
                self._none_open.set()
            task = asyncio.create_task(self._retire(call_id, teller))
            self._retiring.add(task)
            task.add_done_callback(self._retiring.discard)

    async def _retire(self, call_id: UUID, teller: Teller) -> None:
        """Keep telling what the line heard; then forget it, unless another line of the call goes on with it."""
        await teller.settled()
        if all(line.call_id != call_id for line in self._lines) and self._tellers.get(call_id) is teller:
            del self._tellers[call_id]
            await teller.stop()
