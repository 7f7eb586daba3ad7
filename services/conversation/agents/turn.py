"""One turn of the caller, and how far a model's answer to it has come."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from services.conversation.agents.models import Model
from services.conversation.agents.prompting import Message
from services.conversation.agents.reading import Reading
from services.conversation.agents.stream import ToolCall
from services.conversation.domain.consultation import Report
from services.conversation.domain.dialogue import Dialogue
from services.conversation.domain.moves import Move, Note
from services.conversation.domain.outcome import OBJECTION_NOTE
from services.conversation.domain.playbook import Playbook
from services.conversation.domain.replay import unmade
from services.runtime.voice import CHARACTERS_PER_S

MOST_PATIENCE_S = 0.4
"""While the caller still listens to what was said, what comes next gathers so long at most."""


@dataclass
class Turn:
    """One turn of the caller, and how far its answer has come."""

    dialogue: Dialogue
    playbook: Playbook
    now: datetime
    reading: Reading
    model: Model
    report: Report
    told: list[Message]
    phrases: int = 0
    spoken_at: float = 0.0
    """When all that was said so far will have been spoken: a moment of the monotonic clock, in seconds."""
    faults: int = 0
    """Answers that had to be thrown away."""
    said: list[str] = field(default_factory=list)
    """Phrases of the request under way."""
    calls: list[ToolCall] = field(default_factory=list)
    called: set[tuple[str, str]] = field(default_factory=set)
    """The tools that were called, each with its arguments."""
    settled: bool = False
    """Nothing more is to be asked: it was answered, and no tool waits for the model to go on."""

    def observed(self) -> Iterator[Move]:
        """What the caller's words show, whatever the model makes of them: mood, language, gender, an objection."""
        notes = list(self.reading.observations())
        if raised := self.reading.raised:
            notes.append(Note(OBJECTION_NOTE, raised.key))
        return unmade(iter(notes), self.dialogue)

    def said_now(self, phrase: str, text: str, now: float) -> None:
        """A phrase of the model leaves, as a text that a voice will speak."""
        self.said.append(phrase)
        self.phrases += 1
        self.spoken_at = max(self.spoken_at, now) + len(text) / CHARACTERS_PER_S

    def patience_s(self, now: float) -> float:
        """For how long nobody will miss the next words. A voice may be faster than we reckon, so half of it counts."""
        return min(max(self.spoken_at - now, 0.0) / 2, MOST_PATIENCE_S)
