"""One call from a lead to a booked meeting, on this machine alone, shown as it happens."""

import asyncio
import statistics
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from contracts.calls import CallConcluded
from contracts.event import Event
from contracts.leads import LeadDeferred, LeadRefused, LeadSubmitted
from contracts.meetings import MeetingBooked
from contracts.telemetry import CallLogged
from messiah.narration import Line, Narrator, moment
from messiah.system import System
from messiah.terminal import Screen
from messiah.watch import facts
from services.runtime.broker import Broker
from services.runtime.clock import ISRAEL

CLOCK = datetime(2026, 11, 22, 10, 0, tzinfo=ISRAEL)
"""A Sunday at ten in the morning: an hour at which one may call, whenever the demo is run."""

LEAD: Mapping[str, Any] = {
    "name": "דנה כהן",
    "phone": "+972542345678",
    "company": "אורנט",
    "consent": {"basis": "web_form", "obtained_at": "2026-11-01T09:00:00Z"},
    "number_source": "company website",
}

DEADLINE_S = 60.0

ALONE: Mapping[str, Any] = {
    "nats_url": None,
    "database_url": None,
    "messiah_host": "127.0.0.1",
    "messiah_port": 0,
    "messiah_nats_port": 0,
    "public_url": "",
    "twilio_account_sid": None,
    "twilio_auth_token": None,
    "twilio_from_number": None,
    "twilio_api_url": None,
    "openai_api_key": None,
    "playbooks_dir": None,
    "max_concurrent_calls": 10,
    "calling_hours": "auto",
    "require_consent": True,
    "console": False,
}
"""Settings that keep a system to itself, whatever this machine's environment says: nobody real is called."""


@dataclass
class Seen:
    """What the demo has seen of its one lead."""

    meetings: list[MeetingBooked] = field(default_factory=list)
    refused: LeadRefused | LeadDeferred | None = None
    concluded: CallConcluded | None = None
    logged: CallLogged | None = None
    letters: list[str] = field(default_factory=list)

    def note(self, fact: Event | Line) -> None:
        match fact:
            case Line():
                self.letters.append(fact.text)
            case MeetingBooked():
                self.meetings.append(fact)
            case LeadRefused() | LeadDeferred():
                self.refused = fact
            case CallConcluded():
                self.concluded = fact
            case CallLogged():
                self.logged = fact

    @property
    def finished(self) -> bool:
        return self.logged is not None or self.refused is not None

    def fault(self, must_book: bool) -> str:
        """Why the demo did not do what it should; empty if it did."""
        if self.letters:
            return f"a message could not be handled: {self.letters[0]}"
        if self.refused is not None:
            return f"the lead was not called: {'; '.join(self.refused.reasons)}"
        if self.logged is None:
            until = f"it was concluded as {self.concluded.outcome}" if self.concluded else "it was not concluded"
            return f"the call was not logged within {DEADLINE_S:.0f} s; {until}"
        if must_book and len(self.meetings) != 1:
            return f"{len(self.meetings)} meetings were booked, and the call ended as {self.logged.outcome}"
        return ""


async def demo(screen: Screen, persona: str | None, speed: float) -> str:
    """Run the demo and clean up. The answer is what went wrong; empty if nothing did.

    `persona` is the last two digits of the number called, which choose who picks up; `speed` is how many times
    faster than life people speak.
    """
    lead = dict(LEAD)
    if persona is not None:
        lead["phone"] = lead["phone"][: -len(persona)] + persona
    screen.say(f"The clock of this demo is pinned to {moment(CLOCK)}, Israel.", "dim")
    screen.say("No real call is made: a simulator plays the carrier and the lead.", "dim")
    with tempfile.TemporaryDirectory(prefix="messiah-demo-") as folder:
        settings = dict(ALONE) | {"messiah_var": Path(folder), "messiah_clock": CLOCK}
        async with System.start(simulator={"speed": speed}, **settings) as system:
            seen = await _call(system.nats_url, lead, screen)
    fault = seen.fault(must_book=persona is None)
    if seen.logged is not None:
        _summarize(screen, seen.logged, seen.meetings)
    return fault


async def _call(nats_url: str, lead: Mapping[str, Any], screen: Screen) -> Seen:
    broker = Broker(nats_url, "demo")
    await broker.connect()
    seen, narrator = Seen(), Narrator()
    try:
        async with facts(broker) as heard, asyncio.timeout(DEADLINE_S):
            await broker.tell(LeadSubmitted(occurred_at=CLOCK, **lead))
            while not seen.finished:
                fact = await heard.get()
                seen.note(fact)
                for line in [fact] if isinstance(fact, Line) else narrator.lines(fact):
                    (screen.hebrew if line.spoken else screen.say)(line.text, line.style)
    except TimeoutError:
        pass
    finally:
        await broker.close()
    return seen


def _summarize(screen: Screen, logged: CallLogged, meetings: list[MeetingBooked]) -> None:
    rows = []
    for meeting in meetings:
        with_whom = f"with {meeting.representative_name}"
        rows.append(("Meeting", f"{moment(meeting.start)}-{meeting.end.astimezone(ISRAEL):%H:%M}, {with_whom}"))
    rows += [
        ("Outcome", logged.outcome),
        ("Call", f"{logged.disposition}, {logged.duration_s:.1f} s, {len(logged.transcript)} lines in the transcript"),
    ]
    if logged.first_word_ms:
        typical, longest = statistics.median(logged.first_word_ms), max(logged.first_word_ms)
        rows.append(("Caller waited", f"{typical:.1f} ms for our first word (median), {longest:.1f} ms at most"))
    screen.panel("What came of it", rows)
