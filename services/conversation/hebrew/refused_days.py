"""The days a caller does not want: לא ביום שלישי, אל תתקשרו מחר, שלישי אני לא יכול, רביעי ולא חמישי."""

from collections.abc import Iterator
from datetime import datetime

from services.conversation.hebrew import time_scan
from services.conversation.hebrew.moment import Moment
from services.conversation.hebrew.phrasebook import utterance
from services.conversation.hebrew.time_corrections import corrected
from services.conversation.hebrew.time_denials import is_denied, is_denied_before
from services.conversation.hebrew.time_pieces import DAYS, Limit
from services.conversation.hebrew.times import compose


def refused_days(text: str, now: datetime) -> Iterator[Moment]:
    """Each as the window of its day or days. `now` is aware, in the caller's zone."""
    said = utterance(text)
    words = said.folded
    pieces = time_scan.scan(said, now.date())
    wanted = {id(piece) for piece in corrected(said, pieces)}
    for place, piece in enumerate(pieces):
        if piece.kind not in DAYS or piece.limit is not Limit.NONE:
            continue
        taken_back = piece.negated and id(piece) not in wanted
        told = is_denied_before(said, pieces, place) or is_denied(words, piece.end, len(words))
        if not (taken_back or told):
            continue
        if (moment := compose([piece], now)) is not None and moment.start < moment.end:
            yield moment
