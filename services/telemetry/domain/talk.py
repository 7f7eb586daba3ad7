"""Who spoke how much, counted in words: the facts hold texts, not the time it took to say them."""

from collections.abc import Sequence
from itertools import groupby

from contracts.telemetry import Talk, TranscriptLine
from contracts.turns import CallInterrupted
from contracts.values import Speaker
from services.telemetry.domain.facts import Facts


def talk_of(facts: Facts, transcript: Sequence[TranscriptLine]) -> Talk:
    """Words by speaker, how often the caller cut in, and the agent's longest monologue."""
    words = {speaker: sum(_words(line) for line in transcript if line.speaker is speaker) for speaker in Speaker}
    both = sum(words.values())
    monologues = [
        sum(map(_words, lines))
        for speaker, lines in groupby(transcript, lambda line: line.speaker)
        if speaker is Speaker.AGENT
    ]
    return Talk(
        agent_words=words[Speaker.AGENT],
        caller_words=words[Speaker.CALLER],
        agent_share=round(words[Speaker.AGENT] / both, 4) if both else None,
        interruptions=len({cut.utterance for cut in facts.events(CallInterrupted)}),
        longest_monologue_words=max(monologues, default=0),
    )


def _words(line: TranscriptLine) -> int:
    return len(line.text.split())
