"""Half a year of calls in the databases of telemetry, dialer and scheduler, as these would have written them."""

import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, text

from benchmarks import invented
from contracts.control import CampaignPlan, CampaignState
from contracts.leads import LeadAccepted
from contracts.reasons import said
from contracts.values import Outcome, Verdict
from services.dialer.campaign_tables import campaign_row
from services.dialer.domain.attempt import Attempt, AttemptState
from services.dialer.domain.campaign import Campaign
from services.dialer.domain.lead import Lead, LeadState
from services.dialer.domain.rules import RULES
from services.dialer.tables import AttemptRow, attempt_values, lead_values
from services.dialer.tables import LeadRow as DialedRow
from services.runtime.database import Database
from services.scheduler.domain.meeting import Meeting, MeetingStatus
from services.scheduler.tables import MeetingRow, meeting_values
from services.telemetry.domain.call_record import CallRecord
from services.telemetry.domain.facts import Fact
from services.telemetry.rows import call_columns, fact_row, lead_row, objection_rows, searched_words, wait_rows
from services.telemetry.tables import CallRow, FactRow, LeadRow, ObjectionRow, RecordRow, TranscriptRow, WaitRow

BATCH = 1000
CAMPAIGNS = [uuid4() for _ in range(12)]
WITH_FACTS = 10
"""One call in so many has its single facts as well: a page asks for those of one call, whatever their number."""
_PAUSED = 0
_ENDED = {
    Outcome.MEETING_BOOKED: LeadState.DONE,
    Outcome.NOT_INTERESTED: LeadState.DONE,
    Outcome.OPTED_OUT: LeadState.OPTED_OUT,
}


