"""Why a request is refused, in words that name the cure."""

from uuid import UUID

from contracts.reasons import said
from contracts.requests import RefusalReason, Refused
from services.scheduler.domain.meeting import Meeting

MENDED_BY_OTHER_SLOTS = {RefusalReason.NOT_OFFERED, RefusalReason.EXPIRED, RefusalReason.TAKEN}
"""Such a refusal carries alternatives."""


def taken() -> Refused:
    return Refused(reason=RefusalReason.TAKEN, detail=said("slot_taken"))


def not_offered(slot_id: str) -> Refused:
    return Refused(reason=RefusalReason.NOT_OFFERED, detail=said("slot_not_offered", slot=slot_id))


def expired(slot_id: str) -> Refused:
    return Refused(reason=RefusalReason.EXPIRED, detail=said("slot_passed", slot=slot_id))


def no_slots() -> Refused:
    return Refused(reason=RefusalReason.NO_SLOTS, detail=said("no_slots"))


def no_such_slot(slot_id: str) -> Refused:
    return invalid(said("slot_unknown", slot=slot_id), "slot_id")


def already_booked(standing: Meeting) -> Refused:
    return Refused(
        reason=RefusalReason.ALREADY_BOOKED,
        detail=said("meeting_stands", meeting=standing.meeting_id, slot=standing.slot_id),
    )


def changed(meeting: Meeting) -> Refused:
    return Refused(
        reason=RefusalReason.CHANGED,
        detail=said("meeting_changed", meeting=meeting.meeting_id, slot=meeting.slot_id, sequence=meeting.sequence),
    )


def no_meeting(meeting_id: UUID) -> Refused:
    return not_found(said("meeting_not_there", meeting=meeting_id))


def stale_epoch(epoch: int, highest: int) -> Refused:
    return Refused(
        reason=RefusalReason.STALE_EPOCH,
        detail=f"epoch {epoch} was superseded by {highest}: another worker speaks on this call; stop",
    )


def invalid(detail: str, field: str) -> Refused:
    return Refused(reason=RefusalReason.INVALID, detail=detail, field=field)


def not_found(detail: str) -> Refused:
    return Refused(reason=RefusalReason.NOT_FOUND, detail=detail)
