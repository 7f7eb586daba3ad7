"""The agent that asks a language model. It speaks while the model still writes, and does what the model's tools ask.

Whatever the model says or wants is looked at by code first: a sentence that is not true is never told, a tool that
does not exist is never called, half an answer is never acted on. What cannot be mended by asking once more is left to
whoever answers instead.
"""

from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import datetime
from time import monotonic
from typing import Any

from services.conversation.agents.asked import Asked
from services.conversation.agents.asking import asked_in
from services.conversation.agents.cutting import Cutter
from services.conversation.agents.endpoint import Broken
from services.conversation.agents.models import Models
from services.conversation.agents.prompting import Instructions, messages, result_of, situation
from services.conversation.agents.reading import Reading
from services.conversation.agents.stream import ToolCall, Written, stream
from services.conversation.agents.tongue import Tongue
from services.conversation.agents.tools import BadCall, move_of, tools_for
from services.conversation.agents.turn import Turn
from services.conversation.domain.consultation import Consultation, Report, Usage
from services.conversation.domain.dialogue import Dialogue
from services.conversation.domain.moves import HangUp, Move, Note, OptOut, Say, Transfer
from services.conversation.domain.playbook import Playbook
from services.conversation.domain.truth import Sayable, objection_to_saying
from services.conversation.languages import language

MOST_ROUNDS = 5
"""Requests in one turn, tools and corrections included: more is a model that runs in circles."""
MOST_PHRASES = 6
"""A turn that is longer is cut there."""
MOST_TOKENS = 300
SLOW_S = 1.0
"""Whoever has waited longer and heard nothing yet hears a word before the model is asked once more."""


class Unanswered(Exception):
    """The model has no answer that may be given; somebody else has to finish the turn."""


class Unsayable(Broken):
    """A sentence that must not be said, and why."""


