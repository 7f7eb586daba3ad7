"""One called person during one call: what they have said so far, and what they say next."""

import hashlib
from dataclasses import dataclass

from simulator.hearing import WEEKDAYS, Cue, Heard, Slot, understand
from simulator.lines import LINES
from simulator.personas import Interjection, Persona


@dataclass(frozen=True)
class Answer:
    """What a person does next: says something or nothing, and perhaps hangs up afterwards."""

    text: str | None = None
    hangs_up: bool = False


class Person:
    """A persona on one call. The same across relay sessions: asked again, they answer again."""

    def __init__(self, persona: Persona, call_sid: str) -> None:
        self.persona = persona
        self._sid = call_sid
        self._uses: dict[str, int] = {}
        self._turns = 0
        self._said_at_once = False
        self._said_once = False
        self._interjected = False
        self._objected = False
        self._chosen: Slot | None = None
        self._opened = False
        self._last: str | None = None

    def opening(self) -> str | None:
        """What is said at pick-up, once in a call."""
        if self._opened or self.persona.opening is None:
            return None
        self._opened = True
        return self.line(self.persona.opening)

    def interjection(self) -> Interjection | None:
        """What this person does to the sentence the agent has just begun, if anything."""
        planned = self.persona.interjection
        return planned if planned and not self._interjected and self._turns >= planned.turn else None

    def interjected(self) -> None:
        """The interjection has been made."""
        self._interjected = True
        self._turns += 1

    def answer(self, said: str) -> Answer:
        """What is answered to everything the agent said since this person last spoke."""
        answer = self._answer(said)
        self._last = answer.text or self._last
        return answer

    def _answer(self, said: str) -> Answer:
        persona, heard = self.persona, understand(said)
        if persona.silent_from is not None and self._turns >= persona.silent_from:
            return Answer()
        if heard.cue is Cue.HOLD:
            return Answer()
        self._turns += 1
        if heard.cue is Cue.REPEAT and self._last:
            return Answer(self._last)
        if self._is_another_day(heard.settled):
            self._objected = True
            return Answer(self.line("wrong_day", slot=self._chosen.spoken() if self._chosen else ""))
        if persona.at_once and not self._said_at_once:
            self._said_at_once = True
            return Answer(self.line(persona.at_once))
        if persona.once and not self._said_once and heard.cue in persona.once[0]:
            self._said_once = True
            return Answer(self.line(persona.once[1]))
        gives_up = persona.gives_up is not None and self._turns >= persona.gives_up
        if heard.cue in persona.replies or persona.otherwise:
            key = persona.replies.get(heard.cue) or persona.otherwise or "unclear"
            return Answer(self.line(key), hangs_up=gives_up or heard.cue is Cue.GOODBYE)
        return Answer(self._interested(heard), hangs_up=gives_up or heard.cue is Cue.GOODBYE)

    def thinking_s(self, said: str) -> float:
        """Lifelike seconds before the answer; longer where nothing was asked and more may follow."""
        waits = understand(said).cue in (Cue.STATEMENT, Cue.HOLD, Cue.UNCLEAR)
        return (2.0 if waits else 0.6) + self._turns % 4 * 0.1

    def anyone_there(self) -> Answer:
        """What is said into a long silence; silent people say nothing."""
        silent_from = self.persona.silent_from
        if silent_from is not None and self._turns >= silent_from:
            return Answer()
        return Answer(self.line("anyone"))

    def line(self, key: str, **words: str) -> str:
        """A line of this kind: each use the next one, beginning where the call's SID says."""
        lines = LINES[key]
        start = hashlib.sha256(f"{self._sid}:{key}".encode()).digest()[0]
        use = self._uses.get(key, 0)
        self._uses[key] = use + 1
        return lines[(start + use) % len(lines)].format(**words)

    def _interested(self, heard: Heard) -> str:
        match heard.cue:
            case Cue.SLOTS:
                return self._choose(heard.slots)
            case Cue.CALLBACK_TIME:
                return self.line("busy_time")
            case Cue.PROPOSAL:
                return self.line("proposal")
            case Cue.QUESTION:
                return self.line(heard.topic or "question")
            case _:
                return self.line(heard.cue.value)

    def _choose(self, slots: tuple[Slot, ...]) -> str:
        taken = hashlib.sha256(f"{self._sid}:slot".encode()).digest()[0]
        index = taken % 2
        self._chosen = slots[index]
        # Mostly in the words that were heard; ordinals only where there are exactly two to choose from.
        if len(slots) == 2 and taken % 5 == 0:
            return self.line("slot_first" if index == 0 else "slot_second")
        return self.line("slot_spoken", slot=self._chosen.spoken())

    def _is_another_day(self, settled: frozenset[str]) -> bool:
        """Whether a booking is read back for weekdays that are not the chosen one; said once, so that calls end."""
        chosen = self._chosen.day if self._chosen else None
        return chosen in WEEKDAYS and bool(settled) and chosen not in settled and not self._objected
