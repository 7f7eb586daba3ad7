"""Leads of a list go in: by the same gate as one that is submitted alone, done with, or never to be called."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from contracts.contacts import ContactOptedOut
from contracts.leads import LeadSubmitted
from contracts.reasons import said
from contracts.values import once_id
from services.dialer.domain.lead import Lead, LeadState
from services.dialer.domain.listed_status import Wanted
from services.dialer.domain.phone import read_number
from services.dialer.enrolment import Enrolled, Enrolment
from services.dialer.ports.ledger import Transaction
from services.dialer.uploads.columns import LEAD_HEADINGS, Cells, ListedLead, read_lead
from services.dialer.uploads.problem import Problem
from services.dialer.uploads.reading import Row
from services.dialer.uploads.upload import Entered
from services.runtime.clock import Clock

_COLUMNS = {"number_valid": "contact_number", "number_diallable": "contact_number", "consent": "consent_basis"} | {
    "not_opted_out": "contact_number",
    "registry_fresh": "contact_number",
}
"""In which column to look for what a rule refuses."""

_LEFT_ALONE = (LeadState.CALLING, LeadState.AWAITING_CALLBACK, LeadState.DONE, LeadState.OPTED_OUT)


class LeadList:
    """See importing.Listing."""

    headings = LEAD_HEADINGS

    def __init__(self, origin: UUID, campaign_id: UUID | None, enrolment: Enrolment, clock: Clock) -> None:
        """`origin` is the id of what the leads came in, and correlates what follows from it."""
        self._origin = origin
        self._campaign_id = campaign_id
        self._enrolment = enrolment
        self._clock = clock

    def read(self, row: Row, cells: Cells) -> tuple[ListedLead | None, list[Problem]]:
        return usable(*read_lead(row, cells))

    def key(self, entry: ListedLead) -> str:
        return read_number(entry.fields["phone"]).e164 or entry.fields["phone"]

    async def enter(self, transaction: Transaction, entries: Sequence[ListedLead]) -> Entered:
        now = self._clock.now()
        to_call = [each for each in entries if each.status.wanted is Wanted.CALL]
        done = [each for each in entries if each.status.wanted is Wanted.DONE]
        never = [each for each in entries if each.status.wanted is Wanted.NEVER]
        enrolled: list[Enrolled] = []
        if to_call:
            events = [self._event(each, now) for each in to_call]
            enrolled = await self._enrolment.enrol(transaction, events, only_news=True)
        changed = await self._note_done(transaction, done, now) if done else 0
        changed += await self._close_doors(transaction, never, now) if never else 0
        settled = len(done) + len(never)
        unchanged = sum(_unchanged(each) for each in enrolled)
        problems = [
            problem
            for entry, each in zip(to_call, enrolled, strict=True)
            if _refused(each)
            for problem in _refusals(entry, each)
        ]
        accepted = sum(not _refused(each) for each in enrolled) - unchanged
        return Entered(accepted + changed, unchanged + settled - changed, tuple(problems))

    async def _note_done(self, transaction: Transaction, entries: Iterable[ListedLead], now: datetime) -> int:
        """Leads that somebody has called already. Returns how many of them are news."""
        fresh = []
        for each in entries:
            lead = Lead.submitted(self._event(each, now))
            done = lead.becoming(LeadState.DONE, said("listed_done", written=each.status.written))
            fresh.append(replace(done, outcome=each.status.outcome))
        known = await transaction.leads_by_id([lead.lead_id for lead in fresh])
        if new := [lead for lead in fresh if lead.lead_id not in known]:
            await transaction.add_leads(new)
        changed = []
        for lead in fresh:
            before = known.get(lead.lead_id)
            if before is not None and before.state not in _LEFT_ALONE:
                after = before.updated(lead).becoming(LeadState.DONE, lead.reason)
                changed.append(replace(after, outcome=lead.outcome or before.outcome))
        if changed:
            await transaction.save_leads(changed)
        return len(fresh) - len(known) + len(changed)

    async def _close_doors(self, transaction: Transaction, entries: Iterable[ListedLead], now: datetime) -> int:
        """Leads that nobody may call. Returns how many of them are news."""
        leads = {}
        for each in entries:
            lead = Lead.submitted(self._event(each, now))
            reason = said("listed_opted_out", written=each.status.written)
            leads[lead.phone or ""] = lead.becoming(LeadState.OPTED_OUT, reason)
        known = await transaction.leads_by_id([lead.lead_id for lead in leads.values()])
        if new := [lead for lead in leads.values() if lead.lead_id not in known]:
            await transaction.add_leads(new)
        news = await transaction.opt_out_all({phone: lead.reason for phone, lead in leads.items()}, now)
        for phone in sorted(news):
            lead = leads[phone]
            transaction.tell(ContactOptedOut(occurred_at=now, lead_id=lead.lead_id, phone=phone, quote=lead.reason))
        return len(news)

    def _event(self, entry: ListedLead, now: datetime) -> LeadSubmitted:
        return LeadSubmitted(
            event_id=once_id("list", self._origin, entry.line),
            correlation_id=self._origin,
            occurred_at=now,
            campaign_id=self._campaign_id,
            **entry.fields,
        )


def usable(lead: ListedLead | None, problems: list[Problem]) -> tuple[ListedLead | None, list[Problem]]:
    """Without a lead that is not to be called and has no valid number: nobody could keep to that. The gate refuses
    the others."""
    if lead is None or lead.status.wanted is Wanted.CALL:
        return lead, problems
    invalid = read_number(lead.fields["phone"]).invalid
    if invalid is None:
        return lead, problems
    return None, [*problems, Problem.told(lead.line, "contact_number", lead.fields["phone"], invalid)]


def _unchanged(enrolled: Enrolled) -> bool:
    return enrolled.decision is None


def _refused(enrolled: Enrolled) -> bool:
    decision = enrolled.decision
    return decision is not None and not decision.allowed and decision.until is None


def _refusals(entry: ListedLead, enrolled: Enrolled) -> list[Problem]:
    """Why the gate refused, once for each column."""
    problems: dict[str, Problem] = {}
    for each in enrolled.decision.refusals if enrolled.decision else ():
        column = _COLUMNS.get(each.rule, "")
        if each.until is None and (not column or column not in problems):
            problems[column or each.rule] = Problem.told(entry.line, column, entry.cells.get(column, ""), each.reason)
    return list(problems.values())
