"""What the dialer's database holds on a person, and its deletion."""

import re
from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.contacts import Traces
from contracts.holdings import Holding
from services.dialer.tables import Base, Inbox, LeadRow, OptOutRow
from services.dialer.uploads.tables import UploadProblemRow
from services.runtime.personal_rows import PersonalRows, keys_of, words_of
from services.runtime.pseudonyms import Pseudonyms

_NEVER = (
    "campaigns",
    "called",
    "paces",
    "uploads",
    "secrets",
    "inbox",
    "opt_outs",
    "upload_problems",
    "erasures",
    "erasure_copies",
    "privacy_log",
)
ROWS = PersonalRows(Base.metadata, _NEVER)
_DIGITS = 7


async def held(session: AsyncSession, traces: Traces, pseudonyms: Pseudonyms) -> list[Holding]:
    """Every row about a person; entries of the do-not-call list also where only a hash is left."""
    found = await ROWS.read(session, keys_of(traces), words_of(traces))
    named = [*traces.lead_ids, *traces.phones]
    hashes = await pseudonyms.all_of(session, named)
    keys = [*named, *(each for theirs in hashes.values() for each in theirs)]
    for entry in await session.scalars(select(OptOutRow).where(OptOutRow.key.in_(keys))):
        row = {"key": entry.key, "opted_out_at": entry.opted_out_at.isoformat(), "quote": entry.quote}
        found.append(Holding(kind="opt_outs", row=row))
    for problem in await _problems(session, traces, await _names(session, traces)):
        row = {"upload_id": str(problem.upload_id), "line": problem.line, "value": problem.value}
        found.append(Holding(kind="upload_problems", row=row))
    return found


async def forget(
    session: AsyncSession, traces: Traces, pseudonyms: Pseudonyms, event_ids: Collection[str] = ()
) -> dict[str, int]:
    """Delete every row about a person; a keyed hash stays on the do-not-call list. Returns how many of each kind."""
    problems = [each.id for each in await _problems(session, traces, await _names(session, traces))]
    removed = await ROWS.delete(session, keys_of(traces), words_of(traces))
    await session.execute(delete(UploadProblemRow).where(UploadProblemRow.id.in_(problems)))
    if problems:
        removed["upload_problems"] = len(problems)
    if event_ids:
        await session.execute(delete(Inbox).where(Inbox.event_id.in_(event_ids)))
    await _hide(session, traces, pseudonyms)
    return removed


async def _hide(session: AsyncSession, traces: Traces, pseudonyms: Pseudonyms) -> None:
    """Leave hashes in place of numbers and ids on the do-not-call list."""
    for name in (*traces.lead_ids, *traces.phones):
        entry = await session.get(OptOutRow, name)
        if entry is None:
            continue
        since = entry.opted_out_at
        await session.delete(entry)
        hashed = await pseudonyms.of(session, name)
        if await session.get(OptOutRow, hashed) is None:
            session.add(OptOutRow(key=hashed, opted_out_at=since, call_id=None, quote=None))
    await session.flush()


async def _names(session: AsyncSession, traces: Traces) -> set[str]:
    rows = await session.scalars(select(LeadRow.facts).where(LeadRow.lead_id.in_(traces.lead_ids)))
    return {facts["name"].strip() for facts in rows if facts.get("name")}


async def _problems(session: AsyncSession, traces: Traces, names: set[str]) -> list[Any]:
    """Cells of lists that repeat the person's number, however it was written, their address or their name."""
    numbers = [phone[-_DIGITS:] for phone in traces.phones]
    emails = {email.lower() for email in traces.emails}
    found = []
    for row in await session.scalars(select(UploadProblemRow)):
        digits = re.sub(r"\D", "", row.value)
        told = row.value.strip()
        if any(number in digits for number in numbers) or told in names or told.lower() in emails:
            found.append(row)
    return found
