"""The fold of everything the services told about one call. The same facts give the same record, in any order."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from contracts.calls import (
    CallAnsweredBy,
    CallConcluded,
    CallDialed,
    CallEnded,
    CallRecorded,
    CallRequested,
    CallStarted,
    Playbook,
)
from contracts.contacts import ContactOptedOut
from contracts.meetings import CallbackRequested, MeetingBooked, MeetingCancelled, MeetingRescheduled
from contracts.telemetry import Recording, TranscriptLine, TurnMeasured
from contracts.turns import CallActed, CallHeard, HeardKind
from contracts.values import LeadFacts, MeetingFacts, Outcome, Speaker
from services.telemetry.domain.call_record import CallRecord, CallState, MeasuredTurn
from services.telemetry.domain.cost import NO_PRICES, Bought, PriceList, cost_of
from services.telemetry.domain.facts import Fact, Facts
from services.telemetry.domain.funnel import stage_of
from services.telemetry.domain.talk import talk_of
from services.telemetry.domain.transcript import TurnNotes, transcript_of
from services.telemetry.domain.usage import models_of, voice_of

SENTIMENT, LANGUAGE, OBJECTION = "sentiment", "language", "objection"
"""Keys of the notes that the conversation makes of a caller's turn."""
ANNOUNCED = ("מוקלט", "being recorded", "is recorded")
"""Words of the disclosure by which the agent says that the call is recorded."""
VARIANT = "variant"
"""Key of the note by which the conversation tells which variant of the playbook it follows."""


def record_of(facts: Facts, prices: PriceList = NO_PRICES) -> CallRecord:
    """Fold what is known of a call, and price it once it is over."""
    requested, dialed = facts.first(CallRequested), facts.first(CallDialed)
    started, ended = facts.first(CallStarted), facts.first(CallEnded)
    concluded, answered = facts.first(CallConcluded), facts.last(CallAnsweredBy)
    callback = facts.last(CallbackRequested)
    sentiments, languages = _notes(facts, SENTIMENT), _languages(facts)
    turns = _turns(facts.all(TurnMeasured))
    waits = {turn.turn: turn.first_word_ms for turn in reversed(turns)}
    transcript = transcript_of(facts, TurnNotes(waits_ms=waits, sentiments=sentiments, languages=languages))
    record = CallRecord(
        call_id=facts.call_id,
        state=_state(dialed, started, ended, concluded),
        complete=_is_complete(started, ended, concluded),
        lead_id=next((fact.lead_id for fact in (requested, dialed, started, ended, concluded) if fact), None),
        lead=requested.lead if requested else LeadFacts(),
        phone=requested.phone if requested else None,
        campaign_id=requested.campaign_id if requested else None,
        attempt=requested.attempt if requested else 1,
        playbook=_playbook(requested, facts),
        line=started.line if started else requested.line if requested else None,
        carrier=dialed.carrier if dialed else None,
        stage=stage_of(facts),
        requested_at=requested.occurred_at if requested else None,
        dialed_at=dialed.occurred_at if dialed else None,
        started_at=started.occurred_at if started else None,
        first_words_at=_first_words_at(facts),
        recording_announced_at=_announced_at(transcript),
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
        objections=_objections(facts),
        sentiment=sentiments[max(sentiments)] if sentiments else None,
        language=_most_spoken(languages),
        error=ended.error if ended else None,
        transcript=transcript,
        turns=turns,
        recordings=_recordings(facts),
        models=models_of(facts),
        voice=voice_of(facts, _duration_s(started, ended) if started else 0.0),
        talk=talk_of(facts, transcript),
    )
    if record.state not in (CallState.ENDED, CallState.CONCLUDED):
        return record
    return record.model_copy(update={"cost": cost_of(_bought(record, dialed), record.models, prices)})


def _bought(record: CallRecord, dialed: CallDialed | None) -> Bought | None:
    if dialed is None:
        return None
    return Bought(
        on=dialed.occurred_at.date(),
        carrier=dialed.carrier,
        line=record.line,
        to=record.phone or "",
        from_=dialed.from_number,
        carrier_s=record.duration_s,
        voice_s=record.duration_s if record.started_at else 0.0,
        recorded=bool(record.recordings),
        machine_detection=record.answered_by is not None,
    )


def _playbook(requested: CallRequested | None, facts: Facts) -> Playbook | None:
    """The playbook that the dialer asked for, with the variant that the conversation drew."""
    drawn = _notes(facts, VARIANT)
    if requested is None or not drawn:
        return requested.playbook if requested else None
    return requested.playbook.model_copy(update={"variant": drawn[max(drawn)]})


def _first_words_at(facts: Facts) -> datetime | None:
    spoken = (heard for heard in facts.events(CallHeard) if heard.kind is HeardKind.SPEECH and heard.text.strip())
    return min((heard.occurred_at for heard in spoken), default=None)


def _announced_at(transcript: Sequence[TranscriptLine]) -> datetime | None:
    said = (line for line in transcript if line.speaker is Speaker.AGENT)
    return next((line.at for line in said if any(word in line.text.lower() for word in ANNOUNCED)), None)


def _recordings(facts: Facts) -> tuple[Recording, ...]:
    """Each once, as it was last told of."""
    told = {each.recording_id: each for each in facts.events(CallRecorded)}
    return tuple(
        Recording(recording_id=each.recording_id, url=each.url, duration_s=each.duration_s) for each in told.values()
    )


def _notes(facts: Facts, key: str) -> dict[int, str]:
    """What was last noted under a key, by turn."""
    noted = (act for act in facts.events(CallActed) if act.move == "note" and act.key == key and act.refused is None)
    return {act.turn: act.value for act in noted if act.value}


def _objections(facts: Facts) -> tuple[str, ...]:
    """Each kind once, in the order in which they came up."""
    noted = (act for act in facts.events(CallActed) if act.move == "note" and act.key == OBJECTION)
    return tuple(dict.fromkeys(act.value for act in noted if act.value))


def _languages(facts: Facts) -> dict[int, str]:
    """By turn: as the conversation noted it, else as the line heard it."""
    heard = {each.turn: each.language for each in facts.events(CallHeard) if each.language and each.text.strip()}
    return heard | _notes(facts, LANGUAGE)


def _most_spoken(languages: Mapping[int, str]) -> str | None:
    """Of languages spoken equally often the later one."""
    counted = Counter(languages.values())
    return max(languages.items(), key=lambda turn: (counted[turn[1]], turn[0]))[1] if languages else None


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
