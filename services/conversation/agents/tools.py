"""What a language model may do on a call, as strict tools, and the moves its calls stand for.

A model's call is a wish. Unknown tools, incomplete or impossible arguments are answered with what is wrong, so that
the model can correct itself; nothing is done meanwhile.
"""

import json
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

from pydantic_core import to_json

from contracts.values import Outcome, TimeWindow
from services.conversation.agents.reading import Reading
from services.conversation.agents.stream import ToolCall
from services.conversation.domain.moves import (
    Book,
    CancelMeeting,
    HangUp,
    Move,
    Note,
    OfferSlots,
    OptOut,
    ScheduleCallback,
    SendDetails,
    Transfer,
)
from services.conversation.domain.outcome import ANSWER_PREFIX, OUTCOME_NOTE
from services.conversation.domain.playbook import Playbook

NOTED_OUTCOMES = (Outcome.NOT_INTERESTED, Outcome.WRONG_PERSON, Outcome.GATEKEEPER, Outcome.VOICEMAIL)

_MAYBE_TIME = {"type": ["string", "null"], "description": "ISO 8601 with offset, or null if no time was named"}
_MAYBE_TEXT = {"type": ["string", "null"]}


class BadCall(Exception):
    """The call cannot be carried out; the message tells the model why."""


def tools_for(playbook: Playbook) -> bytes:
    """The tools of one playbook, as JSON. The same for every turn, so that an endpoint can cache the prompt they stand
    in."""
    return _tools(tuple(question.key for question in playbook.questions))


@cache
def _tools(keys: tuple[str, ...]) -> bytes:
    tools = [
        _tool(
            "offer_slots",
            "Find free times for the meeting and hold them. Call it before naming any time. Null for no preference.",
            start=_MAYBE_TIME,
            end=_MAYBE_TIME,
        ),
        _tool("book_meeting", "Book a time that was offered in this call, by its slot_id.", slot_id={"type": "string"}),
        _tool("cancel_meeting", "They take back the meeting that was booked in this call.", reason={"type": "string"}),
        _tool(
            "schedule_callback",
            "Promise to call again. An exact time has end equal to start.",
            start={"type": "string"},
            end={"type": "string"},
        ),
        _tool("opt_out", "The caller wants never to be called again.", quote={"type": "string"}),
        _tool("send_details", "Promise written details.", email=_MAYBE_TEXT),
        _tool(
            "note_outcome",
            "The call came to this: a refusal, a wrong person, somebody else who answers, a voicemail.",
            outcome={"type": "string", "enum": [outcome.value for outcome in NOTED_OUTCOMES]},
        ),
        _tool("transfer", "Hand the caller to a person.", summary={"type": "string"}),
        _tool("end_call", "Hang up, after the goodbye was said.", reason={"type": "string"}),
    ]
    if keys:
        key = {"type": "string", "enum": list(keys)}
        tools.append(_tool("record_answer", "The caller answered a question.", key=key, value={"type": "string"}))
    return to_json(tools)


def move_of(call: ToolCall, reading: Reading) -> Move:
    """The move a call stands for. Raises BadCall with what the model should do instead."""
    make = _MOVES.get(call.name)
    if make is None:
        raise BadCall(f"there is no tool {call.name!r}; use one of {', '.join(_MOVES)}")
    try:
        arguments = json.loads(call.arguments or "{}")
    except ValueError:
        raise BadCall("the arguments are no JSON; call the tool again with complete arguments") from None
    if not isinstance(arguments, dict):
        raise BadCall("the arguments must be an object")
    return make(arguments, reading)


def _tool(name: str, description: str, **properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "function",
        "function": {
            "name": name,
            "description": description,
            "strict": True,
            "parameters": {
                "type": "object",
                "properties": properties,
                "required": list(properties),
                "additionalProperties": False,
            },
        },
    }


def _offer(given: dict[str, Any], reading: Reading) -> Move:
    """What the caller's own words say about the time goes before what the model made of them."""
    window = reading.wish or (_window(given, reading.now) if given.get("start") else None)
    exclude = () if window else tuple(slot.slot_id for slot in reading.dialogue.known.offered)
    return OfferSlots(window, exclude, reading.unwanted)


def _book(given: dict[str, Any], reading: Reading) -> Move:
    offered = {slot.slot_id for act in reading.dialogue.acts for slot in act.slots}
    slot_id = _text(given, "slot_id")
    if slot_id not in offered:
        raise BadCall("that slot was not offered in this call; call offer_slots and use one of its slot_ids")
    return Book(slot_id)


def _callback(given: dict[str, Any], reading: Reading) -> Move:
    window = reading.wish or _window(given, reading.now)
    if window.end < reading.now:
        raise BadCall(f"that time has passed; it is {reading.now.isoformat()}")
    return ScheduleCallback(window, reading.words)


def _opt_out(given: dict[str, Any], reading: Reading) -> Move:
    return OptOut(reading.words or _text(given, "quote"))


def _details(given: dict[str, Any], reading: Reading) -> Move:
    return SendDetails(reading.heard.email or given.get("email") or reading.lead.email)


def _outcome(given: dict[str, Any], _: Reading) -> Move:
    outcome = _text(given, "outcome")
    if outcome not in NOTED_OUTCOMES:
        raise BadCall(f"outcome must be one of {', '.join(NOTED_OUTCOMES)}")
    return Note(OUTCOME_NOTE, outcome)


def _answer(given: dict[str, Any], reading: Reading) -> Move:
    key = _text(given, "key")
    if reading.playbook.question(key) is None:
        raise BadCall(f"the playbook asks no question {key!r}")
    return Note(ANSWER_PREFIX + key, _text(given, "value"), quote=reading.words)


def _window(given: dict[str, Any], now: datetime) -> TimeWindow:
    try:
        start = datetime.fromisoformat(str(given.get("start")))
        end = datetime.fromisoformat(str(given.get("end") or given.get("start")))
        start, end = (each if each.tzinfo else each.replace(tzinfo=now.tzinfo) for each in (start, end))
        return TimeWindow(start=start, end=end)
    except ValueError:
        raise BadCall("start and end must be ISO 8601 times, end not before start") from None


def _text(given: dict[str, Any], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BadCall(f"{name} is missing")
    return value.strip()


_MOVES: dict[str, Callable[[dict[str, Any], Reading], Move]] = {
    "offer_slots": _offer,
    "book_meeting": _book,
    "cancel_meeting": lambda _, __: CancelMeeting(),
    "schedule_callback": _callback,
    "opt_out": _opt_out,
    "send_details": _details,
    "note_outcome": _outcome,
    "record_answer": _answer,
    "transfer": lambda given, _: Transfer(_text(given, "summary")),
    "end_call": lambda given, _: HangUp(str(given.get("reason") or "goodbye")[:60]),
}
