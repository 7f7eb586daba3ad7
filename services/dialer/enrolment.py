"""Takes leads in, however they come: one by one over the broker, or by the thousand from a list. Each is judged by the
same gate, stands where it says, and the verdicts are told."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from contracts.contacts import ContactErasureRequested
from contracts.leads import LeadAccepted, LeadDeferred, LeadRefused, LeadSubmitted
from contracts.values import Consent
from services.dialer.admission import Admission
from services.dialer.domain.consent import NoConsent, read_consent
from services.dialer.domain.gate import Decision
from services.dialer.domain.lead import Lead, LeadState
from services.dialer.ports.ledger import Transaction
from services.runtime.clock import Clock

LISTED = "the do-not-call list"
"""Who asks for the erasure of somebody who was erased before and is handed in again."""
_OVERWRITTEN = (LeadState.WAITING, LeadState.REFUSED)


@dataclass(frozen=True)
class Enrolled:
    """A lead as it stands now, and what the gate said of it."""

    lead: Lead
    decision: Decision | None
    """None: nothing about it was new, so the gate was not asked."""


class Enrolment:
    """Every method works inside the caller's transaction."""

    def __init__(self, admission: Admission, clock: Clock) -> None:
        self._admission = admission
        self._clock = clock

    async def enrol(
        self, transaction: Transaction, events: Sequence[LeadSubmitted], *, only_news: bool = False
    ) -> list[Enrolled]:
        """Ask the gate about leads, each id once, and tell every verdict. A lead that is being called stands where it
        stands. With `only_news` a lead about which nothing is new is left alone, unless it was refused: the reason
        may have gone since."""
        fresh = [Lead.submitted(event) for event in events]
        known = await transaction.leads_by_id([each.lead_id for each in fresh])
        leads = [known[each.lead_id].updated(each) if each.lead_id in known else each for each in fresh]
        old = {each.lead_id for each in leads if only_news and _is_known(each, known.get(each.lead_id))}
        asked = [
            (lead, event)
            for lead, event in zip(leads, events, strict=True)
            if lead.lead_id not in old or lead.state is LeadState.REFUSED
        ]
        judged = await self._judge(transaction, asked, old, known)
        return [judged.get(lead.lead_id) or Enrolled(lead, None) for lead in leads]

    async def reconsider(self, transaction: Transaction, leads: Sequence[Lead]) -> list[Enrolled]:
        """Ask the gate once more about leads it refused, since what it looks at has changed; told is only what became
        of those it no longer refuses."""
        ids = {lead.lead_id for lead in leads}
        judged = await self._judge(transaction, [(lead, None) for lead in leads], ids, ids)
        return [judged[lead.lead_id] for lead in leads]

    async def _judge(
        self,
        transaction: Transaction,
        asked: Sequence[tuple[Lead, LeadSubmitted | None]],
        refused_before: Collection[str],
        known: Collection[str],
    ) -> dict[str, Enrolled]:
        if not asked:
            return {}
        judged = {}
        decisions = await self._admission.decide_all(transaction, [lead for lead, _ in asked])
        for (lead, event), (decision, history) in zip(asked, decisions, strict=True):
            if history.erased:  # they are in our books again, and so is the message that brought them
                transaction.tell(
                    ContactErasureRequested(
                        occurred_at=self._clock.now(), lead_id=lead.lead_id, phone=lead.phone, requested_by=LISTED
                    )
                )
            judged[lead.lead_id] = Enrolled(self._standing(lead, decision), decision)
            if decision.allowed or decision.until is not None or lead.lead_id not in refused_before:
                transaction.tell(self._fact(lead, decision, event))
        if new := [each.lead for lead_id, each in judged.items() if lead_id not in known]:
            await transaction.add_leads(new)
        if old := [each.lead for lead_id, each in judged.items() if lead_id in known]:
            await transaction.save_leads(old)
        return judged

    def _standing(self, lead: Lead, decision: Decision) -> Lead:
        """The lead where it stands after the gate has spoken."""
        if decision.allowed:
            return lead.becoming(LeadState.WAITING, decision.in_words, self._clock.now())
        if decision.until is not None:
            busy = lead.state in (LeadState.CALLING, LeadState.AWAITING_CALLBACK)
            return lead if busy else lead.becoming(LeadState.WAITING, decision.in_words, decision.until)
        return lead.becoming(LeadState.REFUSED, decision.in_words) if lead.state in _OVERWRITTEN else lead

    def _fact(
        self, lead: Lead, decision: Decision, event: LeadSubmitted | None
    ) -> LeadAccepted | LeadRefused | LeadDeferred:
        about = {
            "occurred_at": self._clock.now(),
            "causation_id": event and event.event_id,
            "correlation_id": event and event.correlation,
            "lead_id": lead.lead_id,
            "phone": lead.phone,
            "name": lead.facts.name,
            "campaign_id": lead.campaign_id,
            "verdicts": decision.verdicts,
        }
        if decision.allowed:
            return LeadAccepted(**about, lead=lead.facts, consent=self._consent(lead))
        if decision.until is not None:
            return LeadDeferred(**about, until=decision.until, reasons=decision.reasons)
        return LeadRefused(**about, reasons=decision.reasons)

    def _consent(self, lead: Lead) -> Consent | None:
        try:
            return read_consent(lead.consent, self._clock.now())
        except NoConsent:
            return None


def _is_known(lead: Lead, known: Lead | None) -> bool:
    """Whether a submission says nothing that was not known before."""
    return known is not None and replace(lead, submitted_at=known.submitted_at) == known
