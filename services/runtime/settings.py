"""What every service reads from the environment or `.env`. A service adds its own in its `settings.py`."""

from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import AwareDatetime, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class RuntimeSettings(BaseSettings):
    """Where the broker and the store are, and how this process shows itself."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    nats_url: str | None = None
    """Unset: the embedded server, on `messiah_nats_port` of this machine."""
    messiah_nats_port: int = 4222
    database_url: str | None = None
    """Unset: SQLite, one file a service, in `messiah_var`."""
    messiah_var: Path = Path("var")
    messiah_host: str = "127.0.0.1"
    messiah_port: int | None = None
    messiah_clock: AwareDatetime | None = None
    """A pinned moment, for demos and tests with a simulated carrier only."""
    messiah_api_token: SecretStr | None = None
    """Bearer token of the HTTP API that may do everything. Without it, and before `messiah token create` made another
    one, only clients on this machine or its private network are answered."""
    metrics_public: bool = False
    """True: /metrics answers anybody; else it asks for what the HTTP API asks for."""
    http_reads_per_minute: int = Field(default=3000, ge=0)
    """How many requests that only look one token, or one address without, may send. 0: any number."""
    http_writes_per_minute: int = Field(default=600, ge=0)
    """The same for requests that change something."""
    http_failures_per_minute: int = Field(default=10, ge=0)
    """How many wrong tokens one address may send before none is looked at for a while. 0: any number."""
    http_body_kb: int = Field(default=1024, ge=16)
    """The largest body of a request, in KiB. Uploads and the carrier's webhooks have limits of their own."""
    http_body_seconds: float = Field(default=20.0, gt=0)
    """How long a body may take to come, and one second more for every 4 KiB."""
    otel_exporter_otlp_endpoint: str | None = None
    """Where traces go over OTLP/HTTP, such as http://collector:4318. Unset: nothing is traced."""
    otel_exporter_otlp_headers: SecretStr | None = None
    """Sent with them: name=value, separated by commas."""
    privacy_secret: SecretStr | None = Field(default=None, min_length=16)
    """Makes the keyed hashes of people who were erased. They keep the gate closed, so it must never change. Unset: each
    database makes a key of its own, and whoever has that database can try numbers."""
    erase_in_crms: Literal["delete", "report"] = "delete"
    """What happens in Airtable and HubSpot when a person is erased: their records are deleted, or only named in
    the receipt."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "json", "console"] = "auto"
    drain_seconds: float = Field(default=5.0, ge=0)
    """How long a service that is told to stop lets work in progress finish."""

    @field_validator("messiah_clock", mode="after")
    @classmethod
    def _second(cls, moment: datetime | None) -> datetime | None:
        return moment and moment.replace(microsecond=0)

    @property
    def broker_url(self) -> str:
        return self.nats_url or f"nats://127.0.0.1:{self.messiah_nats_port}"

    def store_url(self, service: str) -> str:
        """The SQLAlchemy URL of one service's database, with the async driver named."""
        if self.database_url is None:
            self.messiah_var.mkdir(parents=True, exist_ok=True)
            return f"sqlite+aiosqlite:///{self.messiah_var.absolute()}/{service}.db"
        scheme, _, rest = self.database_url.partition("://")
        return f"{_DRIVERS.get(scheme, scheme)}://{rest}"

    def with_(self, **changes: Any) -> "RuntimeSettings":
        """The same settings with some changed; validated again."""
        return type(self).model_validate(self.model_dump() | changes)


_DRIVERS = {
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "sqlite": "sqlite+aiosqlite",
}
