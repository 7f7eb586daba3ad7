"""Everything a page of the console may need, in one place."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from services.runtime.broker import Broker
from services.runtime.clock import Clock
from services.telemetry.console.access.accounts import Accounts
from services.telemetry.console.access.audit import AuditLog
from services.telemetry.console.access.doing import Doing
from services.telemetry.console.access.logins import Logins
from services.telemetry.console.carrier_account import CarrierAccount
from services.telemetry.console.lists import Dialer
from services.telemetry.console.neighbours import Neighbours
from services.telemetry.console.plant import Plant
from services.telemetry.handlers import Operator
from services.telemetry.live import Live
from services.telemetry.ports import Archive

PATH = "/console"
"""Where the console is."""


@dataclass(frozen=True)
class Desk:
    """What the pages work with."""

    clock: Clock
    broker: Broker
    archive: Archive
    live: Live
    operator: Operator
    neighbours: Neighbours
    dialer: Dialer
    plant: Plant
    accounts: Accounts
    logins: Logins
    audit: AuditLog
    doing: Doing
    unwell: Callable[[], Awaitable[str | None]]
    """Why telemetry itself cannot do its work, or None."""
    settings: Mapping[str, str]
    """What this process was told, without secrets."""
    upload_max_mb: int
    """The largest list of leads."""
    account: CarrierAccount
    """Where recordings are."""
