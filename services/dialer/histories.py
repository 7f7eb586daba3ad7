"""What we have been through with people, read for many at once: a whole list is judged just as one lead is."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.values import Disposition
from services.dialer.domain.attempt import AttemptState
from services.dialer.domain.gate_context import History, LiveCall
from services.dialer.domain.lead import Lead
from services.dialer.tables import AttemptRow, BadNumberRow, CalledRow, OptOutRow
from services.runtime.pseudonyms import Pseudonyms

UNCONCLUDED = timedelta(minutes=10)
"""How long a call that ended is waited for to be concluded before the person may be called again."""

_COLUMNS = (
    AttemptRow.call_id,
    AttemptRow.lead_id,
    AttemptRow.phone,
    AttemptRow.campaign_id,
    AttemptRow.state,
    AttemptRow.carrier_call_id,
    AttemptRow.disposition,
    AttemptRow.ended_at,
    AttemptRow.concluded_at,
)
_Attempt = Any
"""A row of these columns."""


async def read_histories(
    session: AsyncSession, leads: Sequence[Lead], now: datetime, besides: UUID | None, pseudonyms: Pseudonyms
) -> list[History]:
    """The history of each lead and its number, in the order of `leads`. The call `besides` counts as no live one.
    Raises Unavailable if it cannot be said who was erased."""
    ids = [lead.lead_id for lead in leads]
    phones = [lead.phone for lead in leads if lead.phone is not None]
    theirs = or_(AttemptRow.lead_id.in_(ids), AttemptRow.phone.in_(phones))
    attempts: Sequence[_Attempt] = (await session.execute(select(*_COLUMNS).where(theirs))).all()
    hashes = await pseudonyms.all_of(session, {*ids, *phones})
    wanted = [*ids, *phones, *(each for theirs in hashes.values() for each in theirs)]
    listed = select(OptOutRow.key, OptOutRow.opted_out_at).where(OptOutRow.key.in_(wanted))
    opted_out = {row.key: row.opted_out_at for row in await session.execute(listed)}
    turned_down = select(BadNumberRow.phone, BadNumberRow.reason).where(BadNumberRow.phone.in_(phones))
    bad = {row.phone: row.reason for row in await session.execute(turned_down)}
    hashed_phones = [each for phone in phones for each in hashes[phone]]
    long_ago = set(await session.scalars(select(CalledRow.key).where(CalledRow.key.in_(hashed_phones))))

    by_lead, by_phone = _by("lead_id", attempts), _by("phone", attempts)
    histories = []
    for lead in leads:
        both = by_lead.get(lead.lead_id, []) + (by_phone.get(lead.phone, []) if lead.phone else [])
        mine = {each.call_id: each for each in both}.values()
        dialed = [each for each in mine if _was_dialed(each)]
        named = [each for each in (lead.lead_id, lead.phone) if each is not None]
        hashed = [each for name in named for each in hashes[name]]
        histories.append(
            History(
                attempts=len(dialed),
                called_long_ago=not long_ago.isdisjoint(hashed),
                campaign_attempts=sum(each.campaign_id == lead.campaign_id for each in dialed),
                opted_out_at=min((opted_out[key] for key in (*named, *hashed) if key in opted_out), default=None),
                erased=any(key in opted_out for key in hashed),
                bad_number=bad.get(lead.phone or ""),
                live_call=_live(mine, now, besides),
            )
        )
    return histories


def _by(name: str, attempts: Iterable[_Attempt]) -> dict[str, list[_Attempt]]:
    found: dict[str, list[_Attempt]] = {}
    for each in attempts:
        found.setdefault(getattr(each, name), []).append(each)
    return found


def _was_dialed(attempt: _Attempt) -> bool:
    return attempt.carrier_call_id is not None or attempt.disposition == Disposition.UNKNOWN.value


def _live(attempts: Iterable[_Attempt], now: datetime, besides: UUID | None) -> LiveCall | None:
    for each in attempts:
        unended = each.state != AttemptState.ENDED.value
        unsettled = each.concluded_at is None and each.ended_at is not None and each.ended_at > now - UNCONCLUDED
        if each.call_id != besides and (unended or unsettled):
            return LiveCall(each.call_id, each.lead_id)
    return None
