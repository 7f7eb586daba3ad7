"""The facts of one call in which a meeting is booked, as the services would tell them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from contracts.calls import (
    CallAnsweredBy,
    CallClaimed,
    CallClosing,
    CallConcluded,
    CallDialed,
    CallEnded,
    CallRecorded,
    CallRequested,
    CallStarted,
    Playbook,
)
from contracts.event import Event
from contracts.meetings import MeetingBooked
from contracts.telemetry import TurnMeasured
from contracts.turns import CallActed, CallConsulted, CallHeard, CallInterrupted, CallSaid, HeardKind
from contracts.values import AnsweredBy, Disposition, Evidence, LeadFacts, MeetingFacts, Outcome
from services.telemetry.domain.facts import Fact, Facts

CALL = UUID("01a1fcbb-f6bf-7383-9f4e-9108bb1b8819")
LEAD = "dana"
BEGAN = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
OPENING, CUT, UNHEARD, READ_BACK = (uuid5(CALL, name) for name in ("opening", "cut", "unheard", "read back"))


class SampleCall:
    """Makes events of one call, each a second after the one before."""

    def __init__(self, call_id: UUID = CALL, began: datetime = BEGAN) -> None:
        self.call_id = call_id
        self._now = began

    def at(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now

    @property
    def meeting(self) -> MeetingFacts:
        start = BEGAN + timedelta(days=2)
        return MeetingFacts(
            meeting_id=uuid5(self.call_id, "meeting"),
            slot_id="slot-1",
            start=start,
            end=start + timedelta(minutes=30),
            representative_id="noa",
            representative_name="נועה",
        )

    def claimed(self, worker: str = "worker-1") -> CallClaimed:
        return CallClaimed(call_id=self.call_id, occurred_at=self.at(), worker_id=worker)

    def said(self, epoch: int, turn: int, utterance: UUID, number: int, text: str, last: bool = False) -> CallSaid:
        return CallSaid(
            call_id=self.call_id,
            occurred_at=self.at(),
            epoch=epoch,
            turn=turn,
            utterance=utterance,
            sequence=number,
            text=text,
            last=last,
        )

    def heard(self, turn: int, text: str, kind: HeardKind = HeardKind.SPEECH) -> CallHeard:
        return CallHeard(call_id=self.call_id, occurred_at=self.at(), turn=turn, text=text, kind=kind)

    def interrupted(self, turn: int, utterance: UUID, heard: str) -> CallInterrupted:
        return CallInterrupted(call_id=self.call_id, occurred_at=self.at(), turn=turn, utterance=utterance, heard=heard)

    def noted(self, epoch: int, turn: int, key: str, value: str) -> CallActed:
        return CallActed(
            call_id=self.call_id, occurred_at=self.at(), epoch=epoch, turn=turn, move="note", key=key, value=value
        )

    def consulted(self, epoch: int, turn: int, **used: Any) -> CallConsulted:
        given = {"model": "a-model", "input_tokens": 800, "output_tokens": 30, "cost": 0.0005, "currency": "USD"}
        return CallConsulted(call_id=self.call_id, occurred_at=self.at(), epoch=epoch, turn=turn, **given | used)

    def recorded(self, recording_id: str = "RE1") -> CallRecorded:
        url = f"https://api.example.com/recordings/{recording_id}"
        return CallRecorded(call_id=self.call_id, occurred_at=self.at(), recording_id=recording_id, url=url)

    def measured(self, turn: int, first_word_ms: float) -> TurnMeasured:
        return TurnMeasured(call_id=self.call_id, occurred_at=self.at(), turn=turn, first_word_ms=first_word_ms)

    def ended(self, disposition: Disposition = Disposition.ANSWERED, duration_s: float = 61.5) -> CallEnded:
        return CallEnded(
            call_id=self.call_id,
            lead_id=LEAD,
            occurred_at=self.at(),
            disposition=disposition,
            duration_s=duration_s,
        )

    def requested(self, **given: Any) -> CallRequested:
        return CallRequested(
            call_id=self.call_id,
            lead_id=given.pop("lead_id", LEAD),
            occurred_at=self.at(),
            **{
                "phone": "+972542345678",
                "lead": LeadFacts(name="דנה כהן", company="אורנט", business_type="תוכנה"),
                "playbook": Playbook(name="default", content_hash="abc", variant="a"),
            }
            | given,
        )

    def before_the_claim(self, **requested: Any) -> list[Event]:
        call, at = self.call_id, self.at
        return [
            self.requested(**requested),
            CallDialed(
                call_id=call,
                lead_id=LEAD,
                occurred_at=at(),
                carrier="twilio",
                carrier_call_id="CA1",
                from_number="+97233760000",
            ),
            CallStarted(call_id=call, lead_id=LEAD, occurred_at=at(), line="relay", carrier_call_id="CA1"),
        ]

    def under_the_claim(self, epoch: int) -> list[Event]:
        """What follows the claim: an utterance cut short, one that nobody heard, a booking and the end."""
        call, at = self.call_id, self.at
        return [
            CallAnsweredBy(call_id=call, occurred_at=at(), answered_by=AnsweredBy.HUMAN),
            self.said(epoch, 0, OPENING, 0, "שלום, מדברת מאיה."),
            self.said(epoch, 0, OPENING, 1, "יש לך דקה?", last=True),
            self.heard(1, "כן"),
            self.measured(1, 210.5),
            self.said(epoch, 1, CUT, 0, "אנחנו עוזרים לעסקים"),
            self.said(epoch, 1, CUT, 1, "לענות לכל שיחה.", last=True),
            self.interrupted(1, CUT, "אנחנו עוזרים"),
            self.heard(2, "כמה זה עולה?"),
            self.said(epoch, 2, UNHEARD, 0, "תלוי.", last=True),
            self.interrupted(2, UNHEARD, ""),
            self.heard(3, "", HeardKind.SILENCE),
            self.heard(4, "2", HeardKind.KEYS),
            self.measured(4, 180.0),
            self.noted(epoch, 2, "sentiment", "neutral"),
            self.noted(epoch, 2, "objection", "price"),
            self.noted(epoch, 4, "sentiment", "positive"),
            self.noted(epoch, 4, "language", "he"),
            self.consulted(epoch, 1, first_token_ms=180.0),
            self.consulted(epoch, 4, first_token_ms=210.0),
            CallActed(call_id=call, occurred_at=at(), epoch=epoch, turn=4, move="book", meeting=self.meeting),
            self.said(epoch, 4, READ_BACK, 0, "קבענו ליום שלישי בעשר.", last=True),
            CallClosing(call_id=call, occurred_at=at(), epoch=epoch, reason="booked"),
            self.ended(),
            self.concluded(),
            self.recorded(),
        ]

    def concluded(self, outcome: Outcome = Outcome.MEETING_BOOKED) -> CallConcluded:
        return CallConcluded(
            call_id=self.call_id,
            lead_id=LEAD,
            occurred_at=self.at(),
            outcome=outcome,
            disposition=Disposition.ANSWERED,
            summary="נקבעה פגישה",
            interest="high",
            answers={"crm": "אין"},
            evidence=(Evidence(claim="booked", turns=(4,)),),
        )

    def booked(self) -> MeetingBooked:
        meeting = self.meeting
        return MeetingBooked(
            occurred_at=self.at(),
            call_id=self.call_id,
            lead_id=LEAD,
            lead=LeadFacts(name="דנה כהן"),
            **meeting.model_dump(),
        )


TRANSCRIPT = [
    ("agent", "שלום, מדברת מאיה. יש לך דקה?", False),
    ("caller", "כן", False),
    ("agent", "אנחנו עוזרים", True),
    ("caller", "כמה זה עולה?", False),
    ("caller", "2", False),
    ("agent", "קבענו ליום שלישי בעשר.", False),
]
"""Speaker, text, interrupted: what the sample call comes to."""


def placed(events: Iterable[Event]) -> list[Fact[Event]]:
    """Events as facts of one stream, in this order from sequence 1 on."""
    return [Fact(event, sequence, event.occurred_at) for sequence, event in enumerate(events, 1)]


def whole_call() -> list[Fact[Event]]:
    """Every fact of the sample call; the facts of other streams are numbered with the rest."""
    call = SampleCall()
    before = call.before_the_claim()
    epoch = len(before) + 1
    return placed([*before, call.claimed(), *call.under_the_claim(epoch), call.booked()])


def facts_of(events: Iterable[Fact[Event]]) -> Facts:
    return Facts(CALL, events)
