"""How long the dialer keeps what it knows of people. The do-not-call list is kept for ever."""

from sqlalchemy import delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.dialer.domain.lead import FINAL_STATES
from services.dialer.privacy.tables import PrivacyLogRow
from services.dialer.registry import RegistryRow
from services.dialer.settings import DialerSettings
from services.dialer.tables import AttemptRow, DecisionRow, Inbox, LeadRow
from services.runtime.clock import Clock
from services.runtime.retention import BATCH, Retention, Step, before, dropping, handled_long_ago
from services.runtime.unit_of_work import Units

_FINAL = [state.value for state in FINAL_STATES]
NAME = "retention"


def retention(settings: DialerSettings, units: Units, clock: Clock) -> Retention:
    """By the settings."""

    async def note(went: int) -> None:
        async with units.begin() as unit:
            entry = PrivacyLogRow(
                at=clock.now(), who=NAME, did="let go", person=None, detail=f"{went} rows were too old"
            )
            unit.session.add(entry)

    return Retention(
        units,
        [
            _leads(settings, clock),
            dropping(DecisionRow, lambda: before(clock, settings.keep_decisions_days), DecisionRow.decided_at),
            dropping(RegistryRow, lambda: before(clock, settings.keep_leads_days), RegistryRow.checked_at),
            dropping(PrivacyLogRow, lambda: before(clock, settings.keep_privacy_log_days), PrivacyLogRow.at),
            handled_long_ago(Inbox),
        ],
        note,
    )


def _leads(settings: DialerSettings, clock: Clock) -> Step:
    """Leads of whom nothing more will come, and of whom nothing was heard for long, with their calls."""

    async def step(session: AsyncSession) -> int:
        since = before(clock, settings.keep_leads_days)
        if since is None:
            return 0
        called = exists().where(AttemptRow.lead_id == LeadRow.lead_id, AttemptRow.requested_at >= since)
        old = select(LeadRow.lead_id).where(LeadRow.state.in_(_FINAL), LeadRow.submitted_at < since, ~called)
        ids = list(await session.scalars(old.limit(BATCH)))
        for table in (AttemptRow, DecisionRow, LeadRow):
            await session.execute(delete(table).where(table.lead_id.in_(ids)))
        return len(ids)

    return step
