"""Files as spreadsheets and people write them: whatever the encoding, the delimiter and the quirks, rows are read."""

import ast
import csv
import io
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import services.dialer
from contracts.list_faults import LIST_FAULTS
from services.dialer.domain.listed_status import Wanted
from services.dialer.uploads.columns import LEAD_HEADINGS, Cells, ListedLead, read_lead
from services.dialer.uploads.problem import Problem, UnreadableFile
from services.dialer.uploads.reading import MOST_LINES, Sheet

HEADER = "business_name,contact_number,contact_name,business_type,company_size,current_challenges,best_call_time,status"
_READERS = ("columns", "numbers", "importing", "entering", "reading", "encoding")
ROW = 'אורנט בע"מ,054-2345678,דנה כהן,תוכנה,10-50,מעט פניות,בוקר,new'


def read(
    tmp_path: Path, content: bytes | str, encoding: str = "utf-8"
) -> tuple[list[ListedLead], list[Problem], Sheet]:
    path = tmp_path / "list.csv"
    path.write_bytes(content.encode(encoding) if isinstance(content, str) else content)
    sheet = Sheet(path, LEAD_HEADINGS.known)
    cells = Cells(sheet.header, LEAD_HEADINGS)
    leads: list[ListedLead] = []
    problems: list[Problem] = []
    for row in sheet.rows():
        lead, wrong = read_lead(row, cells)
        leads += [lead] if lead else []
        problems += wrong
    sheet.close()
    return leads, problems, sheet


def phones(leads: list[ListedLead]) -> list[str]:
    return [lead.fields["phone"] for lead in leads]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1255", "cp862"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_the_same_list_in_every_encoding(tmp_path, encoding, delimiter, newline):
    text = newline.join([HEADER, ROW, ""]).replace(",", delimiter)
    leads, problems, sheet = read(tmp_path, text, encoding)
    assert not problems
    assert (sheet.delimiter, len(leads)) == (delimiter, 1)
    assert leads[0].fields == {
        "name": "דנה כהן",
        "phone": "054-2345678",
        "company": 'אורנט בע"מ',
        "business_type": "תוכנה",
        "company_size": "10-50",
        "current_challenges": "מעט פניות",
        "best_call_time": "בוקר",
        "email": None,
        "number_source": None,
        "notes": None,
        "consent": None,
    }


def test_a_byte_that_slipped_in_does_not_make_it_another_encoding(tmp_path):
    content = f"{HEADER}\n{ROW}\n{ROW}\n".encode().replace(b"10-50", b"10\x9650", 1)
    leads, _, sheet = read(tmp_path, content)
    assert sheet.encoding == "utf-8"
    assert [lead.fields["name"] for lead in leads] == ["דנה כהן", "דנה כהן"]


def test_headings_in_any_order_case_and_language(tmp_path):
    header = "הערות;שם העסק;טלפון;נייד;Contact Name;CONSENT-AT;consent_basis;מקור המספר;צבע"
    text = f"{header}\nx;אורנט;;054-2345678;דנה;1/11/2026;web_form;אתר;כחול"
    leads, problems, _ = read(tmp_path, text)
    assert not problems
    assert leads[0].fields["phone"] == "054-2345678"
    assert leads[0].fields["consent"] == {"basis": "web_form", "obtained_at": "1/11/2026", "evidence": None}
    assert (leads[0].fields["notes"], leads[0].fields["number_source"]) == ("x", "אתר")


def test_headings_that_nobody_reads_are_named(tmp_path):
    sheet = read(tmp_path, "phone,name,צבע,x\n0542345678,a,b,c")[2]
    assert Cells(sheet.header, LEAD_HEADINGS).ignored == ("צבע", "x")


def test_titles_above_the_header_and_the_first_line_of_excel(tmp_path):
    leads, problems, _ = read(tmp_path, "sep=;\nרשימת לידים;;\n;;\nטלפון;שם;סטטוס\n054-2345678;דנה, מנכ״לית;חדש\n")
    assert (phones(leads), problems) == (["054-2345678"], [])
    assert leads[0].line == 5
    assert leads[0].fields["name"] == "דנה, מנכ״לית"


