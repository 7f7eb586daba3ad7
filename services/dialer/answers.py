"""Answers to requests that carried a key: asked again within a day, the same is answered and nothing is done twice."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.dialer.campaign_tables import AnswerRow
from services.runtime.errors import Refused

KEPT = timedelta(hours=24)


class SqlAnswers:
    """See ports.Answers. Of two that claim a key at once, one waits for the other to commit."""

    def __init__(self, session: AsyncSession, insert: Any) -> None:
        self._session = session
        self._insert = insert

    async def claim(self, key: str, request: str, real_now: datetime) -> str | None:
        await self._session.execute(delete(AnswerRow).where(AnswerRow.answered_at < real_now - KEPT))
        mine = self._insert(AnswerRow).values(key=key, request=request, answer="", answered_at=real_now)
        statement = mine.on_conflict_do_nothing().returning(AnswerRow.key)
        if await self._session.scalar(statement) is not None:
            return None
        row = await self._session.get_one(AnswerRow, key)
        if row.request != request:
            raise Refused("this Idempotency-Key was used for another request; use a new one", field="Idempotency-Key")
        return row.answer

    async def keep(self, key: str, answer: str) -> None:
        await self._session.execute(update(AnswerRow).where(AnswerRow.key == key).values(answer=answer))
