"""Mails in the store: written in the transaction of the change they tell of, claimed by one sender at a time."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.scheduler.domain.mail import Mail, MailStatus
from services.scheduler.mailing.tables import MailRow, mail_of, mail_values

_pending = MailRow.status == MailStatus.PENDING.value


class SqlMails:
    """Reads mails in one transaction."""

    session: AsyncSession

    async def mails(
        self, status: MailStatus | None = None, meeting_id: UUID | None = None, limit: int = 100
    ) -> Sequence[Mail]:
        query = select(MailRow).order_by(MailRow.created_at.desc(), MailRow.mail_id).limit(limit)
        if status is not None:
            query = query.where(MailRow.status == status.value)
        if meeting_id is not None:
            query = query.where(MailRow.meeting_id == meeting_id)
        return [mail_of(row) for row in await self.session.scalars(query)]

    async def any_mail_due(self, now: datetime) -> bool:
        return bool(await self.session.scalar(select(exists().where(_pending, MailRow.attempt_at <= now))))


class SqlMailbox(SqlMails):
    """Changes mails in one transaction."""

    async def mails_about(self, meeting_id: UUID) -> list[Mail]:
        query = select(MailRow).where(MailRow.meeting_id == meeting_id).order_by(MailRow.mail_id)
        return [mail_of(row) for row in await self.session.scalars(query.with_for_update())]

    async def pending_mails_of(self, lead_id: str) -> list[Mail]:
        query = select(MailRow).where(_pending, MailRow.lead_id == lead_id).order_by(MailRow.mail_id)
        return [mail_of(row) for row in await self.session.scalars(query.with_for_update())]

    async def post(self, mails: Iterable[Mail]) -> None:
        for mail in mails:
            if await self.session.get(MailRow, mail.mail_id) is None:
                self.session.add(MailRow(**mail_values(mail)))
        await self.session.flush()

    async def claim_mail(self, now: datetime) -> Mail | None:
        query = select(MailRow).where(_pending, MailRow.attempt_at <= now).order_by(MailRow.attempt_at)
        row = await self.session.scalar(query.limit(1).with_for_update(skip_locked=True))
        return mail_of(row) if row else None

    async def mail(self, mail_id: UUID) -> Mail | None:
        row = await self.session.get(MailRow, mail_id, with_for_update=True, populate_existing=True)
        return mail_of(row) if row else None

    async def change_mail(self, mail: Mail) -> None:
        await self.session.merge(MailRow(**mail_values(mail)))
        await self.session.flush()

    async def forget_mails(self, before: datetime) -> None:
        await self.session.execute(delete(MailRow).where(~_pending, MailRow.created_at < before))