@pytest.mark.parametrize(
    ("cell", "phone"),
    [
        ("542345678", "542345678"),
        ("972542345678", "972542345678"),
        ("9.72542345678E+11", "972542345678"),
        ('"=""0542345678"""', "0542345678"),
        ('="0542345678"', "0542345678"),
        ("'0542345678", "0542345678"),
        ("'+972542345678", "+972542345678"),
        ("542345678.0", "542345678"),
        ('"542,345,678"', "542345678"),
        ("‪+972 54-234-5678‬", "+972 54-234-5678"),
        (" 054-234 5678\xa0", "054-234 5678"),
        ('"054-\n2345678"', "054-\n2345678"),
    ],
)
def test_numbers_as_a_spreadsheet_leaves_them(tmp_path, cell, phone):
    leads, problems, _ = read(tmp_path, f"contact_number,contact_name\n{cell},דנה\n")
    assert (phones(leads), problems) == ([phone], [])


@pytest.mark.parametrize(
    ("row", "line", "column", "problem", "cure"),
    [
        ("9.72542E+11,דנה,", 3, "contact_number", "last digits are lost", "format the column as text"),
        ("########,דנה,", 3, "contact_number", "too narrow", "widen the column"),
        (",דנה,", 3, "contact_number", "no phone number", "fill in contact_number"),
        ("N/A,דנה,", 3, "contact_number", "no phone number", "fill in contact_number"),
        ("054-2345678,,", 3, "contact_name", "neither contact_name nor", "fill in contact_name"),
        ("054-2345678,דנה,VIP", 3, "status", "nobody knows what the status 'VIP' means", "use new, called, done"),
        ("054-2345678,דנה,new,too,many", 3, "", "5 cells and the header 3", "quotation marks"),
        (f"054-2345678,{'a' * 201},", 3, "contact_name", "201 characters are too many", "give at most 200"),
        ('"054-2345678,דנה,', 3, "", "never closed", "close it, or remove it"),
    ],
)
def test_a_bad_row_is_explained_and_the_good_ones_are_read(tmp_path, row, line, column, problem, cure):
    text = f"contact_number,contact_name,status\n03-5234567,a,\n{row}\n03-5234568,b,\n03-5234569,c,\n"
    leads, problems, _ = read(tmp_path, text)
    assert phones(leads) == ["03-5234567", "03-5234568", "03-5234569"]
    assert [(each.line, each.column) for each in problems] == [(line, column)]
    assert problem in problems[0].problem
    assert cure in problems[0].cure
    assert problems[0].code in LIST_FAULTS


def test_a_quotation_mark_closed_only_by_that_of_a_later_row_swallows_no_row(tmp_path):
    text = 'business_name,contact_number,contact_name\n"אורנט,03-5234567,a\n"ב",03-5234568,b\n'
    leads, problems, _ = read(tmp_path, text)
    assert phones(leads) == ["03-5234568"]
    assert [each.line for each in problems] == [2]


def test_cells_of_many_lines_stay_together(tmp_path):
    text = 'contact_number,notes,contact_name\n03-5234567,"one, two\r\nthree",a\n03-5234568,"x\n""y""",b\n'
    leads, problems, _ = read(tmp_path, text)
    assert not problems
    assert [lead.fields["notes"] for lead in leads] == ["one, two\nthree", 'x\n"y"']
    assert [lead.line for lead in leads] == [2, 4]


def test_an_open_quotation_mark_in_a_long_file_costs_one_row(tmp_path):
    rows = "".join(f"03-52{each:05},x\n" for each in range(3 * MOST_LINES))
    leads, problems, _ = read(tmp_path, f'contact_number,contact_name\n"03-5111111,x\n{rows}')
    assert len(leads) == 3 * MOST_LINES
    assert [each.line for each in problems] == [2]


def test_blank_lines_and_missing_cells_at_the_end_are_nothing(tmp_path):
    leads, problems, _ = read(tmp_path, "\n\ncontact_number,contact_name,status\n\n,,\n03-5234567,a\n   \n")
    assert (phones(leads), problems) == (["03-5234567"], [])


def test_formulas_are_only_text(tmp_path):
    leads, _, _ = read(tmp_path, 'contact_number,contact_name,notes\n03-5234567,"=HYPERLINK(""x"")",\'@SUM(1)\n')
    assert (leads[0].fields["name"], leads[0].fields["notes"]) == ('=HYPERLINK("x")', "@SUM(1)")


