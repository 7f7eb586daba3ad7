"""Files we hand out: what was wrong in a list, line by line, and an empty list to fill in."""

import csv
import io
from collections.abc import AsyncIterator, Iterable

from services.dialer.domain.spreadsheet import harmless
from services.dialer.uploads.headings import LEAD_COLUMNS
from services.dialer.uploads.problem import Problem

BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel takes Hebrew for something else."""

_REPORT = ("line", "column", "value", "problem", "cure", "row")

_EXAMPLE = {
    "business_name": 'אורנט בע"מ',
    "contact_number": "054-234-5678",
    "contact_name": "דנה כהן",
    "business_type": "תוכנה",
    "company_size": "10-50",
    "current_challenges": "מעט פניות חדשות",
    "best_call_time": "ימי א-ה 9:00-12:00",
    "status": "new",
    "email": "dana@example.co.il",
    "consent_basis": "web_form",
    "consent_at": "2026-11-01",
    "consent_evidence": "https://example.co.il/forms/123",
    "number_source": "טופס באתר",
    "notes": "שורת דוגמה: יש למחוק",
}


def template() -> str:
    """A list of leads with its header and one example."""
    return BYTE_ORDER_MARK + lines([tuple(LEAD_COLUMNS), tuple(_EXAMPLE[name] for name in LEAD_COLUMNS)])


def lines(rows: Iterable[Iterable[object]]) -> str:
    """Rows as CSV that no spreadsheet will take for formulas."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows([harmless(str(cell)) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return out.getvalue()


async def report(problems: AsyncIterator[Problem]) -> AsyncIterator[str]:
    """What was wrong, in the order of the file."""
    yield BYTE_ORDER_MARK + lines([_REPORT])
    async for each in problems:
        row = "accepted" if each.only_remark else "refused"
        yield lines([(each.line, each.column, each.value, each.problem, each.cure, row)])
