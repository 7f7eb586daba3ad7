"""One line: a relay session of the carrier, and the facts of its call.

It tells what is heard, speaks what is said, and knows nothing of sales. It never tells that the call ended: a dropped
socket is not an end.
"""

import asyncio
from contextlib import suppress
from uuid import UUID, uuid4

from contracts.calls import CallReconnected, CallStarted
from contracts.values import once_id
from services.dialer.lines import frames
from services.dialer.lines.attention import Attention
from services.dialer.lines.hearing import Hearing
from services.dialer.lines.intake import Intake
from services.dialer.lines.measures import Measures
from services.dialer.lines.speech import Speech
from services.dialer.lines.telling import Teller
from services.dialer.lines.wire import Wire
from services.dialer.settings import DialerSettings
from services.runtime.broker import Broker
from services.runtime.clock import Clock
from services.runtime.logs import logger

log = logger(__name__)

LINE = "relay"
SETTLE_S = 5.0
"""How long a line waits for what an earlier one of this process heard and could not tell yet."""
CLOSE_S = 5.0
"""The carrier closes the socket after `end`; later than this we do."""
NORMAL = 1000
FAILED = 1011
RESTARTING = 1012


class RelayLine:
    """See the module. `run` serves the session to its end."""

    def __init__(
        self,
        call_id: UUID,
        carrier_call_id: str,
        lead_id: str,
        *,
        language: str,
        wire: Wire,
        broker: Broker,
        teller: Teller,
        measures: Measures,
        clock: Clock,
        settings: DialerSettings,
    ) -> None:
        self.call_id = call_id
        self.line_id = uuid4()
        self.errors = 0
        """How many errors the carrier reported."""
        self._carrier_call_id = carrier_call_id
        self._lead_id = lead_id
        self._wire = wire
        self._broker = broker
        self._teller = teller
        self._clock = clock
        self._hearing = Hearing(call_id, clock, teller.tell, measures.tell)
        self._speech = Speech(wire.send, clock, language)
        self._intake = Intake(
            broker,
            call_id,
            self.line_id,
            hearing=self._hearing,
            speech=self._speech,
            leave=lambda reason: wire.close(NORMAL, reason),
            news=lambda: self._attention.news(),
        )
        self._attention = Attention(self._hearing, self._speech, self._intake, clock=clock, settings=settings)

    async def run(self) -> None:
        """Tell that the line is open, and serve it until the socket is closed. Raises Unavailable without a broker."""
        attending = asyncio.create_task(self._attend(), name=f"line {self.call_id}")
        try:
            await self._open()
            async for frame in self._wire.frames():
                self._hear(frame)
                self._attention.news()
        finally:
            attending.cancel()
            await self._intake.facts.close()
            await asyncio.gather(attending, return_exceptions=True)

    async def restart(self) -> None:
        """Close the socket so that the carrier connects the call elsewhere."""
        await self._wire.close(RESTARTING, "service restart")

    async def _open(self) -> None:
        started = CallStarted(
            event_id=once_id("started", self.call_id, self.line_id),
            call_id=self.call_id,
            occurred_at=self._clock.now(),
            lead_id=self._lead_id,
            line=LINE,
            carrier_call_id=self._carrier_call_id,
        )
        facts = self._intake.facts
        async with facts.opening():
            place = await self._broker.tell(started)
            if place is None:
                stored = await facts.last("started")
                if stored and stored.data and CallStarted.model_validate_json(stored.data).event_id == started.event_id:
                    place = stored.seq  # it was ours; only the acknowledgement was lost
            if place is None:
                await self._take_over()
            else:
                facts.floor = place

    async def _take_over(self) -> None:
        """The call was started on an earlier line: learn where it stands, and say that the line is back."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_S):
                await self._teller.settled()
        self._speech.muted = True  # phrases told before our own `reconnected` are those of the earlier line
        await self._intake.facts.catch_up()
        await self._broker.tell(
            CallReconnected(
                call_id=self.call_id, occurred_at=self._clock.now(), turn=self._hearing.turn, line_id=self.line_id
            )
        )
        await self._intake.facts.catch_up()

    def _hear(self, frame: frames.Frame) -> None:
        hearing, speech = self._hearing, self._speech
        match frame:
            case frames.Prompt(text=text, last=True) if text:
                speech.awaits_caller = False
                hearing.keys()  # pressed before these words
                hearing.words(text, frame.language)
            case frames.Prompt():
                hearing.active()
            case frames.Key(digit=digit):
                if hearing.key(digit):
                    speech.awaits_caller = False
            case frames.Interrupt(segment=segment, played_ms=played_ms):
                for cut in speech.interrupted(segment):
                    hearing.interrupted(cut, played_ms)
            case frames.Speaking(agent=True, on=on):
                speech.playout.speaking(on, self._clock.monotonic())
            case frames.Speaking(on=on):
                hearing.speaks(on)
            case frames.Played(text=text):
                speech.playout.played(text, self._clock.monotonic())
            case frames.CarrierError(description=description):
                self.errors += 1
                log.warning("the carrier reports an error", call_id=str(self.call_id), error=description)
            case _:
                return

    async def _attend(self) -> None:
        try:
            handoff = await self._attention.until_end()
            self._speech.end(**handoff)
            await asyncio.sleep(CLOSE_S)
            await self._wire.close(NORMAL, "the call was ended")
        except Exception as error:
            log.error("line failed; the carrier will connect another", call_id=str(self.call_id), exc_info=error)
            await self._wire.close(FAILED, "the line failed")
