"""Who said what, as far as the other side could hear it, in the order it happened."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from contracts.calls import CallEnded
from contracts.telemetry import TranscriptLine
from contracts.turns import CallHeard, CallInterrupted, CallSaid, HeardKind
from contracts.values import Speaker
from services.telemetry.domain.facts import Fact, Facts

_Placed = tuple[int, TranscriptLine]


@dataclass(frozen=True)
class TurnNotes:
    """What is known of turns beside their words: how long the caller waited, and what was noted of the caller."""

    waits_ms: Mapping[int, float] = field(default_factory=dict)
    sentiments: Mapping[int, str] = field(default_factory=dict)
    languages: Mapping[int, str] = field(default_factory=dict)


NO_NOTES = TurnNotes()


def transcript_of(facts: Facts, notes: TurnNotes = NO_NOTES) -> tuple[TranscriptLine, ...]:
    """The lines of a call. An utterance counts from its first phrase and is cut to what had been played when
    the caller cut in; what was told after the call had ended, nobody heard."""
    ended = facts.all(CallEnded)
    said = [fact for fact in facts.all(CallSaid) if not (ended and _is_after(fact, ended[0]))]
    lines = _agent_lines(said, _cuts(facts)) + _caller_lines(facts.all(CallHeard))
    return _noted([line for _, line in sorted(lines, key=lambda placed: placed[0])], notes)


def _noted(lines: list[TranscriptLine], notes: TurnNotes) -> tuple[TranscriptLine, ...]:
    """The caller waits for the first line of an answer only."""
    waits, noted = dict(notes.waits_ms), []
    for line in lines:
        if line.speaker is Speaker.AGENT:
            more: dict[str, object] = {"first_word_ms": waits.pop(line.turn, None)}
        else:
            more = {"language": notes.languages.get(line.turn), "sentiment": notes.sentiments.get(line.turn)}
        noted.append(line.model_copy(update=more))
    return tuple(noted)


def _is_after(said: Fact[CallSaid], ended: Fact[CallEnded]) -> bool:
    """By the stream and by the clock: neither the broker's order nor two machines' clocks are proof alone."""
    return said.sequence > ended.sequence and said.event.occurred_at > ended.event.occurred_at


def _cuts(facts: Facts) -> dict[UUID, str]:
    """What had been heard of each interrupted utterance. Playing stopped at the first interruption."""
    cuts: dict[UUID, str] = {}
    for fact in facts.all(CallInterrupted):
        cuts.setdefault(fact.event.utterance, fact.event.heard.strip())
    return cuts


def _agent_lines(said: list[Fact[CallSaid]], cuts: dict[UUID, str]) -> list[_Placed]:
    utterances: dict[UUID, dict[int, Fact[CallSaid]]] = {}
    for fact in said:
        utterances.setdefault(fact.event.utterance, {}).setdefault(fact.event.sequence, fact)
    lines: list[_Placed] = []
    for utterance, phrases in utterances.items():
        first = min(phrases.values(), key=lambda fact: fact.sequence)
        whole = " ".join(phrases[number].event.text.strip() for number in sorted(phrases))
        text = cuts.get(utterance, whole)
        if text:
            line = TranscriptLine(
                turn=first.event.turn,
                speaker=Speaker.AGENT,
                text=text,
                at=first.event.occurred_at,
                interrupted=utterance in cuts,
            )
            lines.append((first.sequence, line))
    return lines


def _caller_lines(heard: list[Fact[CallHeard]]) -> list[_Placed]:
    return [
        (
            fact.sequence,
            TranscriptLine(
                turn=fact.event.turn,
                speaker=Speaker.CALLER,
                text=fact.event.text.strip(),
                at=fact.event.occurred_at,
            ),
        )
        for fact in heard
        if fact.event.kind is not HeardKind.SILENCE and fact.event.text.strip()
    ]
