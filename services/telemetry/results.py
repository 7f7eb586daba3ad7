"""Results as a table for spreadsheets: CSV in UTF-8 with a byte-order mark, line by line as it is read.

A cell that a spreadsheet would take for a formula begins with an apostrophe. Israeli numbers are written as people
write them, with a dash, so that no spreadsheet takes away their leading zero.
"""

import csv
import io
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any

from contracts.values import Outcome
from services.runtime.clock import ISRAEL

COLUMNS = (
    "business_name",
    "contact_number",
    "contact_name",
    "business_type",
    "company_size",
    "current_challenges",
    "best_call_time",
    "status",
    "call_status",
    "call_date",
    "conversation_summary",
    "interest_level",
    "scheduled_meeting",
    "next_steps",
)
BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
CALLED = "called"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_MINUTES = "%Y-%m-%d %H:%M"
_SAYS_LITTLE = (None, Outcome.NOT_REACHED, Outcome.FAILED)
"""Outcomes beside which the disposition tells more: busy, no answer."""
_LINES_A_CHUNK = 200


async def csv_of(results: AsyncIterator[Mapping[str, Any]]) -> AsyncIterator[str]:
    """The table in pieces, the header first."""
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(COLUMNS)
    yield BYTE_ORDER_MARK + _taken(lines)
    waiting = 0
    async for result in results:
        writer.writerow([_safe(cell) for cell in row_of(result)])
        waiting += 1
        if waiting == _LINES_A_CHUNK:
            yield _taken(lines)
            waiting = 0
    if waiting:
        yield _taken(lines)


def row_of(result: Mapping[str, Any]) -> tuple[str, ...]:
    """The cells of one call, in the order of COLUMNS."""
    outcome = result["outcome"]
    meeting = " ".join(filter(None, (_at(result["meeting_start"]), result["representative_name"])))
    cells = (
        result["company"],
        _as_dialed_at_home(result["phone"]),
        result["lead_name"],
        result["business_type"],
        result["company_size"],
        result["current_challenges"],
        result["best_call_time"],
        CALLED,
        result["disposition"] if outcome in _SAYS_LITTLE and result["disposition"] else outcome,
        _at(result["started_at"] or result["began_at"]),
        result["summary"],
        result["interest"],
        meeting if result["meeting_start"] else None,
        result["next_step"],
    )
    return tuple("" if cell is None else str(cell) for cell in cells)


def _at(moment: datetime | None) -> str | None:
    return moment.astimezone(ISRAEL).strftime(_MINUTES) if moment else None


def _as_dialed_at_home(phone: str | None) -> str | None:
    """054-2345678 for +972542345678, 03-7654321 for +97237654321; a foreign number as it is."""
    if phone is None or not phone.startswith("+972"):
        return phone
    national = "0" + phone.removeprefix("+972")
    area = 3 if len(national) > 9 else 2
    return f"{national[:area]}-{national[area:]}"


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell


def _taken(lines: io.StringIO) -> str:
    text = lines.getvalue()
    lines.seek(0)
    lines.truncate()
    return text
