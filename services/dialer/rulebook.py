"""The gate as the settings want it, the same in every process that asks it."""

from services.dialer.admission import Admission
from services.dialer.domain.calling_hours import AlwaysOpen, CallingHours, IsraeliHours
from services.dialer.domain.gate_context import Policy
from services.dialer.registry import SqlRegistry
from services.dialer.settings import DialerSettings
from services.runtime.carrier import at_any_hour
from services.runtime.clock import Clock
from services.runtime.unit_of_work import Units


def admission(settings: DialerSettings, units: Units, clock: Clock, carrier: str, *, simulated: bool) -> Admission:
    """The gate, and what it looks at. Raises Refused; see `calling_hours`."""
    policy = Policy(
        require_consent=settings.require_consent,
        allow_foreign=settings.allow_foreign_numbers,
        registry_required=settings.registry_required,
        max_attempts=settings.max_attempts,
    )
    hours = calling_hours(settings, clock, simulated=simulated)
    return Admission(carrier, policy, hours, clock, registry=SqlRegistry(units), numbers=settings.caller_numbers)


def calling_hours(settings: DialerSettings, clock: Clock, *, simulated: bool) -> CallingHours:
    """When calls may be placed. Raises Refused where real people could be called outside of calling hours."""
    if at_any_hour(settings, clock, simulated=simulated):
        return AlwaysOpen()
    return IsraeliHours(settings.call_on_chol_hamoed, settings.extra_closed_days)
