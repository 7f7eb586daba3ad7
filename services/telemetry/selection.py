"""Filters, orders and pages of calls as SQL, the same for lists, sums and downloads."""

import base64
import binascii
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    UnaryExpression,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    text,
)
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.operators import custom_op

from services.runtime.errors import InvalidMessage
from services.telemetry.domain.funnel import depth
from services.telemetry.domain.words import query_words
from services.telemetry.queries import CallFilters, CallQuery, CallSummary, Sort
from services.telemetry.tables import CallRow, TranscriptRow

_EQUAL = ("outcome", "disposition", "interest", "campaign_id", "playbook", "variant", "lead_id")
_ORDER: dict[Sort, tuple[InstrumentedAttribute[Any], bool]] = {
    Sort.NEWEST: (CallRow.began_at, True),
    Sort.OLDEST: (CallRow.began_at, False),
    Sort.LONGEST: (CallRow.duration_s, True),
    Sort.SHORTEST: (CallRow.duration_s, False),
}


def conditions(query: CallQuery, dialect: str, *, in_order: bool = False) -> list[ColumnElement[bool]]:
    """What a call must fulfil; `in_order` if only the first of them in some order are wanted.

    Raises InvalidMessage for a search without a word.
    """
    found: list[ColumnElement[bool]] = [
        getattr(CallRow, name) == given for name in _EQUAL if (given := getattr(query, name)) is not None
    ]
    if query.stage is not None:
        found.append(CallRow.reached >= depth(query.stage))
    if query.since is not None:
        found.append(CallRow.began_at >= query.since)
    if query.until is not None:
        found.append(CallRow.began_at < query.until)
    if query.min_duration_s is not None:
        found.append(CallRow.duration_s >= query.min_duration_s)
    if query.q is not None:
        found.append(_call_id(dialect, in_order=in_order).in_(_saying(query.q, dialect)))
    return found


def page_of(query: Select[Any], filters: CallFilters) -> Select[Any]:
    """One page of calls, and one call more to see whether another page follows."""
    column, descending = _ORDER[filters.sort]
    if filters.cursor:
        value, call_id = _place(filters)
        beyond = column < value if descending else column > value
        same = and_(column == value, CallRow.call_id < call_id if descending else CallRow.call_id > call_id)
        query = query.where(or_(beyond, same), column <= value if descending else column >= value)
    order = (column.desc(), CallRow.call_id.desc()) if descending else (column, CallRow.call_id)
    return query.order_by(*order).limit(filters.limit + 1)


def cursor_after(last: CallSummary, sort: Sort) -> str:
    """Where the page that ends with this call ended."""
    value = getattr(last, _ORDER[sort][0].key)
    written = value.isoformat() if isinstance(value, datetime) else repr(value)
    return base64.urlsafe_b64encode(f"{sort}/{written}/{last.call_id}".encode()).decode()


def _place(filters: CallFilters) -> tuple[datetime | float, UUID]:
    try:
        written = base64.urlsafe_b64decode((filters.cursor or "").encode("ascii")).decode("ascii")
        sort, value, call_id = written.split("/")
        if sort != filters.sort:
            raise ValueError("a cursor belongs to one order")
        if _ORDER[filters.sort][0] is CallRow.duration_s:
            return float(value), UUID(call_id)
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError("a cursor's moment has a zone")
        return moment, UUID(call_id)
    except (ValueError, binascii.Error) as error:
        raise InvalidMessage(
            "pass the `next_cursor` of the page before, unchanged, with the same `sort`", field="cursor"
        ) from error


def _call_id(dialect: str, *, in_order: bool) -> ColumnElement[UUID]:
    """SQLite would look up every call in which a common word was said, only to order them. The plus sign keeps it from
    that: it reads calls in the order asked for until a page is full."""
    column = CallRow.__table__.c.call_id
    if not in_order or dialect != "sqlite":
        return column
    return UnaryExpression(column, operator=custom_op("+"), type_=column.type)


def _saying(query: str, dialect: str) -> Select[UUID]:
    """Calls in which all words of a query stand; the last one may be cut short, as while somebody types."""
    words = query_words(query)
    if not words:
        raise InvalidMessage("give at least one word or number to search for", field="q")
    if dialect == "sqlite":
        match = " ".join(f'"{word}"' for word in words) + "*"
        rows = select(literal_column("rowid", Integer)).select_from(text("transcripts_words"))
        rows = rows.where(text("transcripts_words MATCH :words").bindparams(bindparam("words", match)))
        return select(TranscriptRow.call_id).where(TranscriptRow.id.in_(rows))
    match = " & ".join(f"'{word}'" for word in words) + ":*"
    vector = func.to_tsvector(text("'simple'"), TranscriptRow.words)
    return select(TranscriptRow.call_id).where(vector.op("@@")(func.to_tsquery(text("'simple'"), match)))
