"""Facts of a call's turns: what was heard, what the agent did and said, and who cut in."""

from enum import StrEnum
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from contracts.calls import CallEvent, Epoch, Turn
from contracts.values import Instant, MeetingFacts, TimeWindow, Value


class HeardKind(StrEnum):
    """What the caller did in a turn."""

    SPEECH = "speech"
    KEYS = "keys"
    SILENCE = "silence"


class CallHeard(CallEvent):
    """The caller's words or keys, or that the caller said nothing for a while. A re-telling keeps its id."""

    subject_template: ClassVar[str] = "calls.{call_id}.heard"
    told_by: ClassVar[tuple[str, ...]] = ("line",)
    heard_by: ClassVar[tuple[str, ...]] = ("conversation", "telemetry")

    turn: Turn
    text: str
    kind: HeardKind = HeardKind.SPEECH
    language: str | None = None


class OfferedSlot(Value):
    """A slot the caller was offered."""

    slot_id: str
    start: Instant
    end: Instant
    representative_name: str | None = None


class CallActed(CallEvent):
    """A move of the agent and its reply: what changed by it is known from here on."""

    subject_template: ClassVar[str] = "calls.{call_id}.acted"
    told_by: ClassVar[tuple[str, ...]] = ("conversation",)
    heard_by: ClassVar[tuple[str, ...]] = ("conversation", "telemetry")

    epoch: Epoch
    turn: Turn
    move: Literal[
        "offer_slots", "book", "cancel", "schedule_callback", "opt_out", "send_details", "transfer", "note", "hang_up"
    ]
    refused: str | None = None
    """Why the move could not be done; None if it was."""
    slots: tuple[OfferedSlot, ...] = ()
    meeting: MeetingFacts | None = None
    callback: TimeWindow | None = None
    key: str | None = None
    value: str | None = None
    quote: str | None = None


class Consulted(Value):
    """One request to a language model: what it used, how long it took, what became of its answer. Unknown is None."""

    model: str
    input_tokens: int | None = None
    cached_tokens: int | None = None
    output_tokens: int | None = None
    first_token_ms: float | None = None
    total_ms: float | None = None
    cost: float | None = None
    """In `currency`; None where the playbook states no prices: unknown, not nothing."""
    currency: str | None = None
    ended: Literal["answered", "interrupted", "retried", "fell_back"] = "answered"
    error: str | None = None


class CallSaid(CallEvent):
    """One phrase to speak. Every phrase is told before it is spoken."""

    subject_template: ClassVar[str] = "calls.{call_id}.said"
    told_by: ClassVar[tuple[str, ...]] = ("conversation",)
    heard_by: ClassVar[tuple[str, ...]] = ("line", "telemetry")

    epoch: Epoch
    turn: Turn
    utterance: UUID
    sequence: Annotated[int, Field(ge=0)]
    text: str
    spoken: str | None = None
    """What the voice reads, where it differs from what is stored."""
    last: bool = False
    asks: str | None = None
    """The question this phrase asks, so that the next turn is known to answer it."""
    consulted: Consulted | None = None
    """The request to a model that ended with this phrase."""


class CallConsulted(CallEvent, Consulted):
    """A language model was asked, and no phrase of its answer says so: it called tools, failed or was given up."""

    subject_template: ClassVar[str] = "calls.{call_id}.consulted"
    told_by: ClassVar[tuple[str, ...]] = ("conversation",)
    heard_by: ClassVar[tuple[str, ...]] = ("telemetry",)

    epoch: Epoch
    turn: Turn


class CallInterrupted(CallEvent):
    """The caller cut in. `heard` is what had been played of the utterance; the rest was never heard."""

    subject_template: ClassVar[str] = "calls.{call_id}.interrupted"
    told_by: ClassVar[tuple[str, ...]] = ("line",)
    heard_by: ClassVar[tuple[str, ...]] = ("conversation", "telemetry")

    turn: Turn
    utterance: UUID
    heard: str
    played_ms: int | None = None


class CallOperated(CallEvent):
    """A person stepped in from the console."""

    subject_template: ClassVar[str] = "calls.{call_id}.operated"
    told_by: ClassVar[tuple[str, ...]] = ("telemetry",)
    heard_by: ClassVar[tuple[str, ...]] = ("conversation", "line")

    action: Literal["say", "hang_up", "opt_out"]
    text: str | None = None
    operator: str
