"""The calendar of somebody who has connected none: the scheduler's own meetings are all there is."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from services.scheduler.domain.invitation import Entry
from services.scheduler.domain.sighting import Changes, Span


class BuiltIn:
    """Nothing else is in it, and nothing needs to be written to it."""

    async def busy(self, since: datetime, until: datetime) -> list[Span]:
        return []

    async def put(self, entry: Entry) -> None:
        return

    async def delete(self, meeting_id: UUID) -> None:
        return

    async def changes(self, cursor: str | None, known: Collection[UUID]) -> Changes:
        return Changes((), None)

    async def close(self) -> None:
        return
