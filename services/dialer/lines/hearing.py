"""What the caller does becomes turns: words, keys and silences, numbered one after the other."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from contracts.event import Event
from contracts.telemetry import TurnMeasured
from contracts.turns import CallHeard, CallInterrupted, HeardKind
from services.dialer.lines.playout import Cut
from services.runtime.clock import Clock

KEYS_S = 1.0
"""Keys pressed within this long of each other are one turn."""
END_OF_KEYS = "#"


class Hearing:
    """The caller's side of one line. Moments are of the monotonic clock, in seconds."""

    def __init__(
        self,
        call_id: UUID,
        clock: Clock,
        tell: Callable[[Event], None],
        measured: Callable[[Callable[[], Event]], None],
    ) -> None:
        self.turn = 0
        self.active_at = clock.monotonic()
        """When the caller last made a sound or pressed a key."""
        self.speaking = False
        self.reported_at = float("-inf")
        """When the carrier last reported that the caller begins or stops speaking, unless words have come since."""
        self._call_id = call_id
        self._clock = clock
        self._tell = tell
        self._measured = measured
        self._keys = ""
        self._keys_due: float | None = None
        self._waits_since: float | None = None
        self._cut_in = False
        self._latest: bytes | None = None
        """The id of the latest turn that was told here."""

    @property
    def keys_due(self) -> float | None:
        """When the keys pressed so far are a turn, or None if none were."""
        return self._keys_due

    def active(self) -> None:
        """The caller is there."""
        self.active_at = self._clock.monotonic()

    def speaks(self, on: bool) -> None:
        """The carrier reports that the caller begins or stops speaking."""
        self.active()
        self.speaking = on
        self.reported_at = self.active_at

    def words(self, text: str, language: str | None = None) -> None:
        """The caller has said something; the wait for our answer begins."""
        self.speaking = False
        self.reported_at = float("-inf")
        self._heard(HeardKind.SPEECH, text, language)

    def key(self, digit: str) -> bool:
        """The caller pressed a key. True if that completes a turn."""
        self.active()
        if digit != END_OF_KEYS:
            self._keys += digit
            self._keys_due = self.active_at + KEYS_S
            return False
        return self.keys()

    def keys(self) -> bool:
        """The keys pressed so far are a turn, if there are any: the key that ends them is none by itself."""
        keys, self._keys, self._keys_due = self._keys, "", None
        if keys:
            self._heard(HeardKind.KEYS, keys)
        return bool(keys)

    def silence(self) -> None:
        """The caller has said nothing for a while."""
        self._heard(HeardKind.SILENCE, "")
        self._waits_since = None  # nobody waits for an answer to silence

    def interrupted(self, cut: Cut, played_ms: int | None) -> None:
        """The caller cut in."""
        self._cut_in = True
        self._tell(
            CallInterrupted(
                call_id=self._call_id,
                occurred_at=self._clock.now(),
                turn=self.turn,
                utterance=cut.utterance,
                heard=cut.heard,
                played_ms=played_ms,
            )
        )

    def answered(self, turn: int) -> None:
        """Our first word in answer to a turn is on its way: the caller's wait is over."""
        if self._waits_since is None or turn != self.turn:
            return
        waited_s = self._clock.monotonic() - self._waits_since
        self._waits_since = None
        self._measured(
            partial(
                TurnMeasured,
                call_id=self._call_id,
                occurred_at=self._clock.now(),
                turn=turn,
                first_word_ms=round(waited_s * 1000, 3),
                interrupted=self._cut_in,
            )
        )
        self._cut_in = False

    def told(self, heard: bytes) -> None:
        """A turn of the call was told, here or on another of its lines: ours are counted, and most are ours."""
        if self._latest is None or self._latest not in heard:
            self.turn = max(self.turn, CallHeard.model_validate_json(heard).turn)

    def _heard(self, kind: HeardKind, text: str, language: str | None = None) -> None:
        self.active()
        self._waits_since = self.active_at
        self.turn += 1
        event = CallHeard(
            call_id=self._call_id,
            occurred_at=self._clock.now(),
            turn=self.turn,
            text=text,
            kind=kind,
            language=language,
        )
        self._latest = str(event.event_id).encode()
        self._tell(event)
