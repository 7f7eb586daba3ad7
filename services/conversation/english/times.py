"""The time a caller named in English. The pieces are those of Hebrew, and so is what they tell together."""

from collections.abc import Sequence
from datetime import datetime

from services.conversation.english.time_scan import scan
from services.conversation.hebrew.moment import Moment
from services.conversation.hebrew.time_pieces import Kind
from services.conversation.hebrew.times import compose


def resolve(said: str, now: datetime, offered: Sequence[datetime] = (), *, bare: bool = False) -> Moment | None:
    """The time named in a text in its normal form, or None. With `bare`, a number alone is an hour."""
    pieces = [piece for piece in scan(said, now.date(), bare=bare) if not piece.negated]
    told = any(piece.kind is not Kind.NOTHING for piece in pieces)
    return compose(pieces, now, offered) if told else None