class History:
    """What was written so far, and what of it is looked at again."""

    def __init__(self, databases: dict[str, Database]) -> None:
        """`databases` are those of telemetry, dialer and scheduler, migrated and empty."""
        self._databases = databases
        self._dice = random.Random(7)
        self._now = datetime.now(UTC)
        self._fact = 0
        self._last: dict[str, Outcome] = {}
        self.talked: UUID = UUID(int=0)
        """A call with a long transcript and all its facts."""

    async def write(self, calls: int) -> None:
        """Write so many calls, and everything that belongs to them."""
        for start in range(0, calls, BATCH):
            numbers = range(start, min(start + BATCH, calls))
            await self._calls([invented.record(self._dice, each, CAMPAIGNS, self._now) for each in numbers])
        await self._leads()
        await self._campaigns()
        for database in self._databases.values():
            if database.is_sqlite:
                async with database.writing() as session:
                    await session.execute(text("ANALYZE"))
                continue
            async with database.engine.connect() as connection:  # as PostgreSQL does by itself after some minutes
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                await connection.execute(text("VACUUM ANALYZE"))

    async def _calls(self, records: Sequence[CallRecord]) -> None:
        told = [each for number, each in enumerate(records) if number % WITH_FACTS == 0]
        self.talked = max(told, key=lambda each: len(each.transcript)).call_id
        for each in records:
            self._last[each.lead_id or ""] = each.outcome or Outcome.NOT_REACHED
        await self._put(
            "telemetry",
            {
                CallRow: [
                    call_columns(each)
                    | {"call_id": each.call_id, "began_at": each.requested_at}
                    | {"heard_at": self._now, "logged_at": self._now}
                    for each in records
                ],
                RecordRow: [
                    {"call_id": each.call_id, "record": each.model_dump(mode="json", exclude_none=True)}
                    for each in records
                ],
                TranscriptRow: [{"call_id": each.call_id, "words": searched_words(each)} for each in records],
                WaitRow: [row for each in records for row in wait_rows(each)],
                ObjectionRow: [row for each in records for row in objection_rows(each)],
                FactRow: [fact_row(self._told(event)) for each in told for event in invented.events(each)],
            },
        )
        await self._put("dialer", {AttemptRow: [attempt_values(_attempt(each)) for each in records]})
        meetings = [each for each in records if each.meeting]
        await self._put("scheduler", {MeetingRow: [meeting_values(m) for each in meetings for m in _meeting(each)]})

    async def _leads(self) -> None:
        for start in range(0, invented.LEADS, BATCH):
            numbers = range(start, start + BATCH)
            accepted = [(self._accepted(each), each) for each in numbers]
            rows = [lead_row(event, self._fact + place) for place, (event, _) in enumerate(accepted)]
            await self._put(
                "telemetry",
                {LeadRow: rows, FactRow: [fact_row(self._told(event)) for event, _ in accepted]},
            )
            await self._put("dialer", {DialedRow: [lead_values(self._lead(each)) for each in numbers]})

    async def _campaigns(self) -> None:
        async with self._databases["dialer"].writing() as session:
            for number, campaign_id in enumerate(CAMPAIGNS):
                paused = number == _PAUSED
                campaign = Campaign(
                    campaign_id,
                    CampaignPlan(name=f"קמפיין {number + 1} – {invented.TRADES[number % 8]}"),
                    self._now - timedelta(days=invented.DAYS),
                    state=CampaignState.PAUSED if paused else CampaignState.FINISHED,
                    reason=said("paused_by_person") if paused else None,
                    started_at=self._now - timedelta(days=invented.DAYS),
                    finished_at=None if paused else self._now,
                )
                session.add(campaign_row(campaign))

    def _told(self, event: Any) -> Fact[Any]:
        self._fact += 1
        return Fact(event, self._fact, event.occurred_at)

    def _accepted(self, number: int) -> LeadAccepted:
        return LeadAccepted(
            occurred_at=self._now - timedelta(days=invented.DAYS),
            lead_id=invented.lead_id(number),
            phone=invented.phone(number),
            name=invented.facts(number).name,
            campaign_id=CAMPAIGNS[number % len(CAMPAIGNS)],
            verdicts=tuple(Verdict(rule=rule.__name__, allowed=True, reason=said("all_allow")) for rule in RULES),
            lead=invented.facts(number),
        )

    def _lead(self, number: int) -> Lead:
        """A lead as the dialer has it. Those of the campaign that is paused still wait, or were refused."""
        outcome = self._last.get(invented.lead_id(number))
        state = _ENDED.get(outcome, LeadState.EXHAUSTED) if outcome else LeadState.REFUSED
        reason = said("attempts_spent", attempts=3, most=3)
        if number % len(CAMPAIGNS) == _PAUSED and state in (LeadState.EXHAUSTED, LeadState.REFUSED):
            state, reason = self._dice.choice(
                (
                    (LeadState.WAITING, said("outside_hours", when="Sun 2026-11-22 09:00")),
                    (LeadState.WAITING, said("call_again", outcome=Outcome.NOT_REACHED.value)),
                    (LeadState.REFUSED, said("consent_missing", bases="web_form, written")),
                    (LeadState.REFUSED, said("registry_listed")),
                )
            )
        return Lead(
            lead_id=invented.lead_id(number),
            written_phone=invented.phone(number),
            phone=invented.phone(number),
            facts=invented.facts(number),
            consent=None,
            submitted_at=self._now - timedelta(days=invented.DAYS),
            campaign_id=CAMPAIGNS[number % len(CAMPAIGNS)],
            state=state,
            due_at=self._now + timedelta(days=1) if state is LeadState.WAITING else None,
            reason=reason,
            outcome=outcome,
        )

    async def _put(self, service: str, tables: dict[type[Any], list[dict[str, Any]]]) -> None:
        async with self._databases[service].writing() as session:
            for table, values in tables.items():
                if values:
                    await session.execute(insert(table), values)


def _attempt(call: CallRecord) -> Attempt:
    return Attempt(
        call_id=call.call_id,
        lead_id=call.lead_id or "",
        phone=call.phone or "",
        number=call.attempt,
        requested_at=call.requested_at or datetime.now(UTC),
        state=AttemptState.ENDED,
        campaign_id=call.campaign_id,
        carrier_call_id=call.call_id.hex,
        dialed_at=call.dialed_at,
        answered_at=call.started_at,
        ended_at=call.ended_at,
        disposition=call.disposition,
        duration_s=call.duration_s,
        concluded_at=call.ended_at,
        outcome=call.outcome,
        summary=call.summary,
        answers=call.answers,
    )


def _meeting(call: CallRecord) -> Iterable[Meeting]:
    if (made := call.meeting) is None:
        return
    # Every meeting has its own minute, so that nobody has two at once.
    start = made.start + timedelta(microseconds=call.call_id.int % 10**9)
    yield Meeting(
        meeting_id=made.meeting_id,
        lead_id=call.lead_id or "",
        call_id=call.call_id,
        slot_id=made.slot_id,
        representative_id=made.representative_id,
        representative_name=made.representative_name,
        time_zone=made.time_zone,
        start=start,
        end=start + timedelta(minutes=30),
        occupied_from=start,
        occupied_until=start + timedelta(minutes=30),
        lead=call.lead,
        phone=call.phone,
        booked_at=call.ended_at or start,
        status=MeetingStatus.CANCELLED if call.call_id.int % 12 == 0 else MeetingStatus.BOOKED,
    )
