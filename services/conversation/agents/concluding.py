"""Asks a model what a finished call came to. The outcome stays what the facts say: the model words it, and names the
turns that prove what it claims."""

import json
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError

from contracts.values import Evidence
from services.conversation.agents.endpoint import Broken
from services.conversation.agents.models import Model
from services.conversation.agents.prompting import Message
from services.conversation.agents.stream import Deadlines, ToolCall, stream
from services.conversation.domain.consultation import Consultation, Report, Usage
from services.conversation.domain.dialogue import Dialogue
from services.conversation.domain.outcome import Conclusion
from services.conversation.domain.playbook import Playbook
from services.runtime.logs import logger

log = logger(__name__)

DEADLINES = Deadlines(first_token_s=8, idle_s=4, total_s=15)
"""Nobody waits on the line any more."""
MOST_TOKENS = 500
HOW = (
    "A sales call has ended. Report it with the tool `conclude`, in {language}. State only what was said. "
    "The outcome is given and is right. `turn` is the number in front of the line that proves the claim."
)


class _Claim(BaseModel):
    claim: str = Field(max_length=200)
    turn: int


class _Answer(BaseModel):
    key: str
    value: str = Field(max_length=200)
    turn: int


class _Report(BaseModel):
    """What the model fills in."""

    summary: str = Field(min_length=1, max_length=600)
    next_step: str = Field(max_length=200)
    interest: Literal["high", "medium", "low"]
    answers: list[_Answer] = []
    evidence: list[_Claim] = []


async def conclude_with(
    model: Model, dialogue: Dialogue, playbook: Playbook, rules: Conclusion, report: Report
) -> Conclusion:
    """The conclusion in the model's words; `rules` unchanged if the model fails or proves nothing."""
    usage: Usage | None = None
    call: ToolCall | None = None
    error: str | None = None
    try:
        async for piece in stream(model.endpoint, _request(model, dialogue, playbook, rules), DEADLINES):
            if isinstance(piece, ToolCall):
                call = piece
            elif isinstance(piece, Usage):
                usage = piece
        concluded = _taken(call, dialogue, playbook, rules)
    except (Broken, ValidationError) as fault:
        error = str(fault)[:200]
        log.warning("the call is concluded by rules", call_id=str(dialogue.call_id), error=error)
        concluded = rules
    report(
        Consultation(
            model=model.name,
            ended="fell_back" if error else "answered",
            usage=usage,
            prices=model.prices,
            error=error,
        )
    )
    return concluded


def _request(model: Model, dialogue: Dialogue, playbook: Playbook, rules: Conclusion) -> dict[str, Any]:
    language = "Hebrew" if playbook.language.startswith("he") else "English"
    questions = {question.key: question.ask for question in playbook.questions}
    told: list[Message] = [
        {"role": "system", "content": HOW.format(language=language)},
        {
            "role": "user",
            "content": f"Outcome: {rules.outcome.value}\nQuestions: {json.dumps(questions, ensure_ascii=False)}\n\n"
            + "\n".join(_lines(dialogue)),
        },
    ]
    tool = {
        "type": "function",
        "function": {"name": "conclude", "description": "Report the call.", "parameters": _Report.model_json_schema()},
    }
    return {
        "model": model.name,
        "messages": told,
        "tools": [tool],
        "tool_choice": {"type": "function", "function": {"name": "conclude"}},
        "max_completion_tokens": MOST_TOKENS,
    }


def _lines(dialogue: Dialogue) -> list[str]:
    lines = []
    for number in range(dialogue.turn + 1):
        lines += [
            f"{turn.number} caller: {turn.text}" for turn in dialogue.turns if turn.number == number and turn.text
        ]
        lines += [f"{number} agent: {each.text}" for each in dialogue.utterances.values() if each.turn == number]
    return lines


def _taken(call: ToolCall | None, dialogue: Dialogue, playbook: Playbook, rules: Conclusion) -> Conclusion:
    """What of the report holds: a claim about a turn that is not there is left out. Raises Broken, ValidationError."""
    if call is None or call.name != "conclude":
        raise Broken("the model reported nothing")
    found = _Report.model_validate_json(call.arguments)
    quotes = {turn.number: turn.text for turn in dialogue.turns if turn.text}
    keys = {question.key for question in playbook.questions}
    answers = {each.key: each.value for each in found.answers if each.key in keys and each.turn in quotes}
    proven = tuple(
        Evidence(claim=each.claim, turns=(each.turn,), quote=quotes[each.turn])
        for each in found.evidence
        if each.turn in quotes
    )
    return Conclusion(
        outcome=rules.outcome,
        evidence=rules.evidence + proven,
        answers=answers | rules.answers,
        interest=found.interest,
        summary=found.summary,
        next_step=found.next_step or rules.next_step,
        by="model",
    )
