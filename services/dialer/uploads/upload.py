"""One file that was handed in, and how far it has come."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.dialer.uploads.problem import Problem


class Kind(StrEnum):
    """What is listed in the file."""

    LEADS = "leads"
    DO_NOT_CALL = "do_not_call"
    REGISTRY = "registry"


class State(StrEnum):
    """Where the file stands."""

    WAITING = "waiting"
    READING = "reading"
    FINISHED = "finished"
    FAILED = "failed"
    """It could not be read, or not to its end; `problem` says why."""


@dataclass(frozen=True)
class Entered:
    """What came of some rows: how many brought news, how many said what was known, what was wrong."""

    accepted: int = 0
    unchanged: int = 0
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Upload:
    """The counters add up: every row was accepted, unchanged, refused, or a duplicate of an earlier one."""

    upload_id: UUID
    kind: Kind
    file_name: str
    size: int
    """Bytes."""
    created_at: datetime
    campaign_id: UUID | None = None
    listed: bool | None = None
    """For a file that does not say itself whether the registry lists its numbers."""
    checked_at: datetime | None = None
    """When the registry was asked, for a file that does not say so itself."""
    state: State = State.WAITING
    beat_at: datetime | None = None
    """When a process last worked on it; real time."""
    finished_at: datetime | None = None
    bytes_read: int = 0
    rows: int = 0
    accepted: int = 0
    unchanged: int = 0
    refused: int = 0
    duplicates: int = 0
    remarks: int = 0
    problem: str | None = None
    """Why the file as a whole could not be read."""
    encoding: str | None = None
    delimiter: str | None = None
    ignored: tuple[str, ...] = ()
    """Headings that nobody reads."""

    @property
    def over(self) -> bool:
        return self.state in (State.FINISHED, State.FAILED)

    @property
    def progress(self) -> float:
        """From 0 to 1."""
        if self.state is State.FINISHED:
            return 1.0
        return min(self.bytes_read / self.size, 1.0) if self.size else 0.0

    def further(self, rows: int, duplicates: int, entered: Entered, problems: Sequence[Problem]) -> "Upload":
        """After `rows` more rows. `problems` are all that were found in them."""
        done = entered.accepted + entered.unchanged + duplicates
        return replace(
            self,
            rows=self.rows + rows,
            accepted=self.accepted + entered.accepted,
            unchanged=self.unchanged + entered.unchanged,
            duplicates=self.duplicates + duplicates,
            refused=self.refused + rows - done,
            remarks=self.remarks + sum(each.only_remark for each in problems),
        )
