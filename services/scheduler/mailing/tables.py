"""The table of mails, and how its rows become mails."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import JSON

from services.scheduler.domain.letter import Letter
from services.scheduler.domain.mail import Mail, MailStatus
from services.scheduler.tables import Base

_PENDING = text("status = 'pending'")
_letters = TypeAdapter(Letter)


class MailRow(Base):
    """A mail and what has become of it. Its id names the news and the address, so that it is kept once."""

    __tablename__ = "mails"
    __table_args__ = (
        Index("ix_mails_attempt_at", "attempt_at", sqlite_where=_PENDING, postgresql_where=_PENDING),
        Index("ix_mails_meeting_id", "meeting_id"),
        Index("ix_mails_lead_id", "lead_id"),
        Index("ix_mails_created_at", "created_at"),
    )

    mail_id: Mapped[UUID] = mapped_column(primary_key=True)
    meeting_id: Mapped[UUID]
    lead_id: Mapped[str]
    letter: Mapped[dict[str, Any]] = mapped_column(JSON)
    due_at: Mapped[datetime]
    attempt_at: Mapped[datetime]
    give_up_at: Mapped[datetime]
    created_at: Mapped[datetime]
    attempts: Mapped[int]
    status: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime | None]


_DELIVERY = ("due_at", "attempt_at", "give_up_at", "created_at", "attempts", "reason", "sent_at")


def mail_of(row: MailRow) -> Mail:
    delivery = {name: getattr(row, name) for name in _DELIVERY}
    letter = _letters.validate_python(row.letter)
    return Mail(mail_id=row.mail_id, letter=letter, status=MailStatus(row.status), **delivery)


def mail_values(mail: Mail) -> dict[str, Any]:
    return {name: getattr(mail, name) for name in _DELIVERY} | {
        "mail_id": mail.mail_id,
        "meeting_id": mail.letter.meeting.meeting_id,
        "lead_id": mail.letter.meeting.lead_id,
        "letter": _letters.dump_python(mail.letter, mode="json"),
        "status": mail.status.value,
    }
