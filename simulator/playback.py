"""The carrier's loudspeaker: plays the agent's tokens at speaking pace and knows what has been heard of them."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from simulator.frames import Play, SendDigits, Text
from simulator.pace import Pace
from simulator.transcript import Spoken, Transcript, Utterance

CHARACTERS_PER_S: Final = 14.0
FIRST_SOUND_S: Final = 0.33
"""Lifelike seconds from the first token to the first sound."""
GAP_S: Final = 0.5
"""Lifelike seconds without a token, inside an utterance, after which the agent counts as not speaking."""

Notify = Callable[[str, str], Awaitable[None]]


@dataclass
class _Sound:
    spoken: Spoken
    utterance: Utterance
    last: bool
    interruptible: str
    preemptible: bool
    seconds: float
    purged: bool = False


@dataclass(frozen=True)
class Cut:
    """What had been heard when the caller cut in: of the current token, and of the current sentence."""

    fragment: str
    sentence: str
    duration_ms: int


class Playback:
    """Plays one session. `notify` sends an info frame, if the application asked for it."""

    def __init__(self, pace: Pace, transcript: Transcript, session: int, interruptible: str, notify: Notify) -> None:
        self._pace = pace
        self._transcript = transcript
        self._session = session
        self._interruptible = interruptible
        self._notify = notify
        self._queue: deque[_Sound] = deque()
        self._arrived = asyncio.Event()
        self._changed = asyncio.Event()
        self._cut = asyncio.Event()
        self._utterance: Utterance | None = None
        self._current: _Sound | None = None
        self._current_from = 0.0
        self._sentence = ""
        self._sentence_from = 0.0
        self._unanswered: list[str] = []
        self.caller_quiet = asyncio.Event()
        self.caller_quiet.set()
        self.speaking = False
        self.mid_utterance = False

    def add(self, frame: Text | Play | SendDigits) -> None:
        """Queue what the application wants played."""
        opens = self._utterance is None
        if opens and self._current is not None and self._current.preemptible:
            self._drop_preemptible()
        if isinstance(frame, Text):
            utterance = self._utterance or self._transcript.agent(self._session)
            self._utterance = None if frame.last else utterance
            utterance.closed = frame.last
            text, seconds, last = frame.token, len(frame.token.strip()) / CHARACTERS_PER_S, frame.last
        else:
            utterance = self._transcript.agent(self._session, "play")
            utterance.closed = True
            text = frame.source if isinstance(frame, Play) else frame.digits
            seconds, last = 1.0, True
        override = None if isinstance(frame, SendDigits) else frame.interruptible
        sound = _Sound(
            spoken=Spoken(text),
            utterance=utterance,
            last=last,
            interruptible=self._interruptible if override is None else _interruptible(override),
            preemptible=not isinstance(frame, SendDigits) and frame.preemptible,
            seconds=self._pace.seconds(seconds),
        )
        utterance.tokens.append(sound.spoken)
        self._queue.append(sound)
        self._arrived.set()

    async def run(self) -> None:
        """Play until cancelled."""
        while True:
            while not self._queue:
                self._arrived.clear()
                await self._arrived.wait()
            await self.caller_quiet.wait()
            if not self._queue:
                continue
            if not self.speaking and self._queue[0].seconds > 0:
                await self._pace.pause(FIRST_SOUND_S)
                if not self._queue or not self.caller_quiet.is_set():
                    continue
                self.speaking = True
                self._sentence = ""
                self._change()
                await self._notify("agentSpeaking", "on")
                if not self._queue:
                    continue
            sound = self._queue.popleft()
            self.mid_utterance = not sound.last
            if await self._play(sound) and not self._queue:
                await self._fall_quiet(sound)

    async def _play(self, sound: _Sound) -> bool:
        """Play one token; False if the caller cut in."""
        now = asyncio.get_running_loop().time()
        self._current, self._current_from = sound, now
        if not self._sentence:
            self._sentence_from = now
        self._cut.clear()
        try:
            async with asyncio.timeout(sound.seconds):
                await self._cut.wait()
        except TimeoutError:
            self._current = None
        else:
            return not sound.purged
        sound.spoken.heard = sound.spoken.text
        self._unanswered.append(sound.spoken.text)
        ends_sentence = sound.spoken.text.rstrip().endswith((".", "?", "!"))
        self._sentence = "" if ends_sentence else self._sentence + sound.spoken.text
        if sound.spoken.text:
            await self._notify("tokensPlayed", sound.spoken.text)
        return not sound.purged

    async def _fall_quiet(self, sound: _Sound) -> None:
        if not sound.last:
            try:
                async with asyncio.timeout(self._pace.seconds(GAP_S)):
                    self._arrived.clear()
                    await self._arrived.wait()
                return
            except TimeoutError:
                pass
        was_speaking, self.speaking = self.speaking, False
        self._change()
        if was_speaking:
            await self._notify("agentSpeaking", "off")

    def interruptible_by(self, way: str) -> bool:
        """Whether `speech` or `dtmf` cuts off what is being played now."""
        sound = self._current or (self._queue[0] if self._queue else None)
        return (sound.interruptible if sound else self._interruptible) in (way, "any")

    def interrupt(self) -> Cut | None:
        """Stop at once and purge everything queued; None if there was nothing to stop."""
        if not self.speaking and not self._queue:
            return None
        fragment = self._stop_current()
        for sound in self._queue:
            sound.purged = sound.utterance.interrupted = True
        self._queue.clear()
        self._utterance = None
        self.speaking = self.mid_utterance = False
        spent = asyncio.get_running_loop().time() - self._sentence_from
        lifelike_ms = round(spent * self._pace.speed * 1000)
        sentence, self._sentence = self._sentence + fragment, ""
        self._change()
        return Cut(fragment, sentence.strip(), lifelike_ms)

    def _stop_current(self) -> str:
        """Cut the token in the loudspeaker; what was heard of it, in whole words."""
        sound, self._current = self._current, None
        if sound is None:
            return ""
        spent = asyncio.get_running_loop().time() - self._current_from
        words = sound.spoken.text.split(" ")
        share = min(spent / sound.seconds, 1.0) if sound.seconds else 1.0
        sound.spoken.heard = " ".join(words[: int(share * len(words))])
        sound.purged = sound.utterance.interrupted = True
        self._unanswered.append(sound.spoken.heard)
        self._cut.set()
        return sound.spoken.heard

    def _drop_preemptible(self) -> None:
        self._stop_current()
        for sound in [s for s in self._queue if s.preemptible]:
            sound.purged = sound.utterance.interrupted = True
            self._queue.remove(sound)

    @property
    def unanswered(self) -> str:
        """What was heard since the person last spoke."""
        return "".join(_spaced(self._unanswered)).strip()

    def take(self) -> str:
        """The same, and forget it."""
        text = self.unanswered
        self._unanswered.clear()
        return text

    def _change(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def changes_within(self, seconds: float | None) -> bool:
        """Wait until the agent begins or stops speaking; False if nothing changed in so many real seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return False
        return True


def _interruptible(value: bool | str) -> str:
    if isinstance(value, bool):
        return "any" if value else "none"
    return value


def _spaced(tokens: list[str]) -> list[str]:
    """Tokens with a space after each sentence end that lacks one, so that sentences stay apart."""
    return [f"{token} " if token.endswith((".", "?", "!", ":")) else token for token in tokens]
