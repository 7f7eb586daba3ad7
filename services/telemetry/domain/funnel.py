"""How far a call brought the lead: submitted, dialed, answered by a human, pitched, qualified, booked."""

from collections.abc import Iterable, Sequence

from contracts.calls import CallAnsweredBy, CallConcluded, CallDialed, CallEnded, CallStarted
from contracts.meetings import MeetingBooked
from contracts.telemetry import Stage
from contracts.turns import CallActed, CallHeard, CallSaid, HeardKind
from contracts.values import AnsweredBy, Disposition, Outcome, Value
from services.telemetry.domain.facts import Facts

STAGES = tuple(Stage)
"""In their order; the place of a stage in it is its depth."""

ANSWER = "answer:"
"""Notes under such a key hold what the lead answered to a qualifying question."""
_ASKED_BEFORE_THE_PITCH = (None, "permission")
_REPLIES_OF_A_PITCH = 2
"""An agent that does not name its questions has pitched once it has replied so often."""


class FunnelStep(Value):
    """How many leads came at least so far."""

    stage: Stage
    leads: int
    share: float | None = None
    """Of the leads of the stage before, 0 to 1."""


def depth(stage: Stage) -> int:
    """The place of a stage: 0 for submitted."""
    return STAGES.index(stage)


def stage_of(facts: Facts) -> Stage:
    """The furthest stage that a call's facts show."""
    concluded = facts.first(CallConcluded)
    if facts.first(MeetingBooked) or (concluded and concluded.outcome is Outcome.MEETING_BOOKED):
        return Stage.BOOKED
    if not facts.first(CallDialed) and not facts.first(CallStarted) and not facts.first(CallEnded):
        return Stage.SUBMITTED
    if not _is_human(facts, concluded):
        return Stage.DIALED
    notes = [act for act in facts.events(CallActed) if act.move == "note" and act.refused is None]
    if (concluded and concluded.answers) or any((note.key or "").startswith(ANSWER) for note in notes):
        return Stage.QUALIFIED
    return Stage.PITCHED if _is_pitched(facts) else Stage.ANSWERED


def steps(reached: Sequence[int]) -> tuple[FunnelStep, ...]:
    """The steps, from how many leads came at least to each stage."""
    before: Iterable[int | None] = [None, *reached]
    return tuple(
        FunnelStep(stage=stage, leads=leads, share=round(leads / earlier, 4) if earlier else None)
        for stage, leads, earlier in zip(STAGES, reached, before, strict=False)
    )


def _is_human(facts: Facts, concluded: CallConcluded | None) -> bool:
    """A person spoke, or the carrier is sure that one picked up; what the conversation concluded counts most."""
    if concluded and (concluded.outcome is Outcome.VOICEMAIL or concluded.disposition is Disposition.MACHINE):
        return False
    spoke = any(heard.kind is not HeardKind.SILENCE and heard.text.strip() for heard in facts.events(CallHeard))
    answered = facts.last(CallAnsweredBy)
    return spoke or (answered is not None and answered.answered_by is AnsweredBy.HUMAN)


def _is_pitched(facts: Facts) -> bool:
    said = facts.events(CallSaid)
    if any(phrase.asks not in _ASKED_BEFORE_THE_PITCH for phrase in said):
        return True
    if any(act.move in ("offer_slots", "book") for act in facts.events(CallActed)):
        return True
    unnamed = all(phrase.asks is None for phrase in said)
    return unnamed and len({phrase.turn for phrase in said if phrase.turn > 0}) >= _REPLIES_OF_A_PITCH
