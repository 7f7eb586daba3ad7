"""Cuts a model's text, as it streams in, into phrases that can be spoken: the first one early, each at a natural
point, never inside a number."""

import re

FIRST_CHARACTERS = 14
"""The first phrase leaves at the first comma after so many letters: the caller has waited long enough."""
LONG_CHARACTERS = 70
"""A later phrase is cut at a comma only once it is so long."""
OVERLONG_CHARACTERS = 220
"""A model that knows no full stop is cut between two words."""
DRIBBLE_S = 1.0
"""Words that have waited so long for the end of their sentence are spoken without it."""

TAIL = 3
"""A mark may have come at the end of what was looked at before, and the space after it only now."""

_MARK = re.compile(r"[.!?…,;:–—-]")
_SENTENCE = re.compile(r'[.!?…]+["”\')]*(?=\s)')
_CLAUSE = re.compile(r"(?:,|;|:|\s[–—-])(?=\s)")
_WORD = re.compile(r"\s+")
_COUNTS = re.compile(
    r"\d[\d.,:/%]*$|(?:^|\s)[ובלמ]?(?:אחת|אחד|שתיים|שניים|שלוש|ארבע|חמש|שש|שבע|שמונה|תשע|עשר|עשרים|מאה|מאתיים|אלף)\S{0,3}$"
)
"""What a number may go on after."""


class Cutter:
    """The text that has come and has not left yet. Moments are of the monotonic clock, in seconds."""

    def __init__(self) -> None:
        self._text = ""
        self._since = 0.0
        self._any = False

    def feed(self, text: str, now: float) -> list[str]:
        """Take in text; returns the phrases that are ready."""
        if not self._text.strip():
            self._since = now
        tail = self._text[-TAIL:]
        self._text += text
        if not (self._due(now) or _MARK.search(tail + text)):
            return []
        ready = []
        while (end := self._end(now)) is not None:
            ready.append(" ".join(self._text[:end].split()))
            self._text = self._text[end:].lstrip()
            self._since = now
            self._any = True
        return ready

    def rest(self) -> str:
        """What is left when the text has come to its end; empty if nothing is."""
        rest, self._text = " ".join(self._text.split()), ""
        return rest

    def _due(self, now: float) -> bool:
        """Whether it is to be cut even between two words."""
        return len(self._text) > OVERLONG_CHARACTERS or now - self._since > DRIBBLE_S

    def _end(self, now: float) -> int | None:
        """Where the next phrase ends, or None if it is not complete."""
        if sentence := _SENTENCE.search(self._text):
            return sentence.end()
        enough = LONG_CHARACTERS if self._any else FIRST_CHARACTERS
        for clause in _CLAUSE.finditer(self._text):
            if clause.start() >= enough and not _COUNTS.search(self._text[: clause.start()]):
                return clause.end()
        if self._due(now) and len(self._text) > enough:
            return self._between_words()
        return None

    def _between_words(self) -> int | None:
        spaces = [space.start() for space in _WORD.finditer(self._text.rstrip())]
        return next((at for at in reversed(spaces) if at > 3 and not _COUNTS.search(self._text[:at])), None)
