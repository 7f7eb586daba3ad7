"""What a voice should read: figures, dates, names and abbreviations of a text in spoken Hebrew words."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from services.conversation.hebrew.abbreviations import expand
from services.conversation.hebrew.figures import read_figures
from services.conversation.hebrew.latin import say_addresses, say_names
from services.conversation.hebrew.saying import say_date, say_slot, say_slot_short, say_time
from services.conversation.hebrew.written_times import read_times

__all__ = ["say_date", "say_slot", "say_slot_short", "say_time", "spoken"]

_MARKS = str.maketrans(
    {"׳": "'", "’": "'", "`": "'", "״": '"', "”": '"', "“": '"', "„": '"', "־": "-"}
    | dict.fromkeys("\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069\ufeff")
)
_WRITTEN = re.compile(r"[\dA-Za-z@%₪$€£&#*+=½¼\"'־׳״’]|יום [א-ה]\b|י[-־]ם")
_SYMBOLS = {"&": " ו", "#": "סולמית ", "*": "כוכבית ", "=": " שווה ", "%": " אחוז", "@": " שטרודל ", "+": " פלוס "}
_SYMBOL = re.compile(r"\s?[&=@]\s?|\s\+\s|[#*]\s?(?=[\d\w]|$)|%")
_NO_LEXICON: Mapping[str, str] = MappingProxyType({})


def spoken(text: str, lexicon: Mapping[str, str] = _NO_LEXICON) -> str:
    """What a voice should read for a text. `lexicon` says how names in Latin script are pronounced."""
    if not _WRITTEN.search(text):
        return " ".join(text.split())
    text = say_addresses(text.translate(_MARKS), lexicon)
    text = say_names(text, lexicon)
    text = read_times(text)
    text = expand(text)
    text = read_figures(text)
    text = _SYMBOL.sub(lambda match: _SYMBOLS[match[0].strip()], text)
    if any(each.isdigit() for each in text):
        text = _rest(text)
    return " ".join(text.split())


def _rest(text: str) -> str:
    """What none of our rules reads."""
    from heb_tts_normalizer import normalize

    return str(normalize(text))
