"""What the national do-not-call registry said of numbers, as far as somebody has asked it and brought the answers."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import String, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from contracts.values import PhoneNumber
from services.dialer.domain.gate_context import RegistryFinding
from services.dialer.domain.lead import LeadState
from services.dialer.ports.ledger import Reader
from services.dialer.store_reader import SqlReader
from services.dialer.tables import Base, LeadRow
from services.runtime.unit_of_work import Units

PAGE = 500
_MAY_BE_CALLED = [
    each.value for each in (LeadState.WAITING, LeadState.CALLING, LeadState.AWAITING_CALLBACK, LeadState.REFUSED)
]


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

    async def findings(self, reader: Reader, phones: Collection[PhoneNumber]) -> Mapping[PhoneNumber, RegistryFinding]:
        if not isinstance(reader, SqlReader):
            raise TypeError("the registry's findings are kept in the dialer's own store")
        return await read_findings(reader.session, phones)

    async def due(self, before: datetime) -> AsyncIterator[PhoneNumber]:
        """Numbers of leads that may still be called, about which the registry was not asked since `before`."""
        last = ""
        while True:
            unasked = or_(RegistryRow.phone.is_(None), RegistryRow.checked_at < before)
            query = (
                select(LeadRow.phone)
                .outerjoin(RegistryRow, RegistryRow.phone == LeadRow.phone)
                .where(LeadRow.phone > last, LeadRow.state.in_(_MAY_BE_CALLED), unasked)
                .distinct()
                .order_by(LeadRow.phone)
                .limit(PAGE)
            )
            async with self._units.reading() as session:
                phones = [phone for phone in await session.scalars(query) if phone is not None]
            for phone in phones:
                yield phone
            if len(phones) < PAGE:
                return
            last = phones[-1]


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
