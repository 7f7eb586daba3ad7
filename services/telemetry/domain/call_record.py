"""One call in one record: the fold of everything the services told about it."""

from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.calls import (
    CallAnsweredBy,
    CallConcluded,
    CallDialed,
    CallEnded,
    CallRequested,
    CallStarted,
    Playbook,
)
from contracts.contacts import ContactOptedOut
from contracts.meetings import CallbackRequested, MeetingBooked, MeetingCancelled, MeetingRescheduled
from contracts.telemetry import CallLogged, TranscriptLine, TurnMeasured
from contracts.values import (
    AnsweredBy,
    Disposition,
    Evidence,
    LeadFacts,
    LeadId,
    MeetingFacts,
    Outcome,
    PhoneNumber,
    TimeWindow,
    Value,
    once_id,
)
from services.telemetry.domain.facts import Fact, Facts
from services.telemetry.domain.transcript import transcript_of


class CallState(StrEnum):
    """How far a call has come."""

    REQUESTED = "requested"
    RINGING = "ringing"
    TALKING = "talking"
    ENDED = "ended"
    CONCLUDED = "concluded"


class MeasuredTurn(Value):
    """How long the caller waited for our first word in one turn, in milliseconds."""

    turn: int
    first_word_ms: float
    interrupted: bool = False


class CallRecord(Value):
    """What is known of one call. Times are those of the system's clock."""

    call_id: UUID
    state: CallState
    complete: bool
    """Whether the call is over and concluded, so that the record can be logged."""
    lead_id: LeadId | None = None
    lead: LeadFacts = Field(default_factory=LeadFacts)
    phone: PhoneNumber | None = None
    campaign_id: UUID | None = None
    attempt: int = 1
    playbook: Playbook | None = None
    line: str | None = None
    requested_at: AwareDatetime | None = None
    dialed_at: AwareDatetime | None = None
    started_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    duration_s: float = 0.0
    outcome: Outcome | None = None
    disposition: Disposition | None = None
    answered_by: AnsweredBy | None = None
    summary: str = ""
    next_step: str | None = None
    interest: Literal["high", "medium", "low"] | None = None
    answers: dict[str, str] = Field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    meeting: MeetingFacts | None = None
    callback: TimeWindow | None = None
    opted_out: bool = False
    error: str | None = None
    transcript: tuple[TranscriptLine, ...] = ()
    turns: tuple[MeasuredTurn, ...] = ()

    def logged(self, now: datetime) -> CallLogged:
        """The fact that tells the world of the finished call; it has the same id whenever it is told.

        Raises ValueError if the record is not complete.
        """
        if not self.complete or self.lead_id is None or self.outcome is None or self.disposition is None:
            raise ValueError(f"call {self.call_id} is not complete; log it when it has ended and is concluded")
        return CallLogged(
            event_id=once_id("logged", self.call_id),
            occurred_at=now,
            call_id=self.call_id,
            lead_id=self.lead_id,
            campaign_id=self.campaign_id,
            attempt=self.attempt,
            playbook=self.playbook,
            line=self.line,
            outcome=self.outcome,
            disposition=self.disposition,
            answered_by=self.answered_by,
            summary=self.summary,
            next_step=self.next_step,
            interest=self.interest,
            answers=self.answers,
            evidence=self.evidence,
            meeting=self.meeting,
            callback=self.callback,
            transcript=self.transcript,
            duration_s=self.duration_s,
            started_at=self.started_at,
            ended_at=self.ended_at,
            first_word_ms=tuple(turn.first_word_ms for turn in self.turns),
        )


