"""How a call looks wherever one is shown: its state, its outcome, and what was said."""

from collections.abc import Mapping

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from contracts.telemetry import TranscriptLine
from contracts.values import Disposition, Outcome, Speaker
from services.telemetry.console.language import Words
from services.telemetry.console.pieces.marks import badge, latin, text
from services.telemetry.domain.call_record import CallState

_GOOD = (Outcome.MEETING_BOOKED, Outcome.CALLBACK_SCHEDULED, Outcome.DETAILS_REQUESTED, Outcome.TRANSFERRED)
_BAD = (Outcome.OPTED_OUT, Outcome.FAILED, Outcome.REFUSED)
_SAYS_LITTLE = (None, Outcome.NOT_REACHED, Outcome.FAILED)
"""Outcomes beside which the disposition tells more: busy, no answer."""
INTEREST: Mapping[str, str] = {"high": "good", "medium": "warm", "low": "calm"}


def outcome_badge(words: Words, state: CallState, outcome: Outcome | None, disposition: Disposition | None) -> None:
    """What a call came to, or where it stands."""
    if state not in (CallState.ENDED, CallState.CONCLUDED):
        badge(words.of("state", state), "live")
    elif outcome in _SAYS_LITTLE and disposition is not None:
        badge(words.of("disposition", disposition), "bad" if outcome is Outcome.FAILED else "calm")
    else:
        badge(words.of("outcome", outcome), "good" if outcome in _GOOD else "bad" if outcome in _BAD else "calm")


class Transcript:
    """A transcript that can grow: lines are added, and the last ones become longer or shorter, in their place."""

    def __init__(self, words: Words, evidence: Mapping[int, str] | None = None) -> None:
        """`evidence` are claims by the turn that proves them; those lines are marked."""
        self._words = words
        self._evidence = evidence or {}
        self._shown: list[tuple[TranscriptLine, TextElement]] = []
        with ui.element("div").classes("transcript-frame"):
            self._list = ui.element("ol").classes("transcript").props('role="log"')
            self._list.props["aria-label"] = words("call.transcript")

    def show(self, lines: tuple[TranscriptLine, ...]) -> None:
        """Show these lines."""
        same = 0
        for (old, body), new in zip(self._shown, lines, strict=False):
            if (old.turn, old.speaker) != (new.turn, new.speaker) or old.interrupted != new.interrupted:
                break
            if old.text != new.text:
                body.text = new.text
            self._shown[same] = (new, body)
            same += 1
        if same < len(self._shown):
            for element in list(self._list)[same:]:
                element.delete()
            del self._shown[same:]
        with self._list:
            for line in lines[same:]:
                self._shown.append((line, self._line(line)))

    def _line(self, line: TranscriptLine) -> TextElement:
        words = self._words
        with ui.element("li").props(f'data-speaker="{line.speaker.value}" id="turn-{line.turn}-{line.speaker.value}"'):
            with ui.element("div").classes("line-head"):
                text(words(f"speaker.{line.speaker.value}"), "strong")
                latin(words.clock(line.at))
                if line.speaker is Speaker.AGENT and line.first_word_ms is not None:
                    latin(words.wait(line.first_word_ms), "wait")
                if line.interrupted:
                    badge(words("call.interrupted"), "warm")
            is_proof = line.speaker is Speaker.CALLER and line.turn in self._evidence
            body = text(line.text, "p", "proof" if is_proof else "")
            if is_proof:
                text(words("call.proves", claim=self._evidence[line.turn]), "small", "soft")
        return body
