"""Chooses who answers a turn, so that the line is never silent: the model where there is one and it works, the script
where not, and for what rules know better than any model."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from datetime import datetime

from contracts.turns import HeardKind
from services.conversation.agents.concluding import conclude_with
from services.conversation.agents.language_model import LanguageModel, Unanswered
from services.conversation.agents.models import Breaker, Models
from services.conversation.agents.scripted import Scripted
from services.conversation.domain.consultation import Report, unheard
from services.conversation.domain.dialogue import Dialogue
from services.conversation.domain.moves import Move
from services.conversation.domain.outcome import Conclusion
from services.conversation.domain.playbook import Playbook
from services.conversation.hebrew.noise import is_noise
from services.conversation.hebrew.phrasebook import utterance
from services.conversation.ports import Moves
from services.runtime.logs import logger

log = logger(__name__)


class Fallback:
    """The agent of a worker. Without a model it is the script."""

    def __init__(self, script: Scripted, models: Models, by_kind: Mapping[str, LanguageModel]) -> None:
        self._script = script
        self._models = models
        self._by_kind = by_kind
        self._breakers = {kind: Breaker() for kind in by_kind}

    def moves(self, dialogue: Dialogue, playbook: Playbook, now: datetime, report: Report = unheard) -> Moves:
        """The answer to the latest turn, by whoever can give it."""
        kind = self._models.agent_for(playbook)
        if kind == "scripted" or _rules_know(dialogue):
            return self._script.moves(dialogue, playbook, now, report)
        return self._answer(kind, dialogue, playbook, now, report)

    def repeat(self, dialogue: Dialogue, playbook: Playbook, now: datetime) -> Moves:
        """The line came back: the script knows what was asked."""
        return self._script.repeat(dialogue, playbook, now)

    async def conclude(self, dialogue: Dialogue, playbook: Playbook, rules: Conclusion, report: Report) -> Conclusion:
        """What the call came to in the model's words; by rules where there is no model or nobody spoke."""
        kind = self._models.agent_for(playbook)
        if kind == "scripted" or not dialogue.words_ever or not self._breakers[kind].lets_through(_now()):
            return rules
        return await conclude_with(self._models.of(playbook), dialogue, playbook, rules, report)

    def resting(self) -> dict[str, bool]:
        """Which agents' models are left alone at this moment, because they failed."""
        return {kind: breaker.rests(_now()) for kind, breaker in self._breakers.items()}

    async def _answer(
        self, kind: str, dialogue: Dialogue, playbook: Playbook, now: datetime, report: Report
    ) -> AsyncIterator[Move]:
        breaker = self._breakers[kind]
        if breaker.lets_through(_now()):
            try:
                async with aclosing(self._by_kind[kind].moves(dialogue, playbook, now, report)) as moves:
                    async for move in moves:
                        yield move
                breaker.succeeded()
                return
            except Unanswered as error:
                breaker.failed(_now())
                log.warning("the script answers for the model", call_id=str(dialogue.call_id), error=str(error))
        for move in self._script.moves(dialogue, playbook, now, report):
            yield move


def _rules_know(dialogue: Dialogue) -> bool:
    """Silence and a recogniser's noise have lines of their own."""
    latest = dialogue.latest
    if latest is None or latest.kind is HeardKind.SILENCE:
        return True
    return is_noise(utterance(dialogue.words()))


def _now() -> float:
    return asyncio.get_running_loop().time()
