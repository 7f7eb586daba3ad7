"""ConversationRelay's frames: what the carrier sends, as far as we know it, and what we send.

Types and names nobody has documented come and go, so whatever is unknown or malformed is no frame at all.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json


@dataclass(frozen=True)
class Setup:
    """The first frame of a session."""

    carrier_call_id: str


@dataclass(frozen=True)
class Prompt:
    """What the caller said. Only the last of one utterance is final."""

    text: str
    language: str | None
    last: bool


@dataclass(frozen=True)
class Key:
    """The caller pressed a key."""

    digit: str


@dataclass(frozen=True)
class Interrupt:
    """The caller cut in. `segment` is what was heard of the segment then spoken, not of all we had sent."""

    segment: str
    played_ms: int | None


@dataclass(frozen=True)
class Speaking:
    """The agent or the caller begins or stops speaking."""

    agent: bool
    on: bool


@dataclass(frozen=True)
class Played:
    """A piece of our text has been played."""

    text: str


@dataclass(frozen=True)
class CarrierError:
    """The carrier complains of a frame or of the session's settings."""

    description: str


Frame = Setup | Prompt | Key | Interrupt | Speaking | Played | CarrierError


def parse(raw: str | bytes) -> Frame | None:
    """One frame, or None if it is malformed or not known to us."""
    try:
        fields = json.loads(raw)
        read = _READERS.get(fields["type"])
        return read(fields) if read else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def text(token: str, *, last: bool, language: str) -> str:
    """Speak this; `last` closes the utterance."""
    return to_json({"type": "text", "token": token, "last": last, "lang": language, "interruptible": True}).decode()


def end(reason: str, **more: str) -> str:
    """End the session; the reason comes back to us with the action callback."""
    return json.dumps({"type": "end", "handoffData": json.dumps({"reason": reason, **more}, ensure_ascii=False)})


def _setup(fields: dict[str, Any]) -> Setup:
    return Setup(_string(fields["callSid"]))


def _prompt(fields: dict[str, Any]) -> Prompt:
    language = fields.get("lang")
    return Prompt(
        text=_string(fields["voicePrompt"]).strip(),
        language=language if isinstance(language, str) and language else None,
        last=fields.get("last", True) is not False,
    )


def _key(fields: dict[str, Any]) -> Key:
    return Key(_string(fields["digit"]))


def _interrupt(fields: dict[str, Any]) -> Interrupt:
    try:
        played_ms = int(float(fields["durationUntilInterruptMs"]))  # a number, or a string that holds one
    except (KeyError, ValueError, TypeError, OverflowError):
        played_ms = None
    segment = fields.get("utteranceUntilInterrupt")
    return Interrupt(segment if isinstance(segment, str) else "", played_ms)


def _info(fields: dict[str, Any]) -> Frame | None:
    name, value = fields["name"], _string(fields["value"])
    if name == "tokensPlayed":
        return Played(value)
    if name in ("agentSpeaking", "clientSpeaking"):
        return Speaking(agent=name == "agentSpeaking", on=value.lower() == "on")
    return None


def _error(fields: dict[str, Any]) -> CarrierError:
    return CarrierError(str(fields.get("description", ""))[:500])


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no string")
    return value


_READERS: dict[str, Callable[[dict[str, Any]], Frame | None]] = {
    "setup": _setup,
    "prompt": _prompt,
    "dtmf": _key,
    "interrupt": _interrupt,
    "info": _info,
    "error": _error,
}
