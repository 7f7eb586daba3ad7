"""What was really said on a call, by whom and when: the record that tests compare with what services believe."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any, Literal

Speaker = Literal["agent", "caller"]


@dataclass
class Spoken:
    """One token of the agent, and how much of it was heard."""

    text: str
    heard: str = ""

    @property
    def played(self) -> Literal["full", "partial", "none"]:
        """How much of it came out of the loudspeaker."""
        if self.heard == self.text:
            return "full"
        return "partial" if self.heard else "none"


@dataclass
class Utterance:
    """Tokens up to a `last`, or one thing the caller said."""

    speaker: Speaker
    session: int
    tokens: list[Spoken] = field(default_factory=list)
    at: float = field(default_factory=time.time)
    kind: Literal["speech", "keys", "say", "play"] = "speech"
    closed: bool = False
    interrupted: bool = False

    @property
    def heard(self) -> str:
        """What reached the other side."""
        return "".join(token.heard for token in self.tokens)

    def say(self, text: str) -> None:
        """Said by the carrier itself, in one piece."""
        self.tokens.append(Spoken(text, text))
        self.closed = True

    def view(self) -> dict[str, Any]:
        """The utterance as JSON."""
        return {
            "speaker": self.speaker,
            "kind": self.kind,
            "session": self.session,
            "at": self.at,
            "text": "".join(token.text for token in self.tokens),
            "heard": self.heard,
            "closed": self.closed,
            "interrupted": self.interrupted,
            "tokens": [{"text": t.text, "heard": t.heard, "played": t.played} for t in self.tokens],
        }


@dataclass
class Transcript:
    """Everything said on one call, in order."""

    utterances: list[Utterance] = field(default_factory=list)
    caller_turns: int = 0
    caller_spoke: asyncio.Event = field(default_factory=asyncio.Event)

    def agent(self, session: int, kind: Literal["speech", "say", "play"] = "speech") -> Utterance:
        """A new utterance of the agent, still empty."""
        utterance = Utterance("agent", session, kind=kind)
        self.utterances.append(utterance)
        return utterance

    def caller(self, session: int, text: str, kind: Literal["speech", "keys"] = "speech") -> None:
        """The caller said `text`, or pressed these keys."""
        utterance = Utterance("caller", session, [Spoken(text, text)], kind=kind, closed=True)
        self.utterances.append(utterance)
        self.caller_turns += 1
        self.caller_spoke.set()

    def phrases_heard(self, *, in_full: bool = False) -> list[str]:
        """Every token of the agent that was heard, at least in part or in full, in order."""
        return [
            token.text.strip()
            for utterance in self.utterances
            if utterance.speaker == "agent" and utterance.kind != "play"
            for token in utterance.tokens
            if token.heard.strip() and not (in_full and token.played != "full")
        ]
