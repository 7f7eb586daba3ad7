"""The tables of uploads: how far each file has come, and what was wrong in which line."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import JSON

from services.dialer.tables import Base


class UploadRow(Base):
    """A file that was handed in."""

    __tablename__ = "uploads"
    __table_args__ = (Index("ix_uploads_state", "state"),)

    upload_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    file_name: Mapped[str] = mapped_column(Text)
    size: Mapped[int]
    created_at: Mapped[datetime]
    campaign_id: Mapped[UUID | None]
    listed: Mapped[bool | None]
    checked_at: Mapped[datetime | None]
    state: Mapped[str]
    beat_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    bytes_read: Mapped[int]
    rows: Mapped[int]
    accepted: Mapped[int]
    unchanged: Mapped[int]
    refused: Mapped[int]
    duplicates: Mapped[int]
    remarks: Mapped[int]
    problem: Mapped[str | None] = mapped_column(Text)
    encoding: Mapped[str | None]
    delimiter: Mapped[str | None]
    ignored: Mapped[list[Any]] = mapped_column(JSON)


class UploadProblemRow(Base):
    """What was wrong in one cell."""

    __tablename__ = "upload_problems"
    __table_args__ = (Index("ix_upload_problems_upload_id", "upload_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    upload_id: Mapped[UUID]
    line: Mapped[int]
    column: Mapped[str]
    value: Mapped[str] = mapped_column(Text)
    problem: Mapped[str] = mapped_column(Text)
    cure: Mapped[str] = mapped_column(Text)
    only_remark: Mapped[bool]
