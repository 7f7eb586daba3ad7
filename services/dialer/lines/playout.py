"""What the caller has heard of what we handed to the carrier, and when the agent will have finished.

The carrier reports what was played in pieces of its own, and an interruption by the segment then spoken. Both are
found in the text we sent by their letters alone, since a voice changes spaces, marks and points. Where it reports
nothing at all, the length of the text says how long it takes.
"""

from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from services.runtime.voice import CHARACTERS_PER_S

FIRST_SOUND_S = 0.5
"""From the first token to the first sound, at most in ordinary times."""
RESUME_S = 1.5
"""A carrier that reports has begun to play a token by then, if it is going to."""
LOST_REPORT_S = 5.0
"""After the estimated end, a report that has not come is lost."""


@dataclass
class _Phrase:
    utterance: UUID | None
    text: str
    spoken: str

    @cached_property
    def letters(self) -> str:
        """Of what the voice reads; a carrier that reports nothing never has them looked at."""
        return _letters(self.spoken)


@dataclass(frozen=True)
class Cut:
    """An utterance that was cut off, and what had been heard of it."""

    utterance: UUID
    heard: str


class Playout:
    """One line's loudspeaker, as far as its reports tell. Moments are of the monotonic clock, in seconds."""

    def __init__(self) -> None:
        self._phrases: list[_Phrase] = []
        self._heard = 0
        """How many letters of the phrases have been heard."""
        self._reported = False
        self._speaking = False
        self._changed_at = 0.0
        self._ends_at = 0.0

    def sent(self, utterance: UUID | None, text: str, spoken: str, now: float) -> None:
        """A phrase was handed over. Phrases without an utterance are the line's own."""
        if self.quiet(now):
            self._forget_all_but(utterance)
        self._append(utterance, text, spoken)
        self._changed_at = now
        self._ends_at = max(self._ends_at, now + FIRST_SOUND_S) + len(spoken) / CHARACTERS_PER_S

    def heard_before(self, utterance: UUID, text: str) -> None:
        """A phrase that was spoken on an earlier line of the call."""
        self._forget_all_but(utterance)
        self._append(utterance, text, text)
        self._heard = self._total

    def speaking(self, on: bool, now: float) -> None:
        """The carrier reports that the agent begins or stops speaking."""
        self._reported = True
        self._speaking = on
        self._changed_at = now

    def played(self, piece: str, now: float) -> None:
        """The carrier reports a piece of our text as played."""
        self._reported = True
        self._changed_at = now
        letters = _letters(piece)
        found = self._letters.find(letters, self._heard)
        self._heard = min(found + len(letters) if found >= 0 else self._heard + len(letters), self._total)

    def interrupted(self, segment: str, now: float) -> list[Cut]:
        """The caller cut in: everything not heard yet is gone. Returns what that cut off, the first one partly heard.

        Empty if everything had been heard, and for sentences of this line's own.
        """
        if not self._phrases or (self._reported and not self._speaking and self._heard >= self._total):
            return []
        heard = self._heard_until(_letters(segment))
        cuts: dict[UUID, list[tuple[str, bool]]] = {}
        start = 0
        unfinished = False
        for phrase in self._phrases:
            of_this = min(max(heard - start, 0), len(phrase.letters))
            start += len(phrase.letters)
            text = "" if unfinished else _prefix(phrase, of_this)
            unfinished = unfinished or of_this < len(phrase.letters)
            if phrase.utterance is not None:
                cuts.setdefault(phrase.utterance, []).append((text, not unfinished))
        self._phrases.clear()
        self._heard = 0
        self._speaking = False
        self._changed_at = self._ends_at = now
        last = next(reversed(cuts), None)
        return [
            Cut(utterance, " ".join(text for text, _ in parts if text))
            for utterance, parts in cuts.items()
            if not all(whole for _, whole in parts) or (utterance == last and not unfinished)
        ]

    def quiet(self, now: float) -> bool:
        """Whether the agent has finished."""
        return self.quiet_at() <= now

    def quiet_at(self) -> float:
        """When the agent has finished, or will have if nothing more is reported."""
        if not self._phrases:
            return self._changed_at
        if not self._reported:
            return self._ends_at
        if self._speaking:
            return max(self._ends_at, self._changed_at) + LOST_REPORT_S
        return self._changed_at if self._heard >= self._total else self._changed_at + RESUME_S

    @property
    def _letters(self) -> str:
        return "".join(phrase.letters for phrase in self._phrases)

    @property
    def _total(self) -> int:
        return sum(len(phrase.letters) for phrase in self._phrases)

    def _append(self, utterance: UUID | None, text: str, spoken: str) -> None:
        self._phrases.append(_Phrase(utterance, text, spoken))

    def _forget_all_but(self, utterance: UUID | None) -> None:
        self._phrases = [phrase for phrase in self._phrases if phrase.utterance == utterance]
        self._heard = self._total

    def _heard_until(self, segment: str) -> int:
        """Where the segment ends in what was sent: it may begin before what was reported, but not end before it."""
        found = self._letters.find(segment, max(0, self._heard - len(segment))) if segment else -1
        if found >= 0:
            return max(self._heard, found + len(segment))
        return self._heard or min(len(segment), self._total)


def _prefix(phrase: _Phrase, letters: int) -> str:
    """So much of a phrase's text as stands for so many letters of what the voice read."""
    if letters >= len(phrase.letters):
        return phrase.text
    read, count = "", 0
    for character in phrase.spoken:
        if count == letters:
            break
        read += character
        count += len(_letters(character))
    read = read.rstrip()
    if phrase.spoken == phrase.text:
        return read
    words = phrase.text.split()
    share = len(read.split()) / max(len(phrase.spoken.split()), 1)
    return " ".join(words[: int(share * len(words))])


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
