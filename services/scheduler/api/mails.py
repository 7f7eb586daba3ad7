"""The mails over HTTP: what was sent, what is waiting, and what failed and why."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, SecretStr

from services.runtime.security import guarded
from services.scheduler.domain.letter import Audience, Language, Occasion
from services.scheduler.domain.mail import Mail, MailStatus
from services.scheduler.ports import Ledger


class MailView(BaseModel):
    """A mail as the API shows it. `reason` is why it was not taken so far, why it failed or was dropped."""

    mail_id: UUID
    meeting_id: UUID
    lead_id: str
    sequence: int
    occasion: Occasion
    audience: Audience
    recipient: str
    language: Language
    status: MailStatus
    reason: str | None
    attempts: int
    due_at: datetime
    next_attempt_at: datetime | None
    created_at: datetime
    sent_at: datetime | None

    @classmethod
    def of(cls, mail: Mail) -> "MailView":
        letter = mail.letter
        return cls(
            mail_id=mail.mail_id,
            meeting_id=letter.meeting.meeting_id,
            lead_id=letter.meeting.lead_id,
            sequence=letter.meeting.sequence,
            occasion=letter.occasion,
            audience=letter.audience,
            recipient=letter.recipient,
            language=letter.language,
            status=mail.status,
            reason=mail.reason,
            attempts=mail.attempts,
            due_at=mail.due_at,
            next_attempt_at=mail.attempt_at if mail.pending else None,
            created_at=mail.created_at,
            sent_at=mail.sent_at,
        )


def router(ledger: Ledger, token: SecretStr | None) -> APIRouter:
    """GET /mails, guarded."""
    routes = APIRouter(tags=["scheduler"], dependencies=guarded(token))

    @routes.get("/mails")
    async def mails(
        status: MailStatus | None = None,
        meeting_id: UUID | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> list[MailView]:
        """Mails about meetings, the newest first. `status=failed`: those that somebody should look at."""
        async with ledger.reading() as calendar:
            return [MailView.of(each) for each in await calendar.mails(status, meeting_id, limit)]

    return routes
