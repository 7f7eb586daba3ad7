"""A campaign: leads called under one set of rules, from its draft to its end.

    draft ─▶ running ◀─▶ paused          running ─▶ finished
               └───────────┴─▶ stopping ─▶ stopped

A stopped or finished campaign may be started again. Many calls in a row that fail pause it; it then resumes by itself,
one call at a time until one succeeds.
"""

import math
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from uuid import UUID

from contracts.control import CampaignPlan, CampaignState
from contracts.reasons import said
from contracts.values import Disposition, Outcome
from services.dialer.domain.breaker import Breaker
from services.dialer.domain.calling_hours import CallingHours
from services.dialer.domain.weekly_hours import EVERY_DAY, WHOLE_DAY, Narrowed, WeeklyHours

UNBOUNDED = 1_000_000
CATCH_UP = timedelta(seconds=2)
"""How much of its pace a campaign that could not call may make up for at once."""

_FAILED = (Disposition.FAILED, Disposition.UNKNOWN)
_NEUTRAL = (Disposition.NOT_DIALED, Disposition.CANCELLED)


class NotPossible(ValueError):
    """The campaign does not stand where this could be done; the message says what to do instead."""


@dataclass(frozen=True)
class Campaign:
    """Its plan, and where it stands. `next_call_at` and the breaker's moments are real ones."""

    campaign_id: UUID
    plan: CampaignPlan
    created_at: datetime
    state: CampaignState = CampaignState.DRAFT
    reason: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    breaker: Breaker = field(default_factory=Breaker)
    next_call_at: datetime | None = None

    @property
    def name(self) -> str:
        return self.plan.name

    @property
    def running(self) -> bool:
        return self.state is CampaignState.RUNNING

    @property
    def begun(self) -> bool:
        """Whether it has been started and has not come to its end."""
        return self.state in (CampaignState.RUNNING, CampaignState.PAUSED, CampaignState.STOPPING)

    @property
    def paused_by_breaker(self) -> bool:
        return self.state is CampaignState.PAUSED and self.breaker.retry_at is not None

    def started(self, now: datetime) -> "Campaign":
        """Call its leads from now on, for the first time or again. Raises NotPossible."""
        if self.running:
            return self
        if self.state is CampaignState.STOPPING:
            raise NotPossible(said("campaign_stopping", campaign=self.name))
        return replace(
            self,
            state=CampaignState.RUNNING,
            reason=None,
            started_at=self.started_at or now,
            finished_at=None,
            breaker=Breaker(),
        )

    def paused(self, reason: str) -> "Campaign":
        """Call nobody until somebody resumes it. Raises NotPossible."""
        if self.state not in (CampaignState.RUNNING, CampaignState.PAUSED):
            raise NotPossible(said("campaign_cannot_pause", campaign=self.name, state=self.state))
        return replace(self, state=CampaignState.PAUSED, reason=reason, breaker=replace(self.breaker, retry_at=None))

    def resumed(self, now: datetime) -> "Campaign":
        """Go on after a pause. Raises NotPossible."""
        if self.state not in (CampaignState.RUNNING, CampaignState.PAUSED):
            raise NotPossible(said("campaign_cannot_resume", campaign=self.name, state=self.state))
        return self.started(now)

    def trying(self) -> "Campaign":
        """Its breaker's pause is over: one call finds out whether the trouble is. Until then the reason stays."""
        return replace(self, state=CampaignState.RUNNING, breaker=replace(self.breaker, retry_at=None))

    def stopped(self, reason: str, live_calls: int, now: datetime) -> "Campaign":
        """Call nobody any more; calls in progress finish."""
        if self.state in (CampaignState.STOPPED, CampaignState.FINISHED):
            return self
        if live_calls:
            return replace(self, state=CampaignState.STOPPING, reason=reason, breaker=Breaker())
        return replace(self, state=CampaignState.STOPPED, reason=reason, finished_at=now, breaker=Breaker())

    def finished(self, now: datetime) -> "Campaign":
        """Every lead has reached a final state."""
        return replace(self, state=CampaignState.FINISHED, reason=None, finished_at=now, breaker=Breaker())

    def revised(self, plan: CampaignPlan) -> "Campaign":
        return replace(self, plan=plan, next_call_at=None)

    def room(self, live_calls: int) -> int:
        """How many more calls it may have, besides those it has."""
        most = self.plan.max_concurrent_calls
        cap = UNBOUNDED if most is None else most
        return max(0, (min(cap, 1) if self.breaker.tripped else cap) - live_calls)

    def pace(self, real_now: datetime) -> int:
        """How many calls it may begin now."""
        if self.plan.calls_per_minute is None:
            return UNBOUNDED
        free = self._next_call_at(real_now)
        return max(0, math.floor((real_now - free) / self._apart) + 1)

    def began(self, calls: int, real_now: datetime) -> "Campaign":
        """So many calls of it have begun."""
        if self.plan.calls_per_minute is None or not calls:
            return self
        return replace(self, next_call_at=self._next_call_at(real_now) + calls * self._apart)

    def call_over(
        self, disposition: Disposition | None, outcome: Outcome | None, error: str | None, real_now: datetime
    ) -> "Campaign":
        """A call of it is over. Too many failed ones in a row pause it, any other one closes its breaker."""
        if disposition in _NEUTRAL:
            return self
        if disposition not in _FAILED and outcome is not Outcome.FAILED:
            mended = replace(self, breaker=replace(self.breaker, failures=()))
            return replace(mended, reason=None) if self.running else mended
        breaker = self.breaker.failed(error or said("call_failed"), real_now)
        if not self.running:  # a pause is not made longer by the calls that were under way
            return replace(self, breaker=replace(breaker, retry_at=self.breaker.retry_at))
        if breaker.retry_at is None:
            return replace(self, breaker=breaker)
        reason = said("calls_failed", failures=len(breaker.failures), why=breaker.in_words)
        return replace(self, state=CampaignState.PAUSED, reason=reason, breaker=breaker)

    def hours(self, lawful: CallingHours) -> CallingHours:
        """Its own hours within the lawful ones."""
        asked = self.plan.hours
        if not asked.days and asked.start is None and asked.end is None:
            return lawful
        span = (
            time.fromisoformat(asked.start) if asked.start else WHOLE_DAY[0],
            time.fromisoformat(asked.end) if asked.end else WHOLE_DAY[1],
        )
        return Narrowed(lawful, WeeklyHours.on(asked.days or EVERY_DAY, (span,)))

    @property
    def _apart(self) -> timedelta:
        return timedelta(minutes=1) / (self.plan.calls_per_minute or 1)

    def _next_call_at(self, real_now: datetime) -> datetime:
        return max(self.next_call_at or real_now, real_now - CATCH_UP)
