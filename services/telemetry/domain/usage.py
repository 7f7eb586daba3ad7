"""What a call used: language models, by model, and the voice line. What nobody told stays unknown."""

from collections.abc import Sequence

from contracts.telemetry import ModelUsage, VoiceUsage
from contracts.turns import CallConsulted, CallHeard, CallSaid, Consulted
from services.telemetry.domain.facts import Facts


def models_of(facts: Facts) -> tuple[ModelUsage, ...]:
    """Usage by model. What a replaced worker asked a model for is charged as well, so it counts."""
    said = [fact.event.consulted for fact in facts.every(CallSaid)]
    told: list[Consulted] = [*facts.events(CallConsulted), *filter(None, said)]
    return tuple(
        _usage(name, [each for each in told if each.model == name]) for name in sorted({e.model for e in told})
    )


def voice_of(facts: Facts, seconds: float) -> VoiceUsage | None:
    """What went over the voice line; None if nothing did."""
    phrases = {(said.utterance, said.sequence): said for said in reversed(facts.events(CallSaid))}
    heard = facts.events(CallHeard)
    if not phrases and not heard:
        return None
    return VoiceUsage(
        seconds=seconds,
        spoken_characters=sum(len(said.spoken or said.text) for said in phrases.values()),
        heard_turns=len({each.turn for each in heard if each.text.strip()}),
    )


def _usage(model: str, told: Sequence[Consulted]) -> ModelUsage:
    currencies = {each.currency for each in told}
    one_currency = len(currencies) == 1 and None not in currencies
    return ModelUsage(
        model=model,
        consultations=len(told),
        input_tokens=_total([each.input_tokens for each in told]),
        cached_tokens=_total([each.cached_tokens for each in told]),
        output_tokens=_total([each.output_tokens for each in told]),
        first_token_ms=tuple(each.first_token_ms for each in told if each.first_token_ms is not None),
        cost=_rounded(_sum([each.cost for each in told])) if one_currency else None,
        currency=currencies.pop() if one_currency else None,
    )


def _total(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _sum(amounts: Sequence[float | None]) -> float | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if len(known) == len(amounts) else None


def _rounded(amount: float | None) -> float | None:
    return None if amount is None else round(amount, 6)
