"""Which rows of a database are about a person: those whose key says so and, in tables that have no such key, those
whose words do. It knows tables by their columns, so that a new one is not forgotten."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy import ColumnElement, LargeBinary, MetaData, String, Table, Text, cast, delete, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import JSON

from contracts.contacts import Traces
from contracts.holdings import AskHoldings, Holding, HoldingsShown

PAGE_BYTES = 400_000
"""A reply of the broker holds a megabyte at most."""
ISRAEL = "+972"

Keys = Mapping[str, Sequence[str | UUID]]
"""Values of columns that say whose a row is, by the name of the column."""


def keys_of(traces: Traces, **more: Sequence[str | UUID]) -> Keys:
    """The columns that name a person in any table of ours; `more` are those of one service."""
    return {"lead_id": traces.lead_ids, "call_id": traces.call_ids, "phone": traces.phones, **more}


def words_of(traces: Traces) -> list[str]:
    """Pieces of text that only speak of this person. A lead's id may be as short as 7, so it counts as such only."""
    numbers = [form for phone in traces.phones for form in (phone, phone.replace(ISRAEL, "0", 1))]
    leads = [f'"lead_id":{gap}"{lead_id}"' for lead_id in traces.lead_ids for gap in ("", " ")]
    return [*numbers, *leads, *map(str, traces.call_ids)]


class PersonalRows:
    """The tables of one service, but those in `never`: they hold nothing on anybody, or are dealt with by hand."""

    def __init__(self, metadata: MetaData, never: Collection[str] = ()) -> None:
        self._tables = [table for table in reversed(metadata.sorted_tables) if table.name not in never]

    async def read(self, session: AsyncSession, keys: Keys, words: Sequence[str]) -> list[Holding]:
        """Every row about a person, by the name of its table, in an order that stays."""
        found: list[Holding] = []
        for table in reversed(self._tables):
            rows = await session.execute(select(table).where(self._about(session, table, keys, words)))
            shown = [to_jsonable_python(dict(row), bytes_mode="utf8") for row in rows.mappings()]
            found += [Holding(kind=table.name, row=row) for row in shown]
        return found

    async def delete(self, session: AsyncSession, keys: Keys, words: Sequence[str]) -> dict[str, int]:
        """Delete every row about a person. Returns how many there were in each table that had any."""
        removed: dict[str, int] = {}
        for table in self._tables:
            result: Any = await session.execute(delete(table).where(self._about(session, table, keys, words)))
            if result.rowcount > 0:
                removed[table.name] = result.rowcount
        return removed

    def _about(self, session: AsyncSession, table: Table, keys: Keys, words: Sequence[str]) -> ColumnElement[bool]:
        named = [table.c[name].in_(values) for name, values in keys.items() if name in table.c]
        if named:
            return or_(*named)
        texts = list(_texts(table, session.get_bind().dialect.name))
        names = [value for values in keys.values() for value in values if isinstance(value, str)]
        spoken = (text.contains(word, autoescape=True) for text in texts for word in words)
        return or_(false(), *(text.in_(names) for text in texts), *spoken)


def _texts(table: Table, dialect: str) -> Iterator[ColumnElement[str]]:
    for column in table.columns:
        if isinstance(column.type, LargeBinary):
            utf8 = func.convert_from(column, "UTF8") if dialect == "postgresql" else cast(column, Text)
            yield utf8
        elif isinstance(column.type, JSON | String):
            yield cast(column, Text)


def page_of(holdings: Iterable[Holding], request: AskHoldings) -> HoldingsShown:
    """As many as one reply can hold; at least one, if any is left."""
    left = list(holdings)[request.after :]
    shown: list[Holding] = []
    size = 0
    for each in left:
        size += len(each.model_dump_json())
        if shown and size > PAGE_BYTES:
            break
        shown.append(each)
    return HoldingsShown(holdings=tuple(shown), more=len(shown) < len(left))
