"""The called person on the line: listens, thinks, speaks, cuts in, presses keys, hangs up."""

import asyncio
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Any, Final

from simulator.calls import Call
from simulator.pace import Pace
from simulator.person import Answer, Person
from simulator.personas import Interjection
from simulator.playback import Playback
from simulator.settings import Faults
from simulator.twiml import ConversationRelay

CHARACTERS_PER_S: Final = 15.0
RECOGNISED_S: Final = 0.2
"""Lifelike seconds from the last word to the final transcript."""
MOST_SILENCES: Final = 5
"""Patience that runs out so often in a row ends the call."""

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Left(Enum):
    """How a person's part in a session ended."""

    HUNG_UP = "hung up"
    SOCKET_DROPPED = "socket dropped"


class Callee:
    """One person in one relay session; the `Person` behind it lives as long as the call."""

    def __init__(
        self,
        call: Call,
        person: Person,
        spec: ConversationRelay,
        playback: Playback,
        send: Send,
        pace: Pace,
        patience_s: float,
        faults: Faults,
    ) -> None:
        self._call = call
        self._person = person
        self._spec = spec
        self._playback = playback
        self._send = send
        self._pace = pace
        self._patience_s = patience_s
        self._faults = faults
        self._silences = 0
        self.language = spec.transcription_language()

    async def live(self) -> Left:
        """Take part until this person hangs up, or the fault that drops the socket is due."""
        opening = self._person.opening()
        if opening is not None:
            await self._say(opening)
        while True:
            answer = await self._next()
            if answer.text is not None:
                await self._say(answer.text)
            if answer.hangs_up or self._silences >= MOST_SILENCES:
                if answer.text is not None:
                    await self._pace.pause(1.5)  # the agent may say its last word, or hang up first
                return Left.HUNG_UP
            if self._socket_drop_is_due():
                self._call.socket_dropped = True
                return Left.SOCKET_DROPPED

    def _socket_drop_is_due(self) -> bool:
        turns = self._person.persona.drop_socket_after_turns or self._faults.drop_socket_after_turns
        return 0 < turns <= self._call.transcript.caller_turns and not self._call.socket_dropped

    async def _next(self) -> Answer:
        """Wait for the moment to do something, and what that is."""
        playback, now = self._playback, asyncio.get_running_loop().time
        silent_since = now()
        while True:
            if playback.speaking:
                planned = self._person.interjection()
                if planned is not None and await self._goes_on_for(planned.after_s):
                    return await self._interject(planned)
                if playback.speaking:
                    await playback.changes_within(None)
                silent_since = now()
            elif playback.unanswered and not playback.mid_utterance:
                thinking = self._person.thinking_s(playback.unanswered)
                if not await playback.changes_within(self._pace.seconds(thinking)):
                    self._silences = 0
                    answer = self._person.answer(playback.take())
                    if answer.text is not None or answer.hangs_up:
                        return answer
            else:
                left = silent_since + self._patience_s - now()
                if left > 0 and await playback.changes_within(left):
                    continue
                self._silences += 1
                if playback.unanswered:  # the agent stopped in the middle of a sentence
                    return self._person.answer(playback.take())
                return self._person.anyone_there()

    async def _goes_on_for(self, lifelike_s: float) -> bool:
        """Whether the agent is still speaking after so long."""
        now = asyncio.get_running_loop().time
        until = now() + self._pace.seconds(lifelike_s)
        while self._playback.speaking and now() < until:
            await self._playback.changes_within(until - now())
        return self._playback.speaking

    async def _interject(self, planned: Interjection) -> Answer:
        self._person.interjected()
        if planned.key is not None:
            await self._press(planned.key)
        line = self._person.line(planned.line) if planned.line else None
        if line is not None:
            await self._say(line)
        return Answer(hangs_up=planned.hangs_up)

    async def _press(self, key: str) -> None:
        self._call.transcript.caller(self._call.sessions, key, "keys")
        if not self._spec.flag("dtmfDetection"):
            return
        await self._cut_in("dtmf")
        await self._send({"type": "dtmf", "digit": key})

    async def _say(self, text: str) -> None:
        """Say one sentence. What the agent is saying meanwhile is cut off, unless it may not be."""
        playback = self._playback
        reported = self._spec.attributes.get("reportInputDuringAgentSpeech", "none") in ("any", "speech")
        if playback.speaking and not playback.interruptible_by("speech") and not reported:
            await self._pace.pause(len(text) / CHARACTERS_PER_S)
            return
        playback.caller_quiet.clear()
        try:
            cut_in = await self._cut_in("speech", speaking=True)
            if not cut_in:
                await self._info("clientSpeaking", "on")
            playback.take()
            for piece in _pieces(text, self._person.persona.in_pieces):
                await self._utter(piece)
        finally:
            playback.caller_quiet.set()

    async def _cut_in(self, way: str, *, speaking: bool = False) -> bool:
        """Barge in: the frames in the order in which they were observed on real calls."""
        cut = self._playback.interrupt() if self._playback.interruptible_by(way) else None
        if cut is None:
            return False
        if speaking:
            await self._info("clientSpeaking", "on")
        await self._info("tokensPlayed", cut.fragment)
        duration: int | str = str(cut.duration_ms) if self._faults.text_durations else cut.duration_ms
        await self._send(
            {
                "type": "interrupt",
                "utteranceUntilInterrupt": cut.sentence,
                "durationUntilInterruptMs": duration,
            }
        )
        await self._info("agentSpeaking", "off")
        return True

    async def _utter(self, text: str) -> None:
        words = text.split(" ")
        if self._spec.flag("partialPrompts"):
            for end in range(1, len(words)):
                await self._pace.pause(len(words[end - 1]) / CHARACTERS_PER_S)
                await self._prompt(" ".join(words[:end]), last=False)
            await self._pace.pause(len(words[-1]) / CHARACTERS_PER_S)
        else:
            await self._pace.pause(len(text) / CHARACTERS_PER_S)
        await self._pace.pause(RECOGNISED_S)
        await self._info("clientSpeaking", "off")
        self._call.transcript.caller(self._call.sessions, text)
        await self._prompt(text, last=True)

    async def _prompt(self, text: str, *, last: bool) -> None:
        await self._send({"type": "prompt", "voicePrompt": text, "lang": self.language, "last": last})

    async def _info(self, name: str, value: str) -> None:
        wanted = "tokens-played" if name == "tokensPlayed" else "speaker-events"
        if wanted in self._spec.events():
            await self._send({"type": "info", "name": name, "value": value})


def _pieces(text: str, in_pieces: bool) -> list[str]:
    words = text.split(" ")
    if not in_pieces or len(words) < 2:
        return [text]
    middle = len(words) // 2
    return [" ".join(words[:middle]), " ".join(words[middle:])]