class LanguageModel:
    """See the module. `Unanswered` is raised where the model fails twice in a turn."""

    def __init__(self, models: Models, tongue: Tongue) -> None:
        self._models = models
        self._tongue = tongue
        self._instructions = Instructions(english_inside=tongue.english_inside)

    async def moves(
        self, dialogue: Dialogue, playbook: Playbook, now: datetime, report: Report
    ) -> AsyncGenerator[Move, None]:
        """The answer to the caller's latest turn. Raises Unanswered."""
        model = self._models.of(playbook)
        try:
            texts = await self._tongue.inward(dialogue, model)
        except Broken as fault:
            raise Unanswered(str(fault)) from fault
        instructions = self._instructions.of(playbook, dialogue.lead, now.date())
        turn = Turn(
            dialogue,
            playbook,
            now,
            Reading.of(dialogue, playbook, now),
            model,
            report,
            told=[
                {"role": "system", "content": f"{instructions}\n\n{situation(dialogue, now)}"},
                *messages(dialogue, language(playbook.language), now, texts=texts),
            ],
        )
        for note in turn.observed():
            yield note
        filler, began = playbook.filler(dialogue.turn), monotonic()
        for _ in range(MOST_ROUNDS):
            try:
                async with aclosing(self._round(turn)) as moves:
                    async for move in moves:
                        yield move
                        if isinstance(move, HangUp | Transfer):
                            return
            except Broken as fault:
                turn.faults += 1
                if turn.faults > 1:
                    raise Unanswered(str(fault)) from fault
            if turn.settled:
                return
            if filler and not turn.phrases and dialogue.unfinished is None and monotonic() - began > SLOW_S:
                yield Say(filler)
        raise Unanswered(f"the model did not come to an end in {MOST_ROUNDS} rounds")

    async def _round(self, turn: Turn) -> AsyncGenerator[Move, None]:
        """One request to the model, and what it says and does. Raises Broken if that is of no use."""
        asked = Asked(turn.model, turn.report, monotonic())
        cutter, ready = Cutter(), list[str]()
        turn.calls, turn.said = [], []
        model = turn.model

        def hear(text: str) -> bool:
            asked.token(now := monotonic())
            ready.extend(cutter.feed(text, now))
            return bool(ready)

        try:
            coming = stream(
                model.endpoint, self._request(turn), model.deadlines, hear, lambda: turn.patience_s(monotonic())
            )
            async with aclosing(coming) as pieces:
                async for piece in pieces:
                    match piece:
                        case Written(whole=whole):
                            phrases = [*ready, cutter.rest()] if whole else ready.copy()
                            ready.clear()
                            if phrases:
                                async for say in self._said(phrases, turn, asked if whole else None):
                                    yield say
                        case ToolCall():
                            turn.calls.append(piece)
                        case Usage():
                            asked.usage = piece
            async for say in self._said([cutter.rest()], turn, None if turn.calls or asked.over else asked):
                yield say
            if not turn.said and not turn.calls:
                raise Broken("the model answered nothing")
            asked.end(monotonic(), "answered")
        except Broken as fault:
            asked.end(monotonic(), "fell_back" if turn.faults else "retried", str(fault))
            if turn.said and not isinstance(fault, Unsayable):
                turn.told.append({"role": "assistant", "content": " ".join(turn.said)})
                turn.told.append({"role": "user", "content": "(The connection broke there. Go on from there.)"})
            raise
        finally:
            asked.end(monotonic(), "interrupted")
        turn.told.append({"role": "assistant", "content": " ".join(turn.said) or None})
        turn.settled = not turn.calls
        async for move in self._carry_out(turn):
            yield move

    async def _carry_out(self, turn: Turn) -> AsyncGenerator[Move, None]:
        """The moves of the model's tool calls, one by one; what each came to is told to the model."""
        if not turn.calls:
            return
        calls = {(call.name, call.arguments) for call in turn.calls}
        if calls <= turn.called and not turn.said:
            raise Unanswered("the model asks again for what it was told already")
        turn.called |= calls
        turn.told[-1]["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments or "{}"}}
            for call in turn.calls
        ]
        noted_only = True
        for call in turn.calls:
            try:
                move = move_of(call, turn.reading)
            except BadCall as bad:
                result = f"not done: {bad}"
                noted_only = False
            else:
                if isinstance(move, HangUp) and not turn.phrases:
                    raise Broken("it hangs up without a word")
                if isinstance(move, Transfer) and turn.playbook.transfer is None:
                    result = "not done: nobody is there to take the call; offer a callback instead"
                else:
                    if isinstance(move, Transfer) and turn.playbook.transfer is not None:
                        yield Say(turn.reading.line(turn.playbook.transfer.line), last=True)
                    yield move
                    result = self._result(move, turn)
                    noted_only = noted_only and isinstance(move, Note)
            turn.told.append({"role": "tool", "tool_call_id": call.id, "content": result})
        turn.settled = noted_only and bool(turn.said)

    def _result(self, move: Move, turn: Turn) -> str:
        if isinstance(move, Note):
            return "written down"
        acts = turn.dialogue.acted_in(turn.dialogue.turn)
        done = "the number is off the list" if isinstance(move, OptOut) else "done"
        return result_of(acts[-1], turn.reading.language, turn.now) if acts else done

    async def _said(self, phrases: Sequence[str], turn: Turn, ended: Asked | None) -> AsyncGenerator[Say, None]:
        """Phrases that came together leave together, but for the first of a turn, which somebody waits for; with the
        last ones goes what the request that `ended` with them took. Raises Broken after those before one that may not
        be told."""
        coming = deque(filter(None, phrases))
        together: list[Say] = []
        try:
            while coming:
                together.append(await self._checked(coming.popleft(), turn))
                if turn.phrases == 1 and coming:
                    yield together.pop()
        except Broken:
            if together:
                yield _joined(together)
            raise
        if ended is not None and turn.said:
            yield _joined(together, last=True, consultation=ended.answered(monotonic()))
        elif together:
            yield _joined(together)

    async def _checked(self, phrase: str, turn: Turn) -> Say:
        """The phrase, if it may be told. Raises Broken, with what is wrong for the model to hear, if not."""
        text = await self._tongue.outward(phrase, turn.model)
        sayable = Sayable(turn.dialogue, turn.playbook, turn.now, _gender(turn.dialogue), _wishes(turn.reading))
        objection = objection_to_saying(text, sayable)
        if turn.phrases >= MOST_PHRASES:
            objection = "far too long; one or two short sentences"
        if objection is not None:
            turn.told += [
                {"role": "assistant", "content": " ".join([*turn.said, phrase])},
                {"role": "user", "content": f"(Not said to the caller: {objection}. Answer again, from there on.)"},
            ]
            raise Unsayable(objection)
        turn.said_now(phrase, text, monotonic())
        return Say(text, asks=asked_in(text, turn.dialogue, turn.playbook))

    def _request(self, turn: Turn) -> dict[str, Any]:
        request: dict[str, Any] = {
            "model": turn.model.name,
            "messages": turn.told,
            "tools": tools_for(turn.playbook),
            "max_completion_tokens": MOST_TOKENS,
        }
        if turn.model.temperature is not None:
            request["temperature"] = turn.model.temperature
        return request


def _joined(phrases: Sequence[Say], *, last: bool = False, consultation: Consultation | None = None) -> Say:
    """One phrase of several; it asks what the last of them asks."""
    asks = next((each.asks for each in reversed(phrases) if each.asks), None)
    return Say(" ".join(each.text for each in phrases), asks=asks, last=last, consultation=consultation)


def _gender(dialogue: Dialogue) -> str | None:
    return dialogue.known.note("gender")


def _wishes(reading: Reading) -> tuple[datetime, ...]:
    return (reading.wish.start, reading.wish.end) if reading.wish else ()
