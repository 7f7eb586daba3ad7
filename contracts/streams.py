"""Streams, durable consumers and buckets as plain data. The provisioner declares them; services bind to them.

Services never declare a stream themselves: concurrent declarations overwrite each other's subjects.
"""

from dataclasses import dataclass

from contracts.calls import CallConcluded, CallEnded, CallRequested, CallStarted
from contracts.contacts import (
    ContactErased,
    ContactErasureBegan,
    ContactErasureRequested,
    ContactErasureWaits,
    ContactOptedOut,
)
from contracts.leads import LeadSubmitted
from contracts.meetings import CallbackCancelled, CallbackDue, CallbackRequested

DAY_S = 24 * 3600


@dataclass(frozen=True)
class Stream:
    """A stream of facts, kept on disk for `max_age_s` seconds."""

    name: str
    subjects: tuple[str, ...]
    max_age_s: int = 365 * DAY_S
    duplicate_window_s: int = 120


@dataclass(frozen=True)
class Consumer:
    """A durable pull consumer of one service.

    A lease consumer's message is the work itself: it stays un-acknowledged while its holder works, is told
    to be in progress, and goes to another worker `ack_wait_s` after its holder fell silent.
    """

    name: str
    stream: str
    subjects: tuple[str, ...]
    ack_wait_s: float = 30.0
    max_ack_pending: int = 1000
    lease: bool = False
    capped_at_creation: bool = False
    """True: `max_ack_pending` is a cap that an operator changes; the provisioner sets it only at creation."""


@dataclass(frozen=True)
class Bucket:
    """A key-value bucket."""

    name: str
    history: int = 1


STREAMS = (
    Stream("LEADS", ("leads.>", "campaigns.>")),
    Stream("CALLS", ("calls.>",), max_age_s=90 * DAY_S),
    Stream("MEETINGS", ("meetings.>", "callbacks.>")),
    Stream("CONTACTS", ("contacts.>",)),
    Stream("TELEMETRY", ("telemetry.>",), max_age_s=90 * DAY_S),
    Stream("DEAD", ("dead.>",), max_age_s=90 * DAY_S),
)

DIALER_CALLS = Consumer(
    "dialer-calls",
    "CALLS",
    (CallRequested.subject_filter(),),
    ack_wait_s=30,
    max_ack_pending=1,
    lease=True,
    capped_at_creation=True,
)
CONVERSATION_CALLS = Consumer(
    "conversation-calls",
    "CALLS",
    (CallStarted.subject_filter(),),
    ack_wait_s=4,
    max_ack_pending=-1,
    lease=True,
)
DIALER_LEADS = Consumer("dialer-leads", "LEADS", (LeadSubmitted.subject_filter(),))
DIALER_CONCLUDED = Consumer("dialer-concluded", "CALLS", (CallConcluded.subject_filter(),))
DIALER_CALLBACKS = Consumer("dialer-callbacks", "MEETINGS", (CallbackDue.subject_filter(),))
DIALER_OPT_OUTS = Consumer("dialer-opt-outs", "CONTACTS", (ContactOptedOut.subject_filter(),))
DIALER_ERASURES = Consumer("dialer-erasures", "CONTACTS", (ContactErasureRequested.subject_filter(),))
DIALER_ERASED = Consumer("dialer-erased", "CONTACTS", (ContactErased.subject_filter(),))
DIALER_ERASURE_WAITS = Consumer("dialer-erasure-waits", "CONTACTS", (ContactErasureWaits.subject_filter(),))
_BEGAN = (ContactErasureBegan.subject_filter(),)
_REWRITING_S = 300.0
"""A database is rewritten in a minute or so; whoever is at it would be asked again and again meanwhile."""
CONVERSATION_ERASURES = Consumer("conversation-erasures", "CONTACTS", _BEGAN)
SCHEDULER_ERASURES = Consumer("scheduler-erasures", "CONTACTS", _BEGAN, ack_wait_s=_REWRITING_S)
TELEMETRY_ERASURES = Consumer("telemetry-erasures", "CONTACTS", _BEGAN, ack_wait_s=_REWRITING_S)
SCHEDULER_ENDED = Consumer("scheduler-ended", "CALLS", (CallEnded.subject_filter(),))
SCHEDULER_CONCLUDED = Consumer("scheduler-concluded", "CALLS", (CallConcluded.subject_filter(),))
SCHEDULER_CALLBACKS = Consumer("scheduler-callbacks", "MEETINGS", (CallbackRequested.subject_filter(),))
SCHEDULER_CALLBACKS_CANCELLED = Consumer(
    "scheduler-callbacks-cancelled", "MEETINGS", (CallbackCancelled.subject_filter(),)
)
SCHEDULER_OPT_OUTS = Consumer("scheduler-opt-outs", "CONTACTS", (ContactOptedOut.subject_filter(),))
TELEMETRY_LEADS = Consumer("telemetry-leads", "LEADS", ("leads.>", "campaigns.>"), ack_wait_s=10)
TELEMETRY_CALLS = Consumer("telemetry-calls", "CALLS", ("calls.>",), ack_wait_s=10)
TELEMETRY_MEETINGS = Consumer("telemetry-meetings", "MEETINGS", ("meetings.>", "callbacks.>"), ack_wait_s=10)
TELEMETRY_CONTACTS = Consumer("telemetry-contacts", "CONTACTS", ("contacts.>",), ack_wait_s=10)
TELEMETRY_TURNS = Consumer("telemetry-turns", "TELEMETRY", ("telemetry.turns.measured",), ack_wait_s=10)

CONSUMERS = (
    DIALER_CALLS,
    CONVERSATION_CALLS,
    DIALER_LEADS,
    DIALER_CONCLUDED,
    DIALER_CALLBACKS,
    DIALER_OPT_OUTS,
    DIALER_ERASURES,
    DIALER_ERASED,
    DIALER_ERASURE_WAITS,
    CONVERSATION_ERASURES,
    SCHEDULER_ERASURES,
    TELEMETRY_ERASURES,
    SCHEDULER_ENDED,
    SCHEDULER_CONCLUDED,
    SCHEDULER_CALLBACKS,
    SCHEDULER_CALLBACKS_CANCELLED,
    SCHEDULER_OPT_OUTS,
    TELEMETRY_LEADS,
    TELEMETRY_CALLS,
    TELEMETRY_MEETINGS,
    TELEMETRY_CONTACTS,
    TELEMETRY_TURNS,
)

CLOCK_BUCKET = Bucket("clock")
PLAYBOOKS_BUCKET = Bucket("playbooks")
TOKENS_BUCKET = Bucket("tokens")
"""Who may use the HTTP APIs: a token's hash, its name and its scopes."""

BUCKETS = (CLOCK_BUCKET, PLAYBOOKS_BUCKET, TOKENS_BUCKET)
