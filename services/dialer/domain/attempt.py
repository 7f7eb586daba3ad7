"""One attempt to call somebody, from the intention to the end.

    intended ─▶ submitting ─▶ submitted ─▶ ended
        ◀── throttled ──┘

Only whoever takes an attempt from `intended` to `submitting` may ask the carrier, once. Everything the carrier tells
is applied once and never backwards, in whatever order it arrives; `ended` is for ever.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from contracts.values import AnsweredBy, Disposition, Outcome
from services.dialer.domain.carrier_call import CarrierStatus, StatusReport

SUBMISSION_PATIENCE = timedelta(seconds=20)
RING_PATIENCE = timedelta(seconds=30)
TALK_PATIENCE = timedelta(seconds=60)
"""How much later than it should, a call may stay silent before the carrier is asked about it."""
GOODBYE_PATIENCE = timedelta(seconds=5)
"""How long a call may go on after its conversation was concluded, before the carrier is told to end it."""
CONCLUSION_PATIENCE = timedelta(seconds=60)
"""How long a call that has ended may stay without a conclusion, before somebody looks why."""


class AttemptState(StrEnum):
    """How far we have come with the carrier."""

    INTENDED = "intended"
    SUBMITTING = "submitting"
    SUBMITTED = "submitted"
    ENDED = "ended"


@dataclass(frozen=True)
class Attempt:
    """One call: what was intended, what the carrier told, and what came of it.

    `submitting_at` and `look_at` are real moments, since carriers know no others; the rest is by the service's clock.
    """

    call_id: UUID
    lead_id: str
    phone: str
    number: int
    requested_at: datetime
    state: AttemptState = AttemptState.INTENDED
    callback_id: UUID | None = None
    campaign_id: UUID | None = None
    submitting_at: datetime | None = None
    from_number: str | None = None
    """The caller number it is made from, once the carrier is asked."""
    carrier_call_id: str | None = None
    status: CarrierStatus | None = None
    sequence: int | None = None
    answered_by: AnsweredBy | None = None
    dialed_at: datetime | None = None
    answered_at: datetime | None = None
    line_opened_at: datetime | None = None
    ended_at: datetime | None = None
    disposition: Disposition | None = None
    duration_s: float = 0.0
    error: str | None = None
    look_at: datetime | None = None
    """When the reconciler looks after this attempt next, unless it has news before."""
    concluded_at: datetime | None = None
    outcome: Outcome | None = None
    summary: str = ""
    answers: dict[str, str] = field(default_factory=dict)

    @property
    def live(self) -> bool:
        """Whether the carrier may have a call for it."""
        return self.state in (AttemptState.SUBMITTING, AttemptState.SUBMITTED)

    @property
    def ended(self) -> bool:
        return self.state is AttemptState.ENDED

    @property
    def dialed(self) -> bool:
        """Whether the person may have been reached by it: such an attempt counts against the budget."""
        return self.carrier_call_id is not None or self.disposition is Disposition.UNKNOWN

    @property
    def machine(self) -> bool:
        return self.answered_by in (AnsweredBy.MACHINE, AnsweredBy.FAX)

    def submitting(self, real_now: datetime, from_number: str | None = None) -> "Attempt":
        """The carrier is about to be asked."""
        self._must_be(AttemptState.INTENDED)
        return replace(self, state=AttemptState.SUBMITTING, submitting_at=real_now, from_number=from_number, error=None)

    def throttled(self, why: str | None = None) -> "Attempt":
        """The carrier surely did not take the call, and may be asked again; `why` is what it said."""
        self._must_be(AttemptState.SUBMITTING)
        return replace(self, state=AttemptState.INTENDED, submitting_at=None, from_number=None, error=why)

    def placed(self, carrier_call_id: str, now: datetime) -> "Attempt":
        """The carrier has taken the call. Its callbacks may have said so before."""
        if self.state is not AttemptState.SUBMITTING:
            return self
        return replace(self, state=AttemptState.SUBMITTED, carrier_call_id=carrier_call_id, dialed_at=now)

    def reported(self, report: StatusReport, now: datetime) -> "Attempt":
        """What the carrier told, applied; the same attempt if it is not news."""
        if not self._concerns(report.carrier_call_id):
            return self
        known = self.placed(report.carrier_call_id, now)
        stale = None not in (report.sequence, self.sequence) and (report.sequence or 0) <= (self.sequence or 0)
        known = replace(
            known,
            sequence=max(each for each in (report.sequence, self.sequence, -1) if each is not None),
            answered_by=known.answered_by or report.answered_by,
        )
        if report.status.terminal:
            return known._over(report, now)
        if stale or (self.status is not None and report.status.rank <= self.status.rank):
            return known
        answered_at = now if report.status is CarrierStatus.IN_PROGRESS else known.answered_at
        return replace(known, status=report.status, answered_at=answered_at)

    def line_open(self, carrier_call_id: str, now: datetime) -> "Attempt":
        """The carrier connected a line; for the first time, if none was known."""
        if not self._concerns(carrier_call_id):
            return self
        known = self.placed(carrier_call_id, now)
        return replace(known, line_opened_at=known.line_opened_at or now, answered_at=known.answered_at or now)

    def picked_up_by(self, answered_by: AnsweredBy) -> "Attempt":
        """The carrier's verdict; a later one replaces an earlier, until the end."""
        return replace(self, answered_by=answered_by) if self.live else self

    def over(self, disposition: Disposition, now: datetime, error: str | None = None) -> "Attempt":
        """Ended without a word from the carrier: it refused the call, knows nothing of it, or was never asked."""
        if self.ended:
            return self
        return replace(self, state=AttemptState.ENDED, disposition=disposition, ended_at=now, error=error)

    def quiet_for(self, ring_timeout_s: int, max_call_s: int) -> timedelta | None:
        """How long nothing may happen to it now before somebody looks after it; None if nothing more is expected."""
        if self.ended:
            return CONCLUSION_PATIENCE if self.line_opened_at and self.concluded_at is None else None
        if self.state is AttemptState.SUBMITTING:
            return SUBMISSION_PATIENCE
        if self.state is not AttemptState.SUBMITTED:
            return None
        if self.concluded_at is not None:
            return GOODBYE_PATIENCE
        if self.answered_at is not None:
            return timedelta(seconds=max_call_s) + TALK_PATIENCE
        return timedelta(seconds=ring_timeout_s) + RING_PATIENCE

    def _concerns(self, carrier_call_id: str) -> bool:
        return self.live and self.carrier_call_id in (None, carrier_call_id)

    def _over(self, report: StatusReport, now: datetime) -> "Attempt":
        disposition = report.status.disposition
        if disposition is Disposition.ANSWERED and self.machine:
            disposition = Disposition.MACHINE
        duration_s = report.duration_s
        if duration_s is None:
            talked = now - self.answered_at if self.answered_at else timedelta()
            duration_s = round(talked.total_seconds(), 3)
        ended = self.over(disposition, now, report.error)
        return replace(ended, status=report.status, duration_s=duration_s)

    def _must_be(self, state: AttemptState) -> None:
        if self.state is not state:
            raise ValueError(f"attempt {self.call_id} is {self.state}, not {state}")
