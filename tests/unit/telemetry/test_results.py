"""The table of results opens in a spreadsheet as it is: right letters, no formulas, no lost zeros."""

import csv
import io
from datetime import UTC, datetime

import pytest

from services.telemetry.results import COLUMNS, csv_of

RESULT = {
    "company": 'אורנט, בע"מ',
    "phone": "+972542345678",
    "lead_name": "דנה כהן",
    "business_type": "תוכנה",
    "company_size": "11-50",
    "current_challenges": None,
    "best_call_time": "בבוקר",
    "disposition": "answered",
    "outcome": "meeting_booked",
    "started_at": datetime(2026, 11, 22, 8, 0, tzinfo=UTC),
    "began_at": datetime(2026, 11, 22, 7, 59, tzinfo=UTC),
    "summary": "נקבעה פגישה.",
    "interest": "high",
    "meeting_start": datetime(2026, 11, 24, 8, 30, tzinfo=UTC),
    "representative_name": "נועה לוי",
    "next_step": "להגיע לפגישה.",
}


async def table(*changes) -> tuple[str, list[dict[str, str]]]:
    async def results():
        for change in changes:
            yield RESULT | change

    text = "".join([piece async for piece in csv_of(results())])
    return text, list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


async def test_a_row_holds_the_lead_and_then_what_came_of_the_call():
    text, (row,) = await table({})
    assert text.startswith("\ufeffbusiness_name,contact_number,contact_name,")
    assert tuple(row) == COLUMNS
    assert row["business_name"] == 'אורנט, בע"מ'
    assert row["contact_number"] == "054-2345678"
    assert (row["status"], row["call_status"], row["call_date"]) == ("called", "meeting_booked", "2026-11-22 10:00")
    assert (row["scheduled_meeting"], row["interest_level"]) == ("2026-11-24 10:30 נועה לוי", "high")
    assert row["current_challenges"] == ""


@pytest.mark.parametrize("cell", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"])
async def test_no_cell_is_a_formula(cell):
    _, (row,) = await table({"lead_name": cell, "summary": cell})
    assert row["contact_name"] == row["conversation_summary"] == f"'{cell}"


async def test_numbers_keep_their_zeros_and_foreign_ones_are_no_formula():
    _, rows = await table({"phone": "+97236001234"}, {"phone": "+447700900123"}, {"phone": None})
    assert [row["contact_number"] for row in rows] == ["03-6001234", "'+447700900123", ""]


async def test_where_nobody_was_reached_the_status_says_how():
    _, rows = await table(
        {"outcome": "not_reached", "disposition": "busy"}, {"outcome": None, "disposition": "no_answer"}
    )
    assert [row["call_status"] for row in rows] == ["busy", "no_answer"]


async def test_a_table_without_calls_has_a_header():
    text, rows = await table()
    assert text == "\ufeff" + ",".join(COLUMNS) + "\r\n"
    assert rows == []
