"""What a line does by itself when its time has come: it fills a silence, notices one, and ends the call."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress

from services.dialer.lines.hearing import Hearing
from services.dialer.lines.intake import Handoff, Intake
from services.dialer.lines.speech import APOLOGY, HOLDING, Speech
from services.dialer.settings import DialerSettings
from services.runtime.clock import Clock
from services.runtime.logs import logger

log = logger(__name__)

MISSED_S = 1.0
"""After this long without a phrase that is due, the stream is asked whether one was missed."""
LAST_LOOK_S = 2.0
"""How long the end of a call waits for the stream to say whether its last phrase was missed."""
LAST_WORDS_S = 4.0
"""How long the end of a call waits for a caller who is speaking: an opt-out is heeded to the last moment."""
WORDS_FOLLOW_S = 0.5
"""Words follow within this long of the report that the caller has stopped speaking."""
LONGEST_SPEECH_S = 60.0
"""A caller who is reported to be speaking for longer than this is not."""

NEVER = float("inf")
Due = tuple[float, Callable[[], Awaitable[None]]]
"""A moment of the monotonic clock, and what is to be done then."""


class Attention:
    """Runs beside one line until the session is to end."""

    def __init__(
        self,
        hearing: Hearing,
        speech: Speech,
        intake: Intake,
        clock: Clock,
        settings: DialerSettings,
    ) -> None:
        self._hearing = hearing
        self._speech = speech
        self._intake = intake
        self._clock = clock
        self._settings = settings
        self._opened_at = clock.monotonic()
        self._due_at = NEVER
        """When something is due next, as far as is known."""
        self._is_due: asyncio.Future[None] | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._held = False
        self._looked_at = 0.0
        self._looking: asyncio.Task[None] | None = None
        self._end: Handoff | None = None

    async def until_end(self) -> Handoff:
        """Do what is due, when it is due. Returns why the call ends."""
        loop = asyncio.get_running_loop()
        try:
            while self._end is None:
                at, do = self._next()
                if do is not None and at <= self._clock.monotonic():
                    await do()
                    continue
                self._is_due = loop.create_future()
                self._set_alarm(at)
                await self._is_due
            return self._end
        finally:
            self._set_alarm(NEVER)
            if self._looking is not None:
                self._looking.cancel()

    def news(self) -> None:
        """Something has happened that may change what is due, and when. Nobody is woken before it is."""
        at, _ = self._next()
        if at != self._due_at and self._end is None:
            self._set_alarm(at)

    def _set_alarm(self, at: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        self._due_at = at
        if at != NEVER:
            wait_s = max(at - self._clock.monotonic(), 0)
            self._alarm = asyncio.get_running_loop().call_later(wait_s, self._wake)

    def _wake(self) -> None:
        if self._is_due is not None and not self._is_due.done():
            self._is_due.set_result(None)

    def _next(self) -> tuple[float, Callable[[], Awaitable[None]] | None]:
        return min(self._due(), key=_moment, default=(NEVER, None))

    def _due(self) -> Iterator[Due]:
        hearing, speech, settings = self._hearing, self._speech, self._settings
        if self._intake.hang_up:
            yield self._opened_at, self._hang_up
        if hearing.keys_due is not None:
            yield hearing.keys_due, self._keys
        if self._intake.closing is not None:
            last_words_s = LAST_WORDS_S if hearing.speaking else WORDS_FOLLOW_S
            yield max(speech.playout.quiet_at(), hearing.reported_at + last_words_s), self._close
            return
        if not self._intake.claimed:
            if not self._held:
                yield self._opened_at + settings.holding_s, self._hold
            yield self._opened_at + settings.give_up_s, self._give_up
        if speech.awaits_caller:
            active_at = hearing.active_at + (LONGEST_SPEECH_S if hearing.speaking else 0)
            yield max(speech.playout.quiet_at(), active_at) + settings.silence_s, self._silence
        if (speech.phrases.open or speech.answered < hearing.turn) and (self._looking is None or self._looking.done()):
            yield max(speech.handed_at, hearing.active_at, self._looked_at) + MISSED_S, self._look

    async def _hang_up(self) -> None:
        self._end = {"reason": "operator"}

    async def _keys(self) -> None:
        if self._hearing.keys():
            self._speech.awaits_caller = False

    async def _silence(self) -> None:
        self._speech.awaits_caller = False
        self._hearing.silence()

    async def _hold(self) -> None:
        self._held = True
        self._speech.say(HOLDING)

    async def _give_up(self) -> None:
        log.error("no conversation worker took the call; ending it with an apology")
        self._intake.closing = {"reason": "no_worker"}
        self._speech.say(APOLOGY)
        self._speech.silenced = True

    async def _look(self) -> None:
        self._looked_at = self._clock.monotonic()
        self._looking = asyncio.create_task(self._intake.look_for_missed())

    async def _close(self) -> None:
        """The agent has finished. An utterance without its end may have lost a phrase: look before leaving."""
        if self._speech.phrases.open is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(LAST_LOOK_S):
                    await self._intake.facts.resync()
            self._speech.phrases.give_up()
        else:
            self._end = self._intake.closing


def _moment(due: Due) -> float:
    return due[0]
