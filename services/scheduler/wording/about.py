"""What a lead, and what a representative, is told about a meeting: the same rows in a mail, a page and a calendar."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.runtime.clock import ISRAEL
from services.scheduler.domain.invitation import Entry
from services.scheduler.domain.letter import Audience, Language
from services.scheduler.domain.meeting import Meeting
from services.scheduler.wording.sentences import words

_OF_A_LEAD = ("name", "company", "phone", "email", "business_type", "company_size", "current_challenges")


@dataclass(frozen=True, slots=True)
class Row:
    """One thing to know. `label` is the name of its label; `href` makes it a link."""

    label: str
    text: str
    href: str | None = None


@dataclass(frozen=True, slots=True)
class About:
    """A meeting in words. `other` is whom the reader meets, `greets` whom the mail is addressed to."""

    meeting: Meeting
    audience: Audience
    language: Language
    location: str | None = None
    meeting_url: str | None = None
    previous_start: datetime | None = None

    @property
    def zone(self) -> ZoneInfo:
        """A lead reads Israel's clocks, a representative their own."""
        return ISRAEL if self.audience is Audience.LEAD else ZoneInfo(self.meeting.time_zone)

    @property
    def start(self) -> datetime:
        return self.meeting.start.astimezone(self.zone)

    @property
    def greets(self) -> str | None:
        return one_line(self.meeting.lead.name if self.audience is Audience.LEAD else self.meeting.representative_name)

    @property
    def other(self) -> str | None:
        if self.audience is Audience.LEAD:
            return one_line(self.meeting.representative_name)
        lead = self.meeting.lead
        name, company = one_line(lead.name), one_line(lead.company)
        return f"{name} ({company})" if name and company else name or company or self.meeting.phone

    @property
    def rows(self) -> list[Row]:
        """Everything the reader should know, in order. A lead is not shown what we know of them."""
        said = words(self.language)
        length = round((self.meeting.end - self.meeting.start).total_seconds() / 60)
        rows = [Row("when", self._moment(self.meeting.start)), Row("minutes", said.minutes(length))]
        if self.previous_start is not None:
            rows.insert(1, Row("previously", self._moment(self.previous_start)))
        if self.location:
            rows.append(Row("location", self.location))
        if self.meeting_url:
            rows.append(Row("meeting_url", self.meeting_url, href=self.meeting_url))
        if self.audience is Audience.LEAD:
            return [*rows, Row("with", one_line(self.meeting.representative_name) or "")]
        known = self.meeting.lead.model_dump() | {"phone": self.meeting.phone, "reason": self.meeting.reason}
        return rows + [Row(label, text) for label in (*_OF_A_LEAD, "reason") if (text := one_line(known[label]))]

    def entry(self, link: str | None) -> Entry:
        """The meeting as a calendar shows it. A calendar knows when it is."""
        said = words(self.language)
        lines = [f"{said.labels[row.label]}: {row.text}" for row in self.rows if row.label not in ("when", "minutes")]
        if link:
            lines += ["", f"{said.change}: {link}", f"{said.cancel}: {link}#cancel"]
        return Entry(
            self.meeting, said.meeting(self.other), "\n".join(lines), location=self.location, url=self.meeting_url
        )

    def _moment(self, at: datetime) -> str:
        foreign = "" if self.zone.key == ISRAEL.key else self.zone.key
        return str(words(self.language).moment(at.astimezone(self.zone), foreign))


def one_line(text: str | None) -> str | None:
    """On one line, however it was written down, and without what controls a terminal or the direction of text."""
    words_of_it = "".join(each if each.isprintable() else " " for each in text or "").split()
    return " ".join(words_of_it) or None
