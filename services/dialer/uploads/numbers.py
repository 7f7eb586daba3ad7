"""Lists of numbers: those never to call, and those about which the national registry was asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from contracts.contacts import ContactOptedOut
from contracts.reasons import said
from contracts.values import PhoneNumber, lead_id_of
from services.dialer.domain.gate_context import RegistryFinding
from services.dialer.domain.lead import LeadState
from services.dialer.domain.phone import read_number
from services.dialer.domain.spreadsheet import SpoiledNumber, number_of
from services.dialer.domain.written_moment import read_moment
from services.dialer.enrolment import Enrolment
from services.dialer.registry import record_findings
from services.dialer.store import SqlTransaction
from services.dialer.uploads.columns import Cells, Misshapen
from services.dialer.uploads.headings import NUMBER_COLUMNS, REGISTRY_COLUMNS, Headings
from services.dialer.uploads.problem import Problem
from services.dialer.uploads.reading import Row
from services.dialer.uploads.upload import Entered, Upload
from services.runtime.clock import Clock

_YES = frozenset(
    ("yes", "y", "true", "1", "listed", "registered", "blocked", "כן", "רשום", "רשומה", "קיים", "מופיע", "חסום")
)
_NO = frozenset(
    (
        "no",
        "n",
        "false",
        "0",
        "not listed",
        "not registered",
        "clear",
        "ok",
        "לא",
        "לא רשום",
        "לא קיים",
        "לא מופיע",
        "תקין",
    )
)
_CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True)
class ListedNumber:
    """A number never to call, and why."""

    line: int
    phone: PhoneNumber
    quote: str | None


@dataclass(frozen=True)
class CheckedNumber:
    """What the registry said of a number."""

    line: int
    phone: PhoneNumber
    finding: RegistryFinding


class DoNotCallList:
    """See importing.Listing."""

    headings = Headings(NUMBER_COLUMNS, required="phone")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def read(self, row: Row, cells: Cells) -> tuple[ListedNumber | None, list[Problem]]:
        found = _number(row, cells)
        if isinstance(found, Problem):
            return None, [found]
        phone, texts = found
        return ListedNumber(row.line, phone, texts.get("quote", "")[:500] or None), []

    def key(self, entry: ListedNumber) -> str:
        return entry.phone

    async def enter(self, transaction: SqlTransaction, entries: Sequence[ListedNumber]) -> Entered:
        """The door closes with this transaction; what is planned or in progress ends when the fact is heard."""
        now = self._clock.now()
        news = await transaction.opt_out_all({each.phone: each.quote for each in entries}, now)
        for each in entries:
            if each.phone in news:
                transaction.tell(
                    ContactOptedOut(occurred_at=now, lead_id=lead_id_of(each.phone), phone=each.phone, quote=each.quote)
                )
        return Entered(len(news), len(entries) - len(news))


class RegistryList:
    """See importing.Listing."""

    headings = Headings(REGISTRY_COLUMNS, required="phone")

    def __init__(self, upload: Upload, enrolment: Enrolment, clock: Clock) -> None:
        self._listed = upload.listed
        self._checked_at = upload.checked_at
        self._enrolment = enrolment
        self._clock = clock

    def read(self, row: Row, cells: Cells) -> tuple[CheckedNumber | None, list[Problem]]:
        found = _number(row, cells)
        if isinstance(found, Problem):
            return None, [found]
        phone, texts = found
        listed = self._is_listed(texts.get("listed"))
        if listed is None:
            answer = texts.get("listed", "")
            return None, [Problem.told(row.line, "listed", answer, said("listed_unreadable", written=answer))]
        written = texts.get("checked_at")
        try:
            checked_at = read_moment(written) if written else self._checked_at or self._clock.now()
        except ValueError:
            wrong = said("date_unreadable", written=written)
            return None, [Problem.told(row.line, "checked_at", written or "", wrong)]
        if checked_at > self._clock.now() + _CLOCK_SKEW:
            wrong = said("date_in_future", day=f"{checked_at:%Y-%m-%d}")
            return None, [Problem.told(row.line, "checked_at", written or "", wrong)]
        return CheckedNumber(row.line, phone, RegistryFinding(listed, checked_at)), []

    def key(self, entry: CheckedNumber) -> str:
        return entry.phone

    async def enter(self, transaction: SqlTransaction, entries: Sequence[CheckedNumber]) -> Entered:
        """Leads that were refused for want of this answer are judged anew."""
        answers = [(each.phone, each.finding) for each in entries]
        news = await record_findings(transaction.session, answers)
        clear = {phone for phone, finding in answers if not finding.listed} & set(news)
        refused = await transaction.leads_at(clear, LeadState.REFUSED) if clear else []
        if refused:
            await self._enrolment.reconsider(transaction, refused)
        return Entered(len(news), len(entries) - len(news))

    def _is_listed(self, written: str | None) -> bool | None:
        if written is None:
            return self._listed
        word = " ".join(written.casefold().replace("_", " ").split())
        return True if word in _YES else False if word in _NO else None


def _number(row: Row, cells: Cells) -> tuple[PhoneNumber, dict[str, str]] | Problem:
    try:
        texts = cells.of(row)
    except Misshapen as misshapen:
        return misshapen.problem
    written = texts.get("phone")
    if written is None:
        return Problem.told(row.line, "phone", "", said("phone_not_given", column="phone"))
    try:
        number = read_number(number_of(written))
    except SpoiledNumber as spoiled:
        return Problem.told(row.line, "phone", written, str(spoiled))
    if number.e164 is None:
        return Problem.told(row.line, "phone", written, number.invalid or said("number_impossible"))
    return number.e164, texts