def record_of(facts: Facts) -> CallRecord:
    """Fold what is known of a call. The same facts give the same record, in whatever order they came."""
    requested, dialed = facts.first(CallRequested), facts.first(CallDialed)
    started, ended, concluded = facts.first(CallStarted), facts.first(CallEnded), facts.first(CallConcluded)
    answered, callback = facts.last(CallAnsweredBy), facts.last(CallbackRequested)
    who = next((fact.lead_id for fact in (requested, dialed, started, ended, concluded) if fact), None)
    return CallRecord(
        call_id=facts.call_id,
        state=_state(dialed, started, ended, concluded),
        complete=_is_complete(started, ended, concluded),
        lead_id=who,
        lead=requested.lead if requested else LeadFacts(),
        phone=requested.phone if requested else None,
        campaign_id=requested.campaign_id if requested else None,
        attempt=requested.attempt if requested else 1,
        playbook=requested.playbook if requested else None,
        line=started.line if started else requested.line if requested else None,
        requested_at=requested.occurred_at if requested else None,
        dialed_at=dialed.occurred_at if dialed else None,
        started_at=started.occurred_at if started else None,
        ended_at=ended.occurred_at if ended else None,
        duration_s=_duration_s(started, ended),
        outcome=concluded.outcome if concluded else None,
        disposition=concluded.disposition if concluded else ended.disposition if ended else None,
        answered_by=answered.answered_by if answered else None,
        summary=concluded.summary if concluded else "",
        next_step=concluded.next_step if concluded else None,
        interest=concluded.interest if concluded else None,
        answers=concluded.answers if concluded else {},
        evidence=concluded.evidence if concluded else (),
        meeting=_meeting(facts, concluded),
        callback=concluded.callback if concluded and concluded.callback else callback and callback.window,
        opted_out=facts.first(ContactOptedOut) is not None or _concluded_opted_out(concluded),
        error=ended.error if ended else None,
        transcript=transcript_of(facts),
        turns=_turns(facts.all(TurnMeasured)),
    )


def _state(
    dialed: CallDialed | None, started: CallStarted | None, ended: CallEnded | None, concluded: CallConcluded | None
) -> CallState:
    if concluded:
        return CallState.CONCLUDED
    if ended:
        return CallState.ENDED
    if started:
        return CallState.TALKING
    return CallState.RINGING if dialed else CallState.REQUESTED


def _is_complete(started: CallStarted | None, ended: CallEnded | None, concluded: CallConcluded | None) -> bool:
    """A call that never reached the carrier has no end: the dialer's conclusion is all there will be."""
    if concluded is None:
        return False
    return ended is not None or (started is None and concluded.concluded_by == "dialer")


def _duration_s(started: CallStarted | None, ended: CallEnded | None) -> float:
    if ended is None:
        return 0.0
    if ended.duration_s or started is None:
        return ended.duration_s
    return max((ended.occurred_at - started.occurred_at).total_seconds(), 0.0)


def _concluded_opted_out(concluded: CallConcluded | None) -> bool:
    return concluded is not None and concluded.outcome is Outcome.OPTED_OUT


def _meeting(facts: Facts, concluded: CallConcluded | None) -> MeetingFacts | None:
    """The meeting as the scheduler last told it; until it has, as the conversation concluded it."""
    told: list[Fact[MeetingBooked] | Fact[MeetingRescheduled] | Fact[MeetingCancelled]] = [
        *facts.all(MeetingBooked),
        *facts.all(MeetingRescheduled),
        *facts.all(MeetingCancelled),
    ]
    if not told:
        return concluded.meeting if concluded else None
    latest = max(told, key=lambda fact: fact.sequence).event
    if isinstance(latest, MeetingCancelled):
        return None
    return MeetingFacts(
        meeting_id=latest.meeting_id,
        slot_id=latest.slot_id,
        start=latest.start,
        end=latest.end,
        time_zone=latest.time_zone,
        representative_id=latest.representative_id,
        representative_name=latest.representative_name,
    )


def _turns(measured: list[Fact[TurnMeasured]]) -> tuple[MeasuredTurn, ...]:
    by_turn = sorted(measured, key=lambda fact: (fact.event.turn, fact.sequence))
    return tuple(
        MeasuredTurn(turn=fact.event.turn, first_word_ms=fact.event.first_word_ms, interrupted=fact.event.interrupted)
        for fact in by_turn
    )
