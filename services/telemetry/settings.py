"""What telemetry reads from the environment, besides what every service does."""

from pathlib import Path

from pydantic import Field

from services.runtime.settings import RuntimeSettings


class TelemetrySettings(RuntimeSettings):
    """How patient telemetry is, and what calls cost."""

    telemetry_grace_s: float = Field(default=0.5, ge=0, le=60)
    """How long after the last fact of a finished call its record is logged: facts of other streams may be late."""
    prices_file: Path | None = None
    """A price list of your own instead of services/telemetry/prices.yaml. What is not in it costs an unknown sum."""
