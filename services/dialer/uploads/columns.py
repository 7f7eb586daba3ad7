"""Rows to leads: the cells of each row by their headings, read as people mean them, or what is wrong with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from contracts.reasons import said
from services.dialer.domain.best_call_time import UnreadableWish, read_wish
from services.dialer.domain.listed_status import ListedStatus, UnknownStatus, read_status
from services.dialer.domain.spreadsheet import SpoiledNumber, number_of, text_of
from services.dialer.uploads.headings import LEAD_COLUMNS, Headings
from services.dialer.uploads.problem import Problem
from services.dialer.uploads.reading import Row

LONGEST = {
    "contact_number": 64,
    "email": 320,
    "number_source": 500,
    "notes": 2000,
    "current_challenges": 2000,
    "consent_evidence": 500,
}
_LONGEST_OTHERWISE = 200

LEAD_HEADINGS = Headings(LEAD_COLUMNS, required="contact_number")


@dataclass(frozen=True)
class ListedLead:
    """A row that is a lead: the fields of `leads.submitted`, and what its status asks for."""

    line: int
    fields: dict[str, Any]
    status: ListedStatus
    cells: dict[str, str]


class Cells:
    """Reads the cells of a sheet's rows by the names of their columns."""

    def __init__(self, header: Sequence[str], headings: Headings) -> None:
        self._places = headings.places(header)
        self._width = len(header)
        self.names = frozenset(self._places)
        self.ignored = headings.unknown(header)

    def of(self, row: Row) -> dict[str, str]:
        """The text of each column, without those that are empty. Where several headings mean the same column, the
        first cell that is filled counts. Raises Misshapen for a row that is none."""
        if row.fault is not None:
            raise Misshapen(Problem.told(row.line, "", " ".join(row.cells), row.fault))
        if any(cell.strip() for cell in row.cells[self._width :]):
            many = said("row_too_wide", cells=len(row.cells), width=self._width)
            raise Misshapen(Problem.told(row.line, "", "", many))
        texts: dict[str, str] = {}
        for name, places in self._places.items():
            for place in places:
                if place < len(row.cells) and (text := text_of(row.cells[place])):
                    texts[name] = text
                    break
        return texts


class Misshapen(Exception):
    """A row that cannot be taken apart."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.problem)
        self.problem = problem


def read_lead(row: Row, cells: Cells) -> tuple[ListedLead | None, list[Problem]]:
    """The lead in a row, or None, and everything that is wrong with it or worth a remark."""
    try:
        texts = cells.of(row)
    except Misshapen as misshapen:
        return None, [misshapen.problem]
    return lead_in(texts, row.line)


def lead_in(texts: dict[str, str], line: int) -> tuple[ListedLead | None, list[Problem]]:
    """As `read_lead`, from the texts of the columns."""
    problems = [*_too_long(line, texts)]
    phone = _phone(line, texts, problems)
    status = _status(line, texts, problems)
    name = texts.get("contact_name") or texts.get("business_name")
    if name is None:
        problems.append(Problem.told(line, "contact_name", "", said("name_not_given", column="contact_name")))
    _wish(line, texts, problems)
    if any(not each.only_remark for each in problems) or phone is None or status is None:
        return None, problems
    consent = {
        "basis": texts.get("consent_basis"),
        "obtained_at": texts.get("consent_at"),
        "evidence": texts.get("consent_evidence"),
    }
    fields = {
        "name": name,
        "phone": phone,
        "company": texts.get("business_name"),
        "consent": consent if any(consent.values()) else None,
    }
    plain = ("business_type", "company_size", "current_challenges", "best_call_time", "email", "number_source", "notes")
    return ListedLead(line, fields | {each: texts.get(each) for each in plain}, status, texts), problems


def _phone(line: int, texts: dict[str, str], problems: list[Problem]) -> str | None:
    written = texts.get("contact_number")
    if written is None:
        problems.append(Problem.told(line, "contact_number", "", said("phone_not_given", column="contact_number")))
        return None
    try:
        return number_of(written)
    except SpoiledNumber as spoiled:
        problems.append(Problem.told(line, "contact_number", written, str(spoiled)))
        return None


def _status(line: int, texts: dict[str, str], problems: list[Problem]) -> ListedStatus | None:
    written = texts.get("status", "")
    try:
        return read_status(written)
    except UnknownStatus as unknown:
        problems.append(Problem.told(line, "status", written, str(unknown)))
        return None


def _wish(line: int, texts: dict[str, str], problems: list[Problem]) -> None:
    written = texts.get("best_call_time")
    try:
        read_wish(written)
    except UnreadableWish as unreadable:
        problems.append(Problem.told(line, "best_call_time", written or "", str(unreadable), only_remark=True))


def _too_long(line: int, texts: dict[str, str]) -> list[Problem]:
    problems = []
    for name, text in texts.items():
        most = LONGEST.get(name, _LONGEST_OTHERWISE)
        if len(text) > most:
            problems.append(Problem.told(line, name, text, said("cell_too_long", length=len(text), most=most)))
    return problems
