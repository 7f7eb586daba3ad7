"""The statements a caller waits for, built once: building one costs as much as running it."""

from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import (
    Executable,
    String,
    Table,
    and_,
    bindparam,
    case,
    func,
    null,
    or_,
    select,
    type_coerce,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from services.scheduler.domain.meeting import MeetingStatus
from services.scheduler.tables import AgendaRow, CallRow, HoldRow, LeadRow, MeetingRow, RepresentativeRow, RosterRow

agendas = cast(Table, AgendaRow.__table__)
calls = cast(Table, CallRow.__table__)
holds = cast(Table, HoldRow.__table__)
meetings = cast(Table, MeetingRow.__table__)
leads = cast(Table, LeadRow.__table__)
representatives = cast(Table, RepresentativeRow.__table__)
roster = cast(Table, RosterRow.__table__)

_since, _until, _now = (bindparam(name, type_=meetings.c.start.type) for name in ("since", "until", "now"))
_call = bindparam("call", type_=meetings.c.call_id.type)
_lead = bindparam("lead", type_=meetings.c.lead_id.type)
_slot = bindparam("slot", type_=meetings.c.slot_id.type)
_stands = meetings.c.status == MeetingStatus.BOOKED.value

BUSY = union_all(
    select(
        meetings.c.representative_id,
        meetings.c.occupied_from,
        meetings.c.occupied_until,
        meetings.c.meeting_id,
        meetings.c.lead_id,
    ).where(_stands, meetings.c.occupied_from < _until, meetings.c.occupied_until > _since),
    select(
        holds.c.representative_id,
        holds.c.occupied_from,
        holds.c.occupied_until,
        holds.c.call_id,
        type_coerce(null(), String),
    ).where(
        holds.c.held_until > _now,
        holds.c.occupied_from < _until,
        holds.c.occupied_until > _since,
        holds.c.call_id != _call,
    ),
)

HOLDS = select(holds).where(holds.c.call_id == _call).order_by(holds.c.start)

STANDING = (
    select(meetings)
    .where(_stands, or_(meetings.c.call_id == _call, and_(meetings.c.lead_id == _lead, meetings.c.start > _now)))
    .order_by(
        case(
            (and_(meetings.c.call_id == _call, meetings.c.slot_id == _slot), 0),
            (meetings.c.call_id == _call, 1),
            else_=2,
        ),
        meetings.c.start,
    )
    .limit(1)
)

LOCK = (
    select(agendas.c.representative_id)
    .where(agendas.c.representative_id.in_(bindparam("representatives", expanding=True)))
    .order_by(agendas.c.representative_id)
    .with_for_update()
)

RELEASE = update(holds).where(holds.c.call_id == _call, holds.c.held_until > _now).values(held_until=_now)
RELEASE_SOME = RELEASE.where(holds.c.slot_id.in_(bindparam("slots", expanding=True)))


REVISION = select(roster.c.revision)


@dataclass(frozen=True)
class Upserts:
    """Inserts that put up with what is there already; each dialect has its own."""

    call: Executable
    """Answers the highest epoch."""
    hold: Executable
    agenda: Executable
    lead: Executable
    """Answers when the lead opted out."""
    representative: Executable
    roster: Executable
    """Counts a change."""

    @classmethod
    def of(cls, is_sqlite: bool) -> "Upserts":
        insert: Any = sqlite.insert if is_sqlite else postgresql.insert
        call, hold, lead = insert(calls), insert(holds), insert(leads)
        representative, revision = insert(representatives), insert(roster).values(id=1, revision=1)
        higher = case((call.excluded.epoch > calls.c.epoch, call.excluded.epoch), else_=calls.c.epoch)
        renewed = ("end", "occupied_from", "occupied_until", "held_until", "wish_key")
        return cls(
            call=call.on_conflict_do_update(
                index_elements=["call_id"], set_={"epoch": higher, "seen_at": call.excluded.seen_at}
            ).returning(calls.c.epoch),
            hold=hold.on_conflict_do_update(
                index_elements=["call_id", "slot_id"], set_={name: hold.excluded[name] for name in renewed}
            ),
            agenda=insert(agendas).on_conflict_do_nothing(),
            lead=lead.on_conflict_do_update(
                index_elements=["lead_id"],
                set_={"opted_out_at": func.coalesce(leads.c.opted_out_at, lead.excluded.opted_out_at)},
            ).returning(leads.c.opted_out_at),
            representative=representative.on_conflict_do_update(
                index_elements=["representative_id"], set_={"facts": representative.excluded.facts}
            ),
            roster=revision.on_conflict_do_update(index_elements=["id"], set_={"revision": roster.c.revision + 1}),
        )
