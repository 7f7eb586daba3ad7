"""The audit log: who did what, when, about what, and what came of it. Nothing is ever changed in it."""

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy import select

from services.runtime.clock import Clock
from services.runtime.unit_of_work import Units
from services.telemetry.console.access.roles import Action
from services.telemetry.console.access.tables import AuditRow

_REAL = Clock()
_MOST = 1000
"""Characters of a detail that are kept."""


class Entry(BaseModel):
    """Somebody did something, or tried to. `at` is a real moment."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    at: AwareDatetime
    user: str
    action: str
    about: str
    detail: str | None
    failure: str | None
    """Why it was not done; None if it was."""


class AuditLog:
    """The log in telemetry's database. Everything raises Unavailable if that does not answer."""

    def __init__(self, units: Units) -> None:
        self._units = units

    async def write(
        self, user: str, action: Action | str, about: str, detail: str | None = None, failure: str | None = None
    ) -> None:
        """Add an entry."""
        row = AuditRow(
            at=_REAL.now(),
            user=user[:64],
            action=str(action),
            about=about[:_MOST],
            detail=detail and detail[:_MOST],
            failure=failure and failure[:_MOST],
        )
        async with self._units.begin() as unit:
            unit.session.add(row)

    async def newest(self, limit: int, before: int | None = None, user: str | None = None) -> list[Entry]:
        """Entries, newest first; `before` is the id of the last one of the page before."""
        query = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)
        if before is not None:
            query = query.where(AuditRow.id < before)
        if user is not None:
            query = query.where(AuditRow.user == user)
        async with self._units.reading() as session:
            return [Entry.model_validate(row) for row in await session.scalars(query)]