def test_the_business_stands_in_for_a_name(tmp_path):
    leads, problems, _ = read(tmp_path, "contact_number,business_name\n03-5234567,אורנט\n")
    assert (leads[0].fields["name"], leads[0].fields["company"], problems) == ("אורנט", "אורנט", [])


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        ("", Wanted.CALL),
        ("חדש", Wanted.CALL),
        ("No answer", Wanted.CALL),
        ("לא ענה", Wanted.CALL),
        ("Called", Wanted.DONE),
        ("טופל", Wanted.DONE),
        ("לא מעוניין", Wanted.DONE),
        ("do_not_call", Wanted.NEVER),
        ("Don't call", Wanted.NEVER),
        ("להסיר!", Wanted.NEVER),
    ],
)
def test_the_status_says_what_is_to_become_of_a_lead(tmp_path, status, wanted):
    leads, _, _ = read(tmp_path, f"contact_number,contact_name,status\n03-5234567,a,{status}\n")
    assert leads[0].status.wanted is wanted


def test_a_wish_that_cannot_be_read_is_a_remark(tmp_path):
    leads, problems, _ = read(tmp_path, "phone,name,best_call_time\n03-5234567,a,אחרי החגים\n")
    assert len(leads) == 1
    assert [(each.column, each.only_remark) for each in problems] == [("best_call_time", True)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"\n \r\n", "empty"),
        (b"PK\x03\x04rest", "Excel workbook"),
        (b"\xd0\xcf\x11\xe0rest", "old Excel workbook"),
        (b"<html><table>", "web page"),
        (b"%PDF-1.7", "PDF"),
        (b"a,b,c\n1,2,3\n", r"no column of phone numbers .*\(a, b, c\)"),
        (b"phone,name\n" + b"x" * 200_000, "more than 100,000 characters"),
        (b"x" * 200_000, "more than 100,000 characters|no column"),
    ],
)
def test_a_file_that_is_no_list_is_refused_in_words(tmp_path, content, message):
    with pytest.raises(UnreadableFile, match=message):
        read(tmp_path, content)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.binary(max_size=400), st.booleans())
def test_whatever_the_bytes_every_row_is_read_or_explained(tmp_path, content, with_header):
    try:
        leads, problems, _ = read(tmp_path, b"phone,name,status\n" * with_header + content)
    except UnreadableFile:
        return  # its words are tested above
    assert all(lead.fields["phone"] and lead.fields["name"] for lead in leads)
    assert all(each.problem and each.line > 0 for each in problems)


text = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cf"]), max_size=30)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(
    st.lists(st.tuples(text, st.sampled_from(["", "\n", "\r\n", '"', ",", ";"]), text), min_size=1, max_size=20),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.booleans(),
)
def test_what_a_csv_writer_wrote_is_read_as_it_was(tmp_path, notes, delimiter, encoding, quote_all):
    out = io.StringIO()
    quoting = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    writer = csv.writer(out, delimiter=delimiter, quoting=quoting)
    writer.writerow(["contact_number", "contact_name", "notes", "status"])
    for number, (before, middle, after) in enumerate(notes):
        writer.writerow([f"03-52{number:05}", "דנה", f"a{before}{middle}{after}z", "new"])
    leads, problems, _ = read(tmp_path, out.getvalue(), encoding)
    assert not problems
    assert phones(leads) == [f"03-52{number:05}" for number in range(len(notes))]
    for lead, (before, middle, after) in zip(leads, notes, strict=True):
        assert lead.fields["notes"] == f"a{before}{middle}{after}z".replace("\r\n", "\n").replace("\xa0", " ")


def test_whatever_is_wrong_with_a_list_has_a_code():
    """Only what has one is told in another language."""
    domain, uploads = (Path(services.dialer.__file__).parent / each for each in ("domain", "uploads"))
    readers = [domain / "spreadsheet.py", domain / "listed_status.py", domain / "phone.py"]
    readers += [uploads / f"{each}.py" for each in _READERS]
    for file in readers:
        told = [each.value for each in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(each, ast.Constant)]
        docstrings = re.findall(r'"""(.*?)"""', file.read_text("utf-8"), re.DOTALL)
        free = [each for each in told if isinstance(each, str) and "; " in each and not _in(each, docstrings)]
        assert free == [], f"{file.name}: give it a code in contracts/list_faults.py"


def _in(told: str, docstrings: list[str]) -> bool:
    return any(told.strip() == each.strip() for each in docstrings)
