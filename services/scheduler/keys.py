"""What links are signed with, and which generation of a representative's feed is the right one."""

import secrets
from typing import Any, cast

from sqlalchemy import Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from services.runtime.unit_of_work import Units
from services.scheduler.tables import Base

_LINKS = "links"


class SecretRow(Base):
    """A secret that was made here because none was given."""

    __tablename__ = "secrets"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class FeedRow(Base):
    """How often a representative's feed was rotated; no row: never."""

    __tablename__ = "feeds"

    representative_id: Mapped[str] = mapped_column(primary_key=True)
    generation: Mapped[int]


_THE_SECRET = select(SecretRow.value).where(SecretRow.name == _LINKS)


class SqlKeys:
    """Keys in the scheduler's database."""

    def __init__(self, units: Units) -> None:
        self._units = units
        self._insert: Any = sqlite.insert if units.database.is_sqlite else postgresql.insert

    async def links_secret(self) -> str:
        """The same for every replica and for ever: whoever asks first makes it. Raises Unavailable."""
        table = cast(Table, SecretRow.__table__)
        made = self._insert(table).values(name=_LINKS, value=secrets.token_urlsafe(32)).on_conflict_do_nothing()
        async with self._units.begin() as unit:
            await unit.session.execute(made)
            secret: str = (await unit.session.execute(_THE_SECRET)).scalar_one()
        return secret

    async def generation(self, representative_id: str) -> int:
        """Which generation of a feed may be read. Raises Unavailable."""
        async with self._units.reading() as session:
            row = await session.get(FeedRow, representative_id)
            return row.generation if row else 0

    async def rotate(self, representative_id: str) -> int:
        """The next generation; links to the ones before are void from here on. Raises Unavailable."""
        table = cast(Table, FeedRow.__table__)
        first = self._insert(table).values(representative_id=representative_id, generation=1)
        again = first.on_conflict_do_update(
            index_elements=["representative_id"], set_={"generation": table.c.generation + 1}
        )
        async with self._units.begin() as unit:
            generation: int = (await unit.session.execute(again.returning(table.c.generation))).scalar_one()
        return generation
