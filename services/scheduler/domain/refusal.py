"""Why a request is refused, in words that name the cure."""

from uuid import UUID

from contracts.requests import RefusalReason, Refused
from services.scheduler.domain.meeting import Meeting

MENDED_BY_OTHER_SLOTS = {RefusalReason.NOT_OFFERED, RefusalReason.EXPIRED, RefusalReason.TAKEN}
"""Such a refusal carries alternatives."""


def taken() -> Refused:
    return Refused(reason=RefusalReason.TAKEN, detail="somebody else has that time now; offer the alternatives")


def not_offered(slot_id: str) -> Refused:
    return Refused(
        reason=RefusalReason.NOT_OFFERED, detail=f"{slot_id} was not offered in this call; offer slots first"
    )


def expired(slot_id: str) -> Refused:
    return Refused(reason=RefusalReason.EXPIRED, detail=f"{slot_id} has passed; offer a later one")


def no_slots() -> Refused:
    return Refused(
        reason=RefusalReason.NO_SLOTS,
        detail="nobody is free within the booking horizon; offer a callback, or widen the hours or the horizon",
    )


def no_such_slot(slot_id: str) -> Refused:
    return invalid(f"{slot_id} names no slot; take one of GET /slots", "slot_id")


def already_booked(standing: Meeting) -> Refused:
    return Refused(
        reason=RefusalReason.ALREADY_BOOKED,
        detail=f"meeting {standing.meeting_id} stands at {standing.slot_id}; reschedule or cancel it instead, or ask "
        "for another one",
    )


def changed(meeting: Meeting) -> Refused:
    return Refused(
        reason=RefusalReason.CHANGED,
        detail=f"meeting {meeting.meeting_id} was changed since: it is at {meeting.slot_id}, sequence "
        f"{meeting.sequence}; look at it and ask again",
    )


def no_meeting(meeting_id: UUID) -> Refused:
    return not_found(f"no meeting {meeting_id} stands; list them at GET /meetings")


def stale_epoch(epoch: int, highest: int) -> Refused:
    return Refused(
        reason=RefusalReason.STALE_EPOCH,
        detail=f"epoch {epoch} was superseded by {highest}: another worker speaks on this call; stop",
    )


def invalid(detail: str, field: str) -> Refused:
    return Refused(reason=RefusalReason.INVALID, detail=detail, field=field)


def not_found(detail: str) -> Refused:
    return Refused(reason=RefusalReason.NOT_FOUND, detail=detail)
