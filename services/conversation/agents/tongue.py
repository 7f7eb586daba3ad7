"""In which language a model thinks: the caller's own, or English with a translator at the door."""

import asyncio
from typing import Any, Protocol

from services.conversation.agents.endpoint import Broken
from services.conversation.agents.models import Model
from services.conversation.agents.stream import stream
from services.conversation.domain.dialogue import Dialogue

MOST_REMEMBERED = 5000
INWARD = (
    "Translate what a caller or an agent says on a business phone call from Hebrew to natural English. Keep names, "
    "times and addresses exactly. Answer with the translation alone."
)
OUTWARD = (
    "Translate one phrase of a business phone call from English to natural spoken Hebrew. Speak to the company "
    "(אצלכם, לכם) or to nobody (אפשר, כדאי), never to a man or a woman. Keep names and times exactly. "
    "Answer with the translation alone."
)


class Tongue(Protocol):
    """Between the caller's words and the model's."""

    english_inside: bool

    async def inward(self, dialogue: Dialogue, model: Model) -> dict[str, str]:
        """What was said so far in the model's language, by the words as they were said. Raises Broken."""

    async def outward(self, phrase: str, model: Model) -> str:
        """A phrase of the model as the caller is to hear it. Raises Broken."""


class Native:
    """The model speaks the caller's language."""

    english_inside = False

    async def inward(self, dialogue: Dialogue, model: Model) -> dict[str, str]:
        return {}

    async def outward(self, phrase: str, model: Model) -> str:
        return phrase


class Translated:
    """The caller speaks Hebrew, the model thinks in English. Every text is translated once."""

    english_inside = True

    def __init__(self) -> None:
        self._english: dict[str, str] = {}

    async def inward(self, dialogue: Dialogue, model: Model) -> dict[str, str]:
        told = [turn.text for turn in dialogue.turns] + [said.text for said in dialogue.utterances.values()]
        fresh = [text for text in dict.fromkeys(told) if text and text not in self._english]
        for text, english in zip(
            fresh, await asyncio.gather(*(self._ask(INWARD, text, model) for text in fresh)), strict=True
        ):
            self._remember(text, english)
        return {text: self._english[text] for text in told if text}

    async def outward(self, phrase: str, model: Model) -> str:
        hebrew = await self._ask(OUTWARD, phrase, model)
        self._remember(hebrew, phrase)
        return hebrew

    async def _ask(self, how: str, text: str, model: Model) -> str:
        request: dict[str, Any] = {
            "model": model.name,
            "messages": [{"role": "system", "content": how}, {"role": "user", "content": text}],
            "max_completion_tokens": 200,
            "temperature": 0,
        }
        pieces: list[str] = []
        async for _ in stream(model.endpoint, request, model.deadlines, pieces.append):
            pass  # it is whole, or Broken was raised
        translated = " ".join("".join(pieces).split())
        if not translated:
            raise Broken("the translator answered nothing")
        return translated

    def _remember(self, text: str, english: str) -> None:
        if len(self._english) >= MOST_REMEMBERED:
            self._english.pop(next(iter(self._english)))
        self._english[text] = english
