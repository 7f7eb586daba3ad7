"""Turns what the services tell into lines for a person: who is called, what is said, what comes of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import singledispatchmethod
from uuid import UUID

from contracts.calls import (
    CallAnsweredBy,
    CallClaimed,
    CallConcluded,
    CallDialed,
    CallEnded,
    CallReconnected,
    CallRequested,
    CallStarted,
)
from contracts.contacts import ContactOptedOut
from contracts.event import Event
from contracts.leads import (
    CampaignFinished,
    CampaignPaused,
    CampaignStarted,
    LeadAccepted,
    LeadDeferred,
    LeadRefused,
    LeadSubmitted,
)
from contracts.meetings import CallbackDue, CallbackRequested, MeetingBooked, MeetingCancelled, MeetingRescheduled
from contracts.telemetry import CallLogged
from contracts.turns import CallActed, CallHeard, CallInterrupted, CallOperated, CallSaid, HeardKind
from services.runtime.clock import ISRAEL

AGENT = "סוכן"
CALLER = "לקוח"


@dataclass(frozen=True)
class Line:
    """One line to show. `about` is whom it concerns; spoken lines are Hebrew and read from right to left."""

    text: str
    style: str = ""
    about: str = ""
    spoken: bool = False


@dataclass
class _Call:
    about: str
    claimed: bool = False
    utterance: UUID | None = None
    phrases: list[str] = field(default_factory=list)


def moment(at: datetime) -> str:
    """A moment as people in Israel say it: weekday, date and hour."""
    return at.astimezone(ISRAEL).strftime("%A %-d %B %Y, %H:%M")


class Narrator:
    """Remembers who is on which call, and phrases until their utterance is whole."""

    def __init__(self) -> None:
        self._calls: dict[UUID, _Call] = {}

    @singledispatchmethod
    def lines(self, event: Event) -> Iterator[Line]:
        """The lines for one fact; none for facts that only services care about."""
        yield from ()

    @lines.register
    def _(self, event: LeadSubmitted) -> Iterator[Line]:
        company = f" ({event.company})" if event.company else ""
        yield Line(f"lead submitted: {event.name}{company}", "bold", event.name)

    @lines.register
    def _(self, event: LeadAccepted) -> Iterator[Line]:
        yield Line("every rule allows the call", "green", _lead(event))

    @lines.register
    def _(self, event: LeadRefused) -> Iterator[Line]:
        yield Line(f"refused: {'; '.join(event.reasons)}", "red", _lead(event))

    @lines.register
    def _(self, event: LeadDeferred) -> Iterator[Line]:
        yield Line(f"not before {moment(event.until)}: {'; '.join(event.reasons)}", "yellow", _lead(event))

    @lines.register
    def _(self, event: CampaignStarted) -> Iterator[Line]:
        yield Line("the campaign is running", "bold", event.name or str(event.campaign_id))

    @lines.register
    def _(self, event: CampaignPaused) -> Iterator[Line]:
        reason = f": {event.reason}" if event.reason else ""
        yield Line(f"the campaign dials nobody{reason}", "yellow", event.name or str(event.campaign_id))

    @lines.register
    def _(self, event: CampaignFinished) -> Iterator[Line]:
        yield Line("the campaign is finished", "bold", event.name or str(event.campaign_id))

    @lines.register
    def _(self, event: CallRequested) -> Iterator[Line]:
        call = self._calls[event.call_id] = _Call(event.lead.name or event.lead_id)
        again = f", attempt {event.attempt}" if event.attempt > 1 else ""
        yield Line(f"call requested{again}", "dim", call.about)

    @lines.register
    def _(self, event: CallDialed) -> Iterator[Line]:
        yield Line(f"dialing through {event.carrier}", "dim", self._call(event.call_id).about)

    @lines.register
    def _(self, event: CallStarted) -> Iterator[Line]:
        yield Line("picked up", "dim", self._call(event.call_id).about)

    @lines.register
    def _(self, event: CallAnsweredBy) -> Iterator[Line]:
        yield Line(f"answered by: {event.answered_by}", "dim", self._call(event.call_id).about)

    @lines.register
    def _(self, event: CallClaimed) -> Iterator[Line]:
        call = self._call(event.call_id)
        if call.claimed:
            yield Line("another conversation worker goes on", "yellow", call.about)
        call.claimed = True

    @lines.register
    def _(self, event: CallReconnected) -> Iterator[Line]:
        yield Line("the line dropped and came back", "yellow", self._call(event.call_id).about)

    @lines.register
    def _(self, event: CallHeard) -> Iterator[Line]:
        yield from self._unfinished(event.call_id)
        text = {HeardKind.SILENCE: "(שתיקה)", HeardKind.KEYS: f"(מקיש {event.text})"}.get(event.kind, event.text)
        yield Line(f"{CALLER}: {text}", "green", self._call(event.call_id).about, spoken=True)

    @lines.register
    def _(self, event: CallSaid) -> Iterator[Line]:
        call = self._call(event.call_id)
        if call.utterance != event.utterance:
            yield from self._unfinished(event.call_id)
            call.utterance = event.utterance
        call.phrases.append(event.text.strip())
        if event.last:
            yield from self._unfinished(event.call_id)

    @lines.register
    def _(self, event: CallInterrupted) -> Iterator[Line]:
        yield from self._unfinished(event.call_id)
        yield Line("the caller cut in", "dim", self._call(event.call_id).about)

    @lines.register
    def _(self, event: CallActed) -> Iterator[Line]:
        text = f"{event.move.replace('_', ' ')} refused: {event.refused}" if event.refused else _done(event)
        if text:
            yield Line(text, "magenta", self._call(event.call_id).about)

    @lines.register
    def _(self, event: CallOperated) -> Iterator[Line]:
        yield Line(f"{event.operator} stepped in: {event.action}", "yellow", self._call(event.call_id).about)

    @lines.register
    def _(self, event: CallEnded) -> Iterator[Line]:
        yield from self._unfinished(event.call_id)
        text = f"call ended: {event.disposition} after {event.duration_s:.0f} s"
        yield Line(text + (f" ({event.error})" if event.error else ""), "dim", self._call(event.call_id).about)

    @lines.register
    def _(self, event: CallConcluded) -> Iterator[Line]:
        about = self._call(event.call_id).about
        yield Line(f"outcome: {event.outcome}" + (f" ({event.reason})" if event.reason else ""), "bold", about)

    @lines.register
    def _(self, event: MeetingBooked) -> Iterator[Line]:
        text = f"meeting booked: {moment(event.start)} with {event.representative_name}"
        yield Line(text, "bold green", event.lead.name or event.lead_id)

    @lines.register
    def _(self, event: MeetingRescheduled) -> Iterator[Line]:
        yield Line(f"meeting moved to {moment(event.start)}", "green", event.lead_id)

    @lines.register
    def _(self, event: MeetingCancelled) -> Iterator[Line]:
        yield Line(f"meeting of {moment(event.start)} cancelled", "yellow", event.lead_id)

    @lines.register
    def _(self, event: CallbackRequested) -> Iterator[Line]:
        yield Line(f"call back asked for: {moment(event.window.start)}", "magenta", self._call(event.call_id).about)

    @lines.register
    def _(self, event: CallbackDue) -> Iterator[Line]:
        why = f", later than asked for: {event.moved_because}" if event.moved_because else ""
        yield Line(f"time to call back{why}", "magenta", self._call(event.call_id).about)

    @lines.register
    def _(self, event: ContactOptedOut) -> Iterator[Line]:
        yield Line("opted out: never to be called again", "red", event.lead_id)

    @lines.register
    def _(self, event: CallLogged) -> Iterator[Line]:
        about = self._call(event.call_id).about
        self._calls.pop(event.call_id, None)
        yield Line(f"call logged: {event.outcome}, {event.disposition}, {event.duration_s:.0f} s", "bold", about)

    def _call(self, call_id: UUID) -> _Call:
        return self._calls.setdefault(call_id, _Call(f"call {str(call_id)[-8:]}"))

    def _unfinished(self, call_id: UUID) -> Iterator[Line]:
        """What the agent has said so far of the utterance it is in."""
        call = self._call(call_id)
        if call.phrases:
            yield Line(f"{AGENT}: {' '.join(call.phrases)}", "cyan", call.about, spoken=True)
        call.phrases = []


def _lead(event: LeadAccepted | LeadRefused | LeadDeferred) -> str:
    return event.name or event.lead_id


_NOTED = {
    "sentiment": "the lead sounds",
    "language": "the lead speaks",
    "gender": "the lead's grammatical gender:",
}
"""How a note is put, where its name alone would say little."""
_VALUES = {
    ("sentiment", "positive"): "pleased",
    ("sentiment", "neutral"): "calm",
    ("sentiment", "negative"): "annoyed",
}
"""How what was noted is put, where it is a word of ours."""


def _done(event: CallActed) -> str | None:
    match event.move:
        case "offer_slots":
            return "offers " + " or ".join(moment(slot.start) for slot in event.slots)
        case "note":
            key = (event.key or "").removeprefix("answer:")
            noted = _NOTED.get(key) or f"noted {key.replace('_', ' ')}:"
            return f"{noted} {_VALUES.get((key, event.value or ''), event.value)}"
        case "book" | "opt_out" | "schedule_callback" | "hang_up":
            return None  # told by their own facts
        case _:
            return event.move.replace("_", " ")
