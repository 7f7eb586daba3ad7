"""What the scheduler reads from the environment: who takes meetings, and how long a slot is held."""

from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field

from services.runtime.settings import RuntimeSettings


class SchedulerSettings(RuntimeSettings):
    """Without a file of your own, two invented representatives take the meetings."""

    representatives_file: Path = Path(__file__).with_name("representatives.yaml")
    max_call_s: int = Field(default=600, ge=30, le=14_400)
    """The longest call: a slot offered in a call is held that long and two minutes."""
    calling_hours: Literal["auto", "israel", "always"] = "auto"
    """When leads may be called back; the dialer reads the same variable. `auto`: Israeli hours, except without a
    carrier's account while the clock is not pinned."""
    call_on_chol_hamoed: bool = True
    extra_closed_days: frozenset[date] = frozenset()
    twilio_account_sid: str | None = None
    """Only whether there is one."""
    callback_tick_s: float = Field(default=1.0, gt=0, le=60)
    """How often to look for callbacks that have fallen due, in seconds."""
