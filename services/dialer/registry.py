"""What the national do-not-call registry said of numbers, as far as somebody has asked it and brought the answers."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import String, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from contracts.values import PhoneNumber
from services.dialer.domain.gate_context import RegistryFinding
from services.dialer.tables import Base
from services.runtime.unit_of_work import Units


class RegistryRow(Base):
    """The newest answer about a number."""

    __tablename__ = "registry_findings"

    phone: Mapped[str] = mapped_column(String(16), primary_key=True)
    listed: Mapped[bool]
    checked_at: Mapped[datetime]


class SqlRegistry:
    """See ports.RegistryCheck."""

    def __init__(self, units: Units) -> None:
        self._units = units

    async def findings(self, phones: Collection[PhoneNumber]) -> Mapping[PhoneNumber, RegistryFinding]:
        async with self._units.reading() as session:
            return await read_findings(session, phones)


async def read_findings(session: AsyncSession, phones: Collection[PhoneNumber]) -> dict[PhoneNumber, RegistryFinding]:
    query = select(RegistryRow).where(RegistryRow.phone.in_(phones))
    return {row.phone: RegistryFinding(row.listed, row.checked_at) for row in await session.scalars(query)}


async def record_findings(
    session: AsyncSession, found: Sequence[tuple[PhoneNumber, RegistryFinding]]
) -> list[PhoneNumber]:
    """Keep answers, each number once, that are newer than what is known. Returns the numbers about which there was
    news."""
    known = await read_findings(session, [phone for phone, _ in found])
    news = [
        {"phone": phone, "listed": finding.listed, "checked_at": finding.checked_at}
        for phone, finding in found
        if phone not in known or known[phone].checked_at < finding.checked_at
    ]
    if news:
        dialect: Any = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
        statement = dialect.insert(RegistryRow)
        changes = {name: statement.excluded[name] for name in ("listed", "checked_at")}
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["phone"],
                set_=changes,
                where=RegistryRow.checked_at < statement.excluded.checked_at,
            ),
            news,
        )
    return [str(each["phone"]) for each in news]
