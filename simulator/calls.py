"""One call as the carrier keeps it: what was asked for, where it stands, and what it is told to do next."""

import asyncio
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

from simulator.refusals import Refused
from simulator.transcript import Transcript

TERMINAL: Final = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
_E164 = re.compile(r"\+[1-9]\d{7,14}")
_DIGITS = re.compile(r"\+\d+")


@dataclass(frozen=True)
class CallRequest:
    """The parameters of a new call that matter here; times in seconds."""

    to: str
    from_number: str
    url: str | None
    twiml: str | None
    method: str
    fallback_url: str | None
    fallback_method: str
    status_callback: str | None
    status_method: str
    status_events: frozenset[str]
    ring_timeout_s: float
    time_limit_s: float
    machine_detection: str | None
    async_amd: bool
    amd_callback: str | None
    record: bool = False
    recording_callback: str | None = None
    recording_events: frozenset[str] = frozenset({"completed"})

    @classmethod
    def parse(cls, form: Iterable[tuple[str, str]]) -> "CallRequest":
        """Read a form in which lists are repeated keys.

        Raises:
            Refused: a parameter is missing or wrong, with its documented code.
        """
        pairs = list(form)
        given = {name: value for name, value in pairs if value}
        to, from_number, url = given.get("To"), given.get("From"), given.get("Url")
        if not to:
            raise Refused(21201)
        if not _E164.fullmatch(to):
            raise Refused(21217 if _DIGITS.fullmatch(to) else 21211, to)
        if not from_number:
            raise Refused(21213)
        if not _E164.fullmatch(from_number):
            raise Refused(21212, from_number)
        if not url and not given.get("Twiml"):
            raise Refused(21205, "neither Url nor Twiml was given")
        if url:
            require_http_url(url)
        events = {e for name, value in pairs if name == "StatusCallbackEvent" for e in value.split()}
        recorded = {e for name, value in pairs if name == "RecordingStatusCallbackEvent" for e in value.split()}
        sends_digits = "SendDigits" in given
        return cls(
            to=to,
            from_number=from_number,
            url=url,
            twiml=None if url else given.get("Twiml"),
            method=given.get("Method", "POST").upper(),
            fallback_url=given.get("FallbackUrl"),
            fallback_method=given.get("FallbackMethod", "POST").upper(),
            status_callback=given.get("StatusCallback"),
            status_method=given.get("StatusCallbackMethod", "POST").upper(),
            status_events=frozenset(events or {"completed"}),
            ring_timeout_s=float(given.get("Timeout", "60")),
            time_limit_s=float(given.get("TimeLimit", "14400")),
            machine_detection=None if sends_digits else given.get("MachineDetection"),
            async_amd=given.get("AsyncAmd", "false").lower() == "true",
            amd_callback=given.get("AsyncAmdStatusCallback"),
            record=given.get("Record", "false").lower() == "true",
            recording_callback=given.get("RecordingStatusCallback"),
            recording_events=frozenset(recorded or {"completed"}),
        )


