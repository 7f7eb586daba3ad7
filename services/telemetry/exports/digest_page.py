"""What a digest says: read from the archive when it is sent, and laid out as a mail in plain text and HTML."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.telemetry import Stage
from contracts.values import Outcome
from services.runtime.clock import ISRAEL
from services.runtime.unit_of_work import Units
from services.telemetry.domain.delivery import DeliveryStatus
from services.telemetry.exports.digest_words import OUTCOMES, STAGES, WORDS
from services.telemetry.exports.tables import DeliveryRow
from services.telemetry.ports import Archive
from services.telemetry.queries import CallQuery, Statistics
from services.telemetry.tables import CallRow, RecordRow

MOST_ROWS = 30
SLOW_MS = 3000.0
CALLBACKS_SINCE = timedelta(days=60)
"""How long ago a call may be in which somebody asked to be called today."""
_POLICY = SMTP.clone(cte_type="7bit")
_TEMPLATES = Path(__file__).with_name("templates")
_LOADER = FileSystemLoader(_TEMPLATES)
_MARKUP = Environment(loader=_LOADER, autoescape=True, undefined=StrictUndefined)
_PLAIN = Environment(loader=_LOADER, autoescape=False, undefined=StrictUndefined)  # noqa: S701  plain text only

Language = Literal["he", "en"]


@dataclass(frozen=True)
class Row:
    """One line: what, how much or when, and more about it."""

    what: str
    value: str
    more: str = ""


@dataclass(frozen=True)
class Section:
    """A heading and its lines."""

    title: str
    rows: list[Row]
    empty: str
    alarming: bool = False


@dataclass(frozen=True)
class Numbers:
    """What a digest tells of."""

    statistics: Statistics
    booked: list[Row] = field(default_factory=list)
    today: list[Row] = field(default_factory=list)
    callbacks: list[Row] = field(default_factory=list)
    dead_deliveries: int = 0
    dead_letters: int = 0


class DigestReader:
    """Reads the numbers of a digest."""

    def __init__(self, units: Units, archive: Archive, dead_letters: Callable[[], Awaitable[int]]) -> None:
        self._units = units
        self._archive = archive
        self._dead_letters = dead_letters

    async def read(self, since: date, day: date) -> Numbers:
        """From the beginning of `since` to the beginning of `day`, and what is planned for `day`."""
        begin, end = _midnight(since), _midnight(day)
        over = _midnight(day + timedelta(days=1))
        statistics = await self._archive.statistics(CallQuery(since=begin, until=end))
        held = CallRow.meeting_start.is_not(None), CallRow.outcome == Outcome.MEETING_BOOKED
        async with self._units.reading() as session:
            booked = await _meetings(session, *held, CallRow.began_at >= begin, CallRow.began_at < end)
            today = await _meetings(session, *held, CallRow.meeting_start >= end, CallRow.meeting_start < over)
            callbacks = await _callbacks(session, end, over)
            dead = select(func.count()).where(
                DeliveryRow.status == DeliveryStatus.DEAD, DeliveryRow.created_at >= begin - timedelta(days=1)
            )
            dead_deliveries = await session.scalar(dead) or 0
        return Numbers(statistics, booked, today, callbacks, dead_deliveries, await self._dead_letters())


def mail(
    numbers: Numbers, *, since: date, day: date, language: Language, sender: str, to: str, message_id: UUID
) -> bytes:
    """The digest as a mail. The same digest gives the same message id, however often it is tried."""
    words = WORDS[language]
    name, address = parseaddr(sender)
    message = EmailMessage(policy=_POLICY)
    message["From"] = Address(name, addr_spec=address)
    message["To"] = to
    booked = len(numbers.booked)
    subject = words["subject"].format(booked=booked, calls=numbers.statistics.calls, day=_date(day))
    message["Subject"] = subject
    message["Date"] = datetime.now(ISRAEL)
    message["Message-ID"] = f"<digest.{message_id.hex}@{address.rpartition('@')[2]}>"
    message["Content-Language"] = language
    message["Auto-Submitted"] = "auto-generated"
    context: dict[str, Any] = {
        "words": words,
        "language": language,
        "direction": "rtl" if language == "he" else "ltr",
        "start": "right" if language == "he" else "left",
        "end": "left" if language == "he" else "right",
        "tells": words["tells"].format(since=_date(since)),
        "sections": sections(numbers, language),
    }
    message.set_content(_PLAIN.get_template("digest.txt").render(context))
    message.add_alternative(_MARKUP.get_template("digest.html").render(context), subtype="html")
    return message.as_bytes()


def sections(numbers: Numbers, language: Language) -> list[Section]:
    """Trouble first, if there is any; then what came of the calls, and the day to come."""
    words, statistics = WORDS[language], numbers.statistics
    none = words["none"]
    funnel = [
        Row(STAGES[language][Stage(step.stage)], str(step.leads), _share(step.share)) for step in statistics.funnel
    ]
    outcomes = [
        Row(OUTCOMES[language][Outcome(outcome)], str(count))
        for outcome, count in sorted(statistics.outcomes.items(), key=lambda each: -each[1])
    ]
    found = [
        Section(words["funnel"], funnel if statistics.calls else [], words["no_calls"]),
        Section(words["outcomes"], outcomes, none),
        Section(words["booked"], numbers.booked, none),
        Section(words["today"], numbers.today, none),
        Section(words["callbacks"], numbers.callbacks, none),
    ]
    trouble = _trouble(numbers, words)
    return [Section(words["trouble"], trouble, none, alarming=True), *found] if trouble else found


def _trouble(numbers: Numbers, words: dict[str, str]) -> list[Row]:
    p95 = numbers.statistics.first_word_ms.p95
    counts = {
        "failed_calls": numbers.statistics.outcomes.get(Outcome.FAILED.value, 0),
        "dead_deliveries": numbers.dead_deliveries,
        "dead_letters": numbers.dead_letters,
    }
    rows = [Row(words[what], str(count)) for what, count in counts.items() if count]
    return [*rows, Row(words["slow"], f"{p95 / 1000:.1f}")] if p95 is not None and p95 > SLOW_MS else rows


async def _meetings(session: AsyncSession, *conditions: Any) -> list[Row]:
    with_whom = RecordRow.record["meeting"]["representative_name"].as_string()
    query = (
        select(CallRow.lead_name, CallRow.company, CallRow.meeting_start, with_whom)
        .join(RecordRow, RecordRow.call_id == CallRow.call_id)
        .where(*conditions)
        .order_by(CallRow.meeting_start)
        .limit(MOST_ROWS)
    )
    return [
        Row(_who(name, company), _moment(start), representative or "")
        for name, company, start, representative in await session.execute(query)
        if start is not None
    ]


async def _callbacks(session: AsyncSession, begin: datetime, end: datetime) -> list[Row]:
    start = RecordRow.record["callback"]["start"].as_string()
    query = (
        select(CallRow.lead_name, CallRow.company, start)
        .join(RecordRow, RecordRow.call_id == CallRow.call_id)
        .where(CallRow.outcome == Outcome.CALLBACK_SCHEDULED, CallRow.began_at >= begin - CALLBACKS_SINCE)
    )
    asked = [
        (datetime.fromisoformat(at), _who(name, company)) for name, company, at in await session.execute(query) if at
    ]
    today = sorted(each for each in asked if begin <= each[0] < end)
    return [Row(who, _moment(at)) for at, who in today[:MOST_ROWS]]


def _who(name: str | None, company: str | None) -> str:
    return ", ".join(each for each in (name, company) if each) or "?"


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"


def _date(day: date) -> str:
    return f"{day:%d.%m.%Y}"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(ISRAEL):%d.%m %H:%M}"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ISRAEL)
