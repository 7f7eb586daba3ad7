"""By what a person is recognised: everything the dialer knows that leads to them. Whoever has the same number is the
same person, under whatever id they were handed in."""

import re
from collections.abc import Collection

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.contacts import Traces
from services.dialer.tables import AttemptRow, LeadRow

_LAST_DIGITS = 7


async def traces_of(session: AsyncSession, lead_id: str, phone: str | None) -> Traces:
    """What leads to a person, also to one who is no lead of ours."""
    lead_ids, phones = {lead_id}, {phone} if phone else set()
    leads = await _leads(session, lead_ids, phones)
    phones |= {row.phone for row in leads if row.phone is not None}
    leads = await _leads(session, lead_ids, phones)
    leads += await _mistyped(session, leads, phones)
    lead_ids |= {row.lead_id for row in leads}
    theirs = or_(AttemptRow.lead_id.in_(lead_ids), AttemptRow.phone.in_(phones))
    attempts = (await session.execute(select(AttemptRow.call_id, AttemptRow.phone).where(theirs))).all()
    phones |= {row.phone for row in attempts}
    emails = {row.facts["email"] for row in leads if row.facts.get("email")}
    return Traces(
        lead_ids=tuple(sorted(lead_ids)),
        phones=tuple(sorted(phones)),
        emails=tuple(sorted(emails)),
        call_ids=tuple(sorted(row.call_id for row in attempts)),
    )


async def _mistyped(session: AsyncSession, leads: Collection[LeadRow], phones: Collection[str]) -> list[LeadRow]:
    """The same person with a number that is none: it contains theirs, or name and address are the same."""
    endings = [phone[-_LAST_DIGITS:] for phone in phones]
    known = {(row.facts.get("name"), row.facts["email"]) for row in leads if row.facts.get("email")}
    found = []
    for row in await session.scalars(select(LeadRow).where(LeadRow.phone.is_(None))):
        digits = re.sub(r"\D", "", row.written_phone)
        same = (row.facts.get("name"), row.facts.get("email")) in known
        if same or any(ending in digits for ending in endings):
            found.append(row)
    return found


async def _leads(session: AsyncSession, lead_ids: Collection[str], phones: Collection[str]) -> list[LeadRow]:
    theirs = or_(LeadRow.lead_id.in_(lead_ids), LeadRow.phone.in_(phones))
    return list(await session.scalars(select(LeadRow).where(theirs)))