def require_http_url(url: str) -> None:
    """Refuse what no webhook can be sent to.

    Raises:
        Refused: 21205.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refused(21205, url)


@dataclass(frozen=True)
class HangUp:
    """The REST interface or the time limit ends the call."""


@dataclass(frozen=True)
class Source:
    """Where the next TwiML comes from: a URL to ask, or the document itself."""

    url: str | None = None
    method: str = "POST"
    document: str | None = None
    fields: tuple[tuple[str, str], ...] = ()


Order = HangUp | Source


@dataclass
class Call:
    """A call and all that happened to it."""

    request: CallRequest
    account_sid: str
    persona: str
    queue_time_ms: int
    api_url: str = ""
    """Where the REST interface was reached: what it hands out begins so."""
    sid: str = field(default_factory=lambda: f"CA{uuid4().hex}")
    status: str = "queued"
    answered_by: str | None = None
    created_at: float = field(default_factory=time.time)
    dialed_at: float | None = None
    answered_at: float | None = None
    ended_at: float | None = None
    sessions: int = 0
    socket_dropped: bool = False
    history: list[tuple[str, float]] = field(default_factory=list)
    transcript: Transcript = field(default_factory=Transcript)
    webhooks: list[dict[str, Any]] = field(default_factory=list)
    notifications: list[str] = field(default_factory=list)
    ordered: asyncio.Event = field(default_factory=asyncio.Event)
    _order: Order | None = None

    def __post_init__(self) -> None:
        self.history.append(("queued", self.created_at))

    @property
    def terminal(self) -> bool:
        """Whether the call is over."""
        return self.status in TERMINAL

    @property
    def duration_s(self) -> int:
        """Whole seconds from the answer to the end; 0 if nobody answered."""
        if self.answered_at is None:
            return 0
        return round((self.ended_at or time.time()) - self.answered_at)

    def become(self, status: str) -> None:
        """Move on to a status; a terminal one also ends the clock."""
        self.status = status
        self.history.append((status, time.time()))
        if self.terminal:
            self.ended_at = time.time()

    def dial(self) -> None:
        """Leave the queue. The REST interface keeps saying `queued` until it rings."""
        self.dialed_at = time.time()
        self.history.append(("initiated", self.dialed_at))

    def give(self, order: Order) -> None:
        """Tell a live call what to do instead; a hang-up is never overtaken."""
        if not isinstance(self._order, HangUp):
            self._order = order
        self.ordered.set()

    @property
    def pending_order(self) -> Order | None:
        """The order given and not yet taken."""
        return self._order

    def take_order(self) -> Order:
        """The order that set `ordered`. A hang-up stays, a redirection is taken once."""
        order = self._order or HangUp()
        if isinstance(order, Source):
            self._order = None
            self.ordered.clear()
        return order

    def resource(self) -> dict[str, Any]:
        """The call as the REST interface shows it: dates RFC 2822 or null, numbers as strings."""
        base = f"/2010-04-01/Accounts/{self.account_sid}/Calls/{self.sid}"
        queued = self.status == "queued"
        return {
            "sid": self.sid,
            "account_sid": self.account_sid,
            "status": self.status,
            "direction": "outbound-api",
            "to": self.request.to,
            "to_formatted": self.request.to,
            "from": self.request.from_number,
            "from_formatted": self.request.from_number,
            "api_version": "2010-04-01",
            "answered_by": self.answered_by,
            "parent_call_sid": None,
            "phone_number_sid": "PN" + "0" * 32,
            "date_created": None if queued else rfc2822(self.created_at),
            "date_updated": None if queued else rfc2822(self.history[-1][1]),
            "start_time": rfc2822(self.dialed_at),
            "end_time": rfc2822(self.ended_at),
            "duration": str(self.duration_s) if self.terminal else None,
            "price": None,
            "price_unit": "USD",
            "queue_time": str(self.queue_time_ms),
            "caller_name": None,
            "forwarded_from": None,
            "group_sid": None,
            "trunk_sid": None,
            "uri": f"{base}.json",
            "subresource_uris": {
                name: f"{base}/{name.capitalize()}.json"
                for name in ("recordings", "events", "notifications", "streams", "transcriptions")
            },
        }

    def view(self) -> dict[str, Any]:
        """The call as tests want it: everything that was dialed, played, said and sent."""
        return {
            "sid": self.sid,
            "to": self.request.to,
            "from": self.request.from_number,
            "persona": self.persona,
            "status": self.status,
            "answered_by": self.answered_by,
            "duration_s": self.duration_s,
            "sessions": self.sessions,
            "history": [{"status": status, "at": at} for status, at in self.history],
            "transcript": [utterance.view() for utterance in self.transcript.utterances],
            "phrases_heard": self.transcript.phrases_heard(),
            "phrases_heard_in_full": self.transcript.phrases_heard(in_full=True),
            "webhooks": self.webhooks,
            "notifications": self.notifications,
        }


def rfc2822(moment: float | None) -> str | None:
    """A moment (Unix seconds) as the carrier writes dates, to the second."""
    return None if moment is None else format_datetime(datetime.fromtimestamp(moment, UTC))
