"""Takes leads from another system as long as there are new ones, and keeps it told of what becomes of each.

What it was told is compared with how the lead stands, so that nothing is lost in a crash or an outage of either side,
and whatever changes a lead is told, by whichever way it came.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from contracts.event import new_event_id
from contracts.values import lead_id_of
from services.dialer.domain.attempt import Attempt
from services.dialer.domain.lead import Lead, LeadState
from services.dialer.enrolment import Enrolment
from services.dialer.ports.crm import LeadResult, LeadSource, Mark, ResultSink, SourcedLead
from services.dialer.sources.tables import SourcedRow
from services.dialer.store import SqlLedger, SqlTransaction
from services.dialer.tables import LeadRow, lead_of
from services.dialer.uploads.columns import ListedLead, lead_in
from services.dialer.uploads.entering import LeadList, usable
from services.dialer.uploads.problem import Problem
from services.runtime.clock import Clock
from services.runtime.errors import Failure, Refused, Unavailable
from services.runtime.logs import logger

log = logger(__name__)

TAKEN_AT_ONCE = 100
ENTERED_AT_ONCE = 10
"""Leads between which a call may have its turn."""
TOLD_AT_ONCE = 50
TELL_EVERY_S = 2.0
MENDED_S = 60.0
"""How long a system is left alone that cannot work until somebody mends its configuration."""

_MARKS = {
    LeadState.WAITING: Mark.QUEUED,
    LeadState.CALLING: Mark.IN_PROGRESS,
    LeadState.AWAITING_CALLBACK: Mark.CALLBACK,
    LeadState.REFUSED: Mark.REFUSED,
    LeadState.EXHAUSTED: Mark.CALLED,
    LeadState.UNSETTLED: Mark.CALLED,
    LeadState.DONE: Mark.CALLED,
    LeadState.OPTED_OUT: Mark.DO_NOT_CALL,
}


class Exchange:
    """With one system, which is both source and sink. It may run in every replica: the same told twice is the same."""

    def __init__(
        self,
        source: LeadSource,
        sink: ResultSink,
        ledger: SqlLedger,
        enrolment: Enrolment,
        clock: Clock,
        poll_s: float,
        wake: Callable[[], None],
    ) -> None:
        """`wake` stirs the planner."""
        self._source = source
        self._sink = sink
        self._ledger = ledger
        self._enrolment = enrolment
        self._clock = clock
        self._poll_s = poll_s
        self._wake = wake

    async def run(self) -> None:
        """Take and tell until cancelled."""
        polled: float | None = None
        while True:
            try:
                if polled is None or self._clock.monotonic() - polled > self._poll_s:
                    polled = self._clock.monotonic()
                    await self.take()
                while await self.tell() == TOLD_AT_ONCE:
                    pass
            except Refused as error:
                log.error("leads are not exchanged", system=self._source.name, error=error.detail)
                await asyncio.sleep(MENDED_S)
            except (Unavailable, Failure) as error:
                log.warning("exchanging leads waits", system=self._source.name, error=error.detail)
            await asyncio.sleep(TELL_EVERY_S)

    async def take(self) -> int:
        """Take new leads in. Returns how many there were."""
        leads = await self._source.next_leads(TAKEN_AT_ONCE)
        for start in range(0, len(leads), ENTERED_AT_ONCE):
            await self._enter(leads[start : start + ENTERED_AT_ONCE])
        if leads:
            self._wake()
        return len(leads)

    async def tell(self) -> int:
        """Tell of leads that stand elsewhere than was told. Returns of how many."""
        async with self._ledger.reading() as reader:
            found: list[tuple[SourcedRow, LeadRow | None]] = [
                (row, lead) for row, lead in await reader.session.execute(self._untold())
            ]
            results = []
            for row, lead_row in found:
                if lead_row is None or row.lead_id is None:
                    results.append(LeadResult(row.reference, Mark.REFUSED, row.problem or ""))
                else:
                    results.append(_result(row.reference, lead_of(lead_row), await reader.attempts_of(row.lead_id)))
        if not results:
            return 0
        await self._sink.record(results)
        async with self._ledger.begin() as transaction:
            for row, lead_row in found:
                await transaction.session.execute(
                    update(SourcedRow)
                    .where(SourcedRow.source == row.source, SourcedRow.reference == row.reference)
                    .values(
                        told=True,
                        told_state=lead_row and lead_row.state,
                        told_outcome=lead_row and lead_row.outcome,
                        told_due_at=lead_row and lead_row.due_at,
                    )
                )
        return len(results)

    def _untold(self) -> Select[SourcedRow, LeadRow]:
        differs = or_(
            SourcedRow.told.is_(False),
            SourcedRow.told_state != LeadRow.state,
            func.coalesce(SourcedRow.told_outcome, "") != func.coalesce(LeadRow.outcome, ""),
            SourcedRow.told_due_at != LeadRow.due_at,
        )
        return (
            select(SourcedRow, LeadRow)
            .outerjoin(LeadRow, LeadRow.lead_id == SourcedRow.lead_id)
            .where(SourcedRow.source == self._source.name, differs)
            .order_by(SourcedRow.reference)
            .limit(TOLD_AT_ONCE)
        )

    async def _enter(self, leads: Sequence[SourcedLead]) -> None:
        """Put leads in as those of a list; the last of several with the same number counts."""
        listed = LeadList(new_event_id(), None, self._enrolment, self._clock)
        entries: dict[str, ListedLead] = {}
        noted = []
        for line, each in enumerate(leads, 1):
            entry, problems = usable(*lead_in(dict(each.texts), line))
            problem = None if entry else _in_words(problems)
            lead_id = None
            if entry is not None:
                entries[listed.key(entry)] = entry
                lead_id = lead_id_of(listed.key(entry))
            noted.append({"reference": each.reference, "lead_id": lead_id, "problem": problem})
        async with self._ledger.begin() as transaction:
            if entries:
                await listed.enter(transaction, list(entries.values()))
            await self._note(transaction, noted)

    async def _note(self, transaction: SqlTransaction, noted: Sequence[dict[str, str | None]]) -> None:
        dialect: Any = sqlite if transaction.session.get_bind().dialect.name == "sqlite" else postgresql
        statement = dialect.insert(SourcedRow)
        changes = {name: statement.excluded[name] for name in ("lead_id", "problem", "told")}
        rows = [{"source": self._source.name, "told": False} | each for each in noted]
        await transaction.session.execute(
            statement.on_conflict_do_update(index_elements=["source", "reference"], set_=changes), rows
        )


def _result(reference: str, lead: Lead, attempts: Sequence[Attempt]) -> LeadResult:
    dialed = [each for each in attempts if each.carrier_call_id is not None]
    last = dialed[-1] if dialed else None
    return LeadResult(
        reference=reference,
        mark=_MARKS[lead.state],
        reason=lead.reason,
        attempts=len(dialed),
        outcome=lead.outcome,
        summary=last.summary if last else "",
        last_call_at=(last.ended_at or last.dialed_at) if last else None,
        next_call_at=lead.due_at if lead.state in (LeadState.WAITING, LeadState.AWAITING_CALLBACK) else None,
        opted_out=lead.state is LeadState.OPTED_OUT,
        consent_basis=lead.consent.basis if lead.consent else None,
        consent_at=lead.consent.obtained_at if lead.consent else None,
    )


def _in_words(problems: Sequence[Problem]) -> str:
    return "; ".join(f"{each.problem}; {each.cure}" for each in problems if not each.only_remark)
