"""What the scheduler reads from the environment: who takes meetings, and how long a slot is held."""

from pathlib import Path

from pydantic import Field

from services.runtime.settings import RuntimeSettings


class SchedulerSettings(RuntimeSettings):
    """Without a file of your own, two invented representatives take the meetings."""

    representatives_file: Path = Path(__file__).with_name("representatives.yaml")
    max_call_s: int = Field(default=600, ge=30, le=14_400)
    """The longest call: a slot offered in a call is held that long and two minutes."""
    callback_tick_s: float = Field(default=1.0, gt=0, le=60)
    """How often to look for callbacks that have fallen due, in seconds."""
