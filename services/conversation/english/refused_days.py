"""The days a caller does not want, in English: not Tuesday, Wednesday is no good, any day but Thursday."""

import re
from collections.abc import Iterator
from datetime import datetime

from services.conversation.english.time_scan import scan
from services.conversation.english.words import normal
from services.conversation.hebrew.moment import Moment
from services.conversation.hebrew.time_pieces import DAYS, Limit
from services.conversation.hebrew.times import compose

_AWAY = r"(?:busy|away|off|out|booked|full|tied up|swamped|travelling|traveling|unavailable|not \w+)"
_EXCEPTED = re.compile(r"\b(?:but|except|excluding|besides|apart from|other than)(?: for)?(?: on)?(?: the| this)? $")
_BUSY_ON = re.compile(rf"\b(?:i|we) (?:am|are|will be) {_AWAY}(?: \w+)?(?: on| all)?(?: the| this)? $")
_UNABLE = re.compile(
    r"^(?: ,)?(?: (?:morning|afternoon|evening))? (?:(?:i|we) (?:(?:can|could|will|would|do) not\b"
    rf"|(?:am|are|will be) {_AWAY})|(?:will|would|does|do) not (?:work|do|suit|fit)|is (?:taken|booked|off|out))"
)
_ON_AND_ON = re.compile(r" ,?(?: ?(?:or|and|nor))?(?: on)?(?: the)? ?")


def refused_days(text: str, now: datetime) -> Iterator[Moment]:
    """Each as the window of its day or days. `now` is aware, in the caller's zone."""
    said = normal(text)
    last = None
    for piece in scan(said, now.date()):
        if piece.kind not in DAYS or piece.limit is not Limit.NONE:
            continue
        before, behind = said[: piece.start], said[piece.end :]
        goes_on = last is not None and _ON_AND_ON.fullmatch(said[last : piece.start]) is not None
        denied = piece.negated or _UNABLE.match(behind) or _EXCEPTED.search(before) or _BUSY_ON.search(before)
        if not denied and not (goes_on and piece.alternative):
            last = None
            continue
        last = piece.end
        piece.negated = False
        moment = compose([piece], now)
        if moment is not None and moment.start < moment.end:
            yield moment
