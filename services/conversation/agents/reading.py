"""What the scripted agent makes of the caller's latest turn: the words, their meaning, and what was known."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from contracts.calls import HeardKind, OfferedSlot
from contracts.values import LeadFacts, TimeWindow
from services.conversation.domain.dialogue import Dialogue, Known
from services.conversation.domain.playbook import Playbook
from services.conversation.hebrew.speaking import say_slot, say_slot_short
from services.conversation.hebrew.understanding import Intent, Understanding, understand

_SOURCE_WORDS = ("מאיפה", "איך הגעת", "מי נתן", "המספר שלי", "הטלפון שלי")


@dataclass(frozen=True)
class Reading:
    """One turn, read in the light of what was known when the caller spoke."""

    dialogue: Dialogue
    playbook: Playbook
    now: datetime
    """In the caller's zone."""
    words: str
    kind: HeardKind
    known: Known
    heard: Understanding

    @classmethod
    def of(cls, dialogue: Dialogue, playbook: Playbook, now: datetime, *, as_of_now: bool = False) -> Self:
        """Read the latest turn; `as_of_now` counts what has become known since."""
        latest = dialogue.latest
        known = dialogue.known if as_of_now or latest is None else latest.known
        words = dialogue.words()
        heard = understand(
            words,
            now,
            asked=known.asked,
            offered=[slot.start.astimezone(now.tzinfo) for slot in known.offered],
        )
        kind = latest.kind if latest else HeardKind.SILENCE
        return cls(dialogue, playbook, now, words, kind, known, heard)

    @property
    def lead(self) -> LeadFacts:
        return self.dialogue.lead

    @property
    def is_unclear(self) -> bool:
        return self.heard.primary is Intent.UNCLEAR

    @property
    def wish(self) -> TimeWindow | None:
        """The time the caller named."""
        time = self.heard.time
        return TimeWindow(start=time.start, end=time.end) if time else None

    @property
    def asks_for_source(self) -> bool:
        """Whether "who is this" asks where the number came from."""
        return any(word in self.words for word in _SOURCE_WORDS)

    def line(self, sentence: str, **more: str) -> str:
        """A sentence of the playbook, filled in."""
        return self.playbook.line(sentence, self.lead, **more)

    def slot_words(self, slot: OfferedSlot) -> str:
        """A slot as it is offered: שלישי בעשר וחצי."""
        return say_slot_short(slot.start.astimezone(self.now.tzinfo), self.now)

    def slot_in_full(self, moment: datetime) -> str:
        """A moment as it is confirmed: weekday, date, hour and part of day."""
        return say_slot(moment.astimezone(self.now.tzinfo), self.now)
