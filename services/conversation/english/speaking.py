"""What a voice should read for an English text: names as the playbook says them, addresses sign by sign."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from services.conversation.english.saying import say_date, say_slot, say_slot_short, say_time

__all__ = ["say_date", "say_slot", "say_slot_short", "say_time", "spoken"]

_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_SIGNS = {"@": " at ", ".": " dot ", "-": " dash ", "_": " underscore ", "+": " plus "}
_NO_LEXICON: Mapping[str, str] = MappingProxyType({})


def spoken(text: str, lexicon: Mapping[str, str] = _NO_LEXICON) -> str:
    """What a voice should read for a text. Figures and dates it reads well by itself."""
    said = _ADDRESS.sub(lambda match: re.sub(r"[@._+-]", lambda sign: _SIGNS[sign[0]], match[0]), text)
    for name, how in lexicon.items():
        said = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", how.replace("\\", ""), said, flags=re.IGNORECASE)
    return " ".join(said.split())
