"""The agent's side of a line: phrases on their way to the carrier, and the few sentences that are the line's own."""

from collections.abc import Callable, Mapping

from contracts.turns import CallSaid
from services.dialer.lines import frames
from services.dialer.lines.phrases import Phrases
from services.dialer.lines.playout import Cut, Playout
from services.runtime.clock import Clock

HOLDING = {"he": "רק רגע, בבקשה.", "en": "One moment, please."}
APOLOGY = {
    "he": "סליחה, יש תקלה בקו. ננסה שוב במועד אחר. יום טוב.",
    "en": "Sorry, something is wrong with the line. We'll try another time, have a good day.",
}
"""By the language of the call."""


class Speech:
    """Hands phrases over and knows what was heard of them."""

    def __init__(self, send: Callable[[str], None], clock: Clock, language: str) -> None:
        self.phrases = Phrases()
        self.playout = Playout()
        self.muted = False
        """True while the phrases that come were spoken on an earlier line of the call."""
        self.silenced = False
        """True once the session is to end: nothing more is spoken."""
        self.answered = -1
        """The latest turn of which some of the answer was handed over."""
        self.handed_at = clock.monotonic()
        self.awaits_caller = False
        """Whether an utterance was finished and the caller has not done anything since."""
        self._send = send
        self._clock = clock
        self._language = language

    def speak(self, said: CallSaid) -> bool:
        """Speak the next phrase; True if there was something to speak. An utterance that was begun and not finished
        is closed first."""
        if self.silenced:
            return False
        continues = self.phrases.open == said.utterance
        if self.phrases.superseded_by(said) and not self.muted:
            self._text("", last=True)
        self.phrases.take(said)
        if self.muted:
            self.playout.heard_before(said.utterance, said.text)
            return False
        words = said.spoken or said.text
        if words or continues:
            self._text(words if said.last or not words else words + " ", last=said.last)
        self.handed_at = self._clock.monotonic()
        if words:
            self.playout.sent(said.utterance, said.text, words, self.handed_at)
            self.answered = said.turn
        self.awaits_caller = said.last
        return bool(words)

    def unmute(self) -> None:
        """From here on phrases are ours to speak. What an earlier line began is not ours to close."""
        if self.muted:
            self.muted = False
            self.phrases.open = None

    def say(self, sentences: Mapping[str, str]) -> None:
        """A sentence of the line's own, in the language of the call."""
        sentence = sentences.get(self._language.partition("-")[0]) or sentences["en"]
        self._text(sentence, last=True)
        self.playout.sent(None, sentence, sentence, self._clock.monotonic())

    def interrupted(self, segment: str) -> list[Cut]:
        """The caller cut in: what had been heard. The rest of what was cut off is not spoken any more."""
        cuts = self.playout.interrupted(segment, self._clock.monotonic())
        for cut in cuts:
            self.phrases.give_up(cut.utterance)
        self.awaits_caller = self.awaits_caller or bool(cuts)
        return cuts

    def end(self, reason: str, **more: str) -> None:
        """End the session."""
        self.silenced = True
        self._send(frames.end(reason, **more))

    def _text(self, token: str, *, last: bool) -> None:
        self._send(frames.text(token, last=last, language=self._language))
